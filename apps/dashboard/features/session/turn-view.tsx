'use client';
import Wrench from 'lucide-react/icons/wrench';
import type { ReactNode } from 'react';
import { useFormat, useT } from '../../i18n/index.tsx';
import { classNames } from '../../ui/class-names.ts';
import { Link } from '../../ui/link.tsx';
import { Said } from '../../ui/said.tsx';
import { eventsUrl } from '../frame/links.ts';
import { DeliveryState, type Turn } from './delivery-state.tsx';
import { FileList } from './file-list.tsx';

type TurnViewProps = {
  readonly turn: Turn;
  readonly selected: boolean;
  readonly onSelect: (messageId: string) => void;
  readonly children?: ReactNode;
};

/** A message, what the agent did about it, and the reply. A choice shows its way through the gateway. */
export function TurnView({ turn, selected, onSelect, children }: TurnViewProps) {
  const t = useT();
  const format = useFormat();
  return (
    <article
      aria-current={selected}
      data-message={turn.messageId}
      className={classNames(
        'flex flex-col gap-2 rounded-lg border px-3 py-3',
        selected ? 'border-line-strong bg-canvas' : 'border-transparent',
      )}
    >
      {turn.text === '' && turn.files ? null : (
        <Bubble from="sender" text={turn.text} truncated={turn.textTruncated} position={turn.position} />
      )}
      {turn.files ? (
        <div className="flex justify-end">
          <FileList label={t.sessions.filesIn} files={turn.files} />
        </div>
      ) : null}
      {turn.tools.length > 0 ? <Tools tools={turn.tools} /> : null}
      {turn.reply === undefined ? null : (
        <Bubble from="agent" text={turn.reply} truncated={turn.replyTruncated} position={turn.position} agent={turn.agentId} />
      )}
      {turn.replyFiles ? <FileList label={t.sessions.filesOut} files={turn.replyFiles} /> : null}
      {children}
      {turn.problem ? (
        <p className="rounded-md bg-bad-soft px-3 py-1.5 text-sm text-bad foreign-text">
          {turn.problem.code}: <Said problem={turn.problem} />
        </p>
      ) : null}
      <footer className="flex flex-wrap items-center justify-between gap-2">
        <DeliveryState turn={turn} />
        <span className="flex items-center gap-2 text-xs text-ink-3 figures">
          {format.day(turn.receivedAt)}
          <button
            type="button"
            aria-pressed={selected}
            title={t.sessions.showTurn}
            onClick={() => onSelect(turn.messageId)}
            className="min-h-6 rounded px-1.5 text-accent hover:underline"
          >
            {t.console.trace}
          </button>
        </span>
      </footer>
    </article>
  );
}

type BubbleProps = {
  readonly from: 'sender' | 'agent';
  readonly text: string;
  readonly truncated: boolean;
  readonly position: number;
  readonly agent?: string | undefined;
};

function Bubble({ from, text, truncated, position, agent }: BubbleProps) {
  const t = useT();
  const sender = from === 'sender';
  return (
    <div className={classNames('flex flex-col', sender ? 'items-end' : 'items-start')}>
      <span className="sr-only">{sender ? t.sessions.you : (agent ?? t.sessions.agent)}:</span>
      <p
        className={classNames(
          'max-w-[85%] rounded-xl px-3 py-2 foreign-text',
          sender ? 'rounded-br-sm bg-accent-soft' : 'rounded-bl-sm bg-sunken',
        )}
      >
        {text}
      </p>
      {truncated ? (
        <Link href={eventsUrl({ range: 'all', selected: position })} className="text-xs text-accent hover:underline">
          {t.sessions.truncated}
        </Link>
      ) : null}
    </div>
  );
}

function Tools({ tools }: { readonly tools: Turn['tools'] }) {
  const t = useT();
  return (
    <details className="rounded-md border border-line bg-surface text-xs">
      <summary className="flex min-h-8 items-center gap-2 px-3 text-ink-2">
        <Wrench aria-hidden className="size-3.5 shrink-0 text-ink-3" />
        <span className="shrink-0">{t.sessions.toolCalls(tools.length)}</span>
        <span className="truncate font-mono text-ink-3">{tools.map((call) => call.tool).join(', ')}</span>
      </summary>
      <ul className="divide-y divide-line border-t border-line">
        {tools.map((call) => (
          <li key={call.callId} className="flex flex-col gap-1 px-3 py-2">
            <span className="font-mono font-medium">
              {call.tool}
              {call.failed ? <span className="ml-2 text-bad">{t.sessions.toolFailed}</span> : null}
            </span>
            <ToolText name={t.sessions.toolArguments} text={call.arguments} />
            {call.result === undefined ? null : <ToolText name={t.sessions.toolResult} text={call.result} />}
          </li>
        ))}
      </ul>
    </details>
  );
}

function ToolText({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <span className="grid grid-cols-[5rem_minmax(0,1fr)] gap-2">
      <span className="text-ink-3">{name}</span>
      <code className="font-mono foreign-text">{text}</code>
    </span>
  );
}
