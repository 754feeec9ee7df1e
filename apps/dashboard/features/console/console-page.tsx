'use client';
import { useQuery } from '@tanstack/react-query';
import MessageSquarePlus from 'lucide-react/icons/message-square-plus';
import { parseAsInteger, parseAsString, parseAsStringLiteral, useQueryState } from 'nuqs';
import { type ReactNode, useState } from 'react';
import { trpc } from '../../data/trpc.ts';
import { randomUuid } from '../../data/uuid.ts';
import { useT } from '../../i18n/index.tsx';
import { Button, buttonLook } from '../../ui/button.tsx';
import { Link } from '../../ui/link.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { ErrorState, Skeleton } from '../../ui/states.tsx';
import { sessionUrl } from '../frame/links.ts';
import { PageTitle } from '../frame/page-title.tsx';
import { LoneTurnPanel } from '../session/turn-panel.tsx';
import { ChatLog } from './chat-log.tsx';
import { Composer } from './composer.tsx';
import { DryRun } from './dry-run.tsx';
import { SaveCase } from './save-case.tsx';
import { useChat } from './use-chat.ts';

const CHAT_NAME_CHARS = 8;

const MODES = ['dry', 'live'] as const;

/** Tries out what would be decided about a message, or talks to the agent. */
export function ConsolePage() {
  const t = useT();
  const [mode, setMode] = useQueryState('mode', parseAsStringLiteral(MODES).withDefault('dry'));
  const [position, setPosition] = useQueryState('event', parseAsInteger);
  const choices = MODES.map((value) => ({ value, title: t.console.modes[value] }));
  const modes = <Segmented label={t.console.mode} choices={choices} value={mode} onChange={(value) => void setMode(value)} />;
  if (mode === 'live') return <LiveChat modes={modes} />;
  return (
    <>
      <PageTitle title={t.console.title}>{modes}</PageTitle>
      <DryRun position={position} onPosition={(value) => void setPosition(value)} />
    </>
  );
}

/** Talk to the agent as a sender of the web channel, and watch what becomes of it. */
function LiveChat({ modes }: { readonly modes: ReactNode }) {
  const t = useT();
  const [name, setName] = useQueryState('chat', parseAsString.withDefault('main').withOptions({ history: 'push' }));
  const [selected, setSelected] = useState<string>();
  const chat = useChat(name);
  const me = useQuery(trpc.frame.me.queryOptions());
  const mayReplay = me.data?.permissions.includes('sessions.control') === true;
  const traced = chat.turns.find((turn) => turn.messageId === selected) ?? chat.turns.at(-1);
  const busy = chat.turns.some((turn) => !turn.settled) || chat.outgoing.some((item) => item.state !== 'failed');
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <PageTitle title={t.console.title}>
        {modes}
        <div className="ml-auto flex flex-wrap justify-end gap-2">
          {chat.sessionId && chat.turns.length > 0 ? (
            <>
              {mayReplay && !busy ? <SaveCase sessionId={chat.sessionId} /> : null}
              <Link href={sessionUrl(chat.sessionId)} className={buttonLook('quiet')}>
                {t.console.openSession}
              </Link>
            </>
          ) : null}
          <Button onClick={() => void setName(randomUuid().slice(0, CHAT_NAME_CHARS))}>
            <MessageSquarePlus aria-hidden className="size-4" />
            {t.console.newChat}
          </Button>
        </div>
      </PageTitle>
      <div className="grid min-h-0 flex-1 gap-4 xl:grid-cols-[minmax(0,1fr)_minmax(0,30rem)]">
        <section
          aria-label={t.console.title}
          className="flex h-[calc(100dvh-11.5rem)] min-h-80 flex-col rounded-lg border border-line bg-surface sm:h-[calc(100dvh-9rem)]"
        >
          {chat.loading ? (
            <Skeleton lines={6} className="flex-1 p-4" />
          ) : chat.error ? (
            <ErrorState error={chat.error} onRetry={chat.retryLoading} />
          ) : (
            <ChatLog chat={chat} selected={traced?.messageId} onSelect={setSelected} />
          )}
          <Composer busy={busy} onSend={chat.send} onStop={chat.stop} />
        </section>
        {traced ? (
          <aside aria-label={t.console.trace} className="min-w-0">
            <LoneTurnPanel messageId={traced.messageId} />
          </aside>
        ) : null}
      </div>
    </div>
  );
}
