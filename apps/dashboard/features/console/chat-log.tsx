'use client';
import { useEffect, useRef } from 'react';
import { useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { Said } from '../../ui/said.tsx';
import { EmptyState } from '../../ui/states.tsx';
import { TurnView } from '../session/turn-view.tsx';
import type { Streaming } from './stream.ts';
import type { Chat, Outgoing } from './use-chat.ts';

const AT_END_PX = 60;

type ChatLogProps = { readonly chat: Chat; readonly selected: string | undefined; readonly onSelect: (messageId: string) => void };

/** What was said. It stays at the end while one reads the end, and where one is otherwise. */
export function ChatLog({ chat, selected, onSelect }: ChatLogProps) {
  const t = useT();
  const scroller = useRef<HTMLElement>(null);
  const atEnd = useRef(true);
  const { turns, outgoing, streams } = chat;

  useEffect(() => {
    const element = scroller.current;
    if (element && atEnd.current) element.scrollTop = element.scrollHeight;
  });

  const empty = turns.length === 0 && outgoing.length === 0;
  return (
    <section
      ref={scroller}
      role="log"
      aria-label={t.console.log}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        atEnd.current = scrollHeight - scrollTop - clientHeight < AT_END_PX;
      }}
      className="flex min-h-0 flex-1 flex-col gap-1 overflow-y-auto p-2 scroll-quiet"
    >
      {empty ? (
        <EmptyState title={t.console.empty}>
          <p>{t.console.lead}</p>
          <p className="text-ink-3">{t.console.emptyWhy}</p>
        </EmptyState>
      ) : null}
      {turns.map((turn) => (
        <TurnView key={turn.messageId} turn={turn} selected={turn.messageId === selected} onSelect={onSelect}>
          {turn.settled || turn.reply !== undefined ? null : <Answering stream={streams.get(turn.messageId)} />}
          {turn.settled && turn === turns.at(-1) && turn.text !== '' && !turn.textTruncated ? (
            <button
              type="button"
              onClick={() => chat.send(turn.text, [])}
              className="min-h-6 self-start rounded px-1 text-xs text-accent hover:underline"
            >
              {t.console.askAgain}
            </button>
          ) : null}
        </TurnView>
      ))}
      {outgoing.map((item) => (
        <OutgoingView
          key={item.key}
          item={item}
          stream={item.messageId ? streams.get(item.messageId) : undefined}
          onResend={() => chat.resend(item.key)}
        />
      ))}
    </section>
  );
}

/** The answer so far, as it is written. */
function Answering({ stream }: { readonly stream: Streaming | undefined }) {
  const t = useT();
  const state = stream?.tool ? t.console.usingTool(stream.tool) : t.console.thinking;
  return (
    <div className="flex flex-col items-start gap-1">
      {stream?.text ? (
        <p className="max-w-[85%] rounded-xl rounded-bl-sm bg-sunken px-3 py-2 foreign-text" data-testid="streaming">
          {stream.joinedLate ? '… ' : ''}
          {stream.text}
        </p>
      ) : null}
      <p role="status" className="animate-pulse-soft px-1 text-xs text-ink-3">
        {state}
      </p>
    </div>
  );
}

type OutgoingViewProps = { readonly item: Outgoing; readonly stream: Streaming | undefined; readonly onResend: () => void };

/** A message that the log has not shown yet: on its way, refused, or unconfirmed. */
function OutgoingView({ item, stream, onResend }: OutgoingViewProps) {
  const t = useT();
  return (
    <article className="flex flex-col gap-2 px-3 py-3">
      <div className="flex justify-end">
        <p className="max-w-[85%] rounded-xl rounded-br-sm bg-accent-soft px-3 py-2 foreign-text">
          {[item.text, ...item.files.map(({ name }) => name)].filter((part) => part !== '').join('\n')}
        </p>
      </div>
      {item.state === 'failed' ? (
        <div role="alert" className="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-md bg-bad-soft px-3 py-1.5 text-sm text-bad">
          <span className="font-medium">{t.console.notSent}</span>
          <span>{item.problem ? <Said problem={item.problem} /> : t.console.notSentWhy}</span>
          <Button onClick={onResend} className="ml-auto">
            {t.console.retry}
          </Button>
        </div>
      ) : null}
      {item.state === 'sending' ? <p className="text-xs text-ink-3">{t.console.sending}</p> : null}
      {item.state === 'committed' ? <Answering stream={stream} /> : null}
    </article>
  );
}
