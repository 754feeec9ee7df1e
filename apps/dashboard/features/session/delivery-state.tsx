'use client';
import Check from 'lucide-react/icons/check';
import CheckCheck from 'lucide-react/icons/check-check';
import CircleAlert from 'lucide-react/icons/circle-alert';
import PauseCircle from 'lucide-react/icons/circle-pause';
import Clock from 'lucide-react/icons/clock';
import Minus from 'lucide-react/icons/minus';
import type { Outputs } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { classNames } from '../../ui/class-names.ts';

export type Turn = Outputs['sessions']['get']['turns'][number];
type Status = Turn['status'];

const LOOKS: Record<Status, { readonly Icon: typeof Check; readonly colour: string }> = {
  received: { Icon: Clock, colour: 'text-ink-3' },
  queued: { Icon: Clock, colour: 'text-ink-3' },
  running: { Icon: Clock, colour: 'text-accent' },
  delivering: { Icon: Check, colour: 'text-ink-3' },
  held: { Icon: PauseCircle, colour: 'text-warn' },
  delivered: { Icon: CheckCheck, colour: 'text-ok' },
  rejected: { Icon: CircleAlert, colour: 'text-warn' },
  dead_lettered: { Icon: CircleAlert, colour: 'text-bad' },
  no_reply: { Icon: Minus, colour: 'text-ink-3' },
  merged: { Icon: CheckCheck, colour: 'text-ink-3' },
  discarded: { Icon: Minus, colour: 'text-ink-3' },
};

/** How far a message came: what the log says, nothing better. */
export function DeliveryState({ turn }: { readonly turn: Pick<Turn, 'status' | 'attempts' | 'duplicates' | 'receivedAt' | 'settledAt'> }) {
  const t = useT();
  const format = useFormat();
  const { Icon, colour } = LOOKS[turn.status];
  const took = turn.settledAt === undefined ? '' : format.duration(turn.settledAt - turn.receivedAt);
  return (
    <span className={classNames('inline-flex flex-wrap items-center gap-x-1.5 text-xs', colour)}>
      <Icon aria-hidden className="size-3.5 shrink-0" />
      {t.status[turn.status]}
      <span className="text-ink-3 figures">
        {[
          took,
          turn.attempts > 1 ? t.sessions.attempts(turn.attempts) : '',
          turn.duplicates > 0 ? t.sessions.duplicates(turn.duplicates) : '',
        ]
          .filter(Boolean)
          .map((part) => `· ${part}`)
          .join(' ')}
      </span>
    </span>
  );
}
