'use client';
import type { Outputs } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { classNames } from '../../ui/class-names.ts';
import { Time } from '../../ui/time.tsx';
import { Countdown } from './countdown.tsx';

type Waiting = Outputs['approvals']['waiting']['approvals'][number];
type ListProps = {
  readonly approvals: readonly Waiting[];
  readonly selected: string | undefined;
  readonly offsetMs: number;
  readonly onSelect: (code: string) => void;
};

/** The inbox, the oldest first. */
export function WaitingList({ approvals, selected, offsetMs, onSelect }: ListProps) {
  const t = useT();
  return (
    <ul aria-label={t.approvals.list} className="flex flex-col overflow-hidden rounded-lg border border-line bg-surface">
      {approvals.map((call) => (
        <li key={call.code} className="border-b border-line last:border-b-0">
          <button
            type="button"
            data-approval={call.code}
            aria-current={call.code === selected ? 'true' : undefined}
            onClick={() => onSelect(call.code)}
            className={classNames(
              'flex w-full flex-col gap-0.5 px-4 py-2.5 text-left hover:bg-sunken focus-visible:outline-offset-[-2px]',
              call.code === selected ? 'lg:bg-accent-soft' : '',
            )}
          >
            <span className="flex w-full items-center gap-2">
              <span className="mr-auto min-w-0 truncate font-mono text-sm font-semibold">{call.tool}</span>
              {call.people ? <Badge tone={call.given ? 'accent' : 'neutral'}>{t.approvals.ofTwo(call.given ? 1 : 0)}</Badge> : null}
              <Countdown until={call.expiresAt} offsetMs={offsetMs} />
            </span>
            <span className="w-full truncate font-mono text-xs text-ink-2">{JSON.stringify(call.arguments)}</span>
            <span className="text-xs text-ink-3">
              {t.approvals.by(call.agentId)} · {call.channel} · <Time value={call.requestedAt} />
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
