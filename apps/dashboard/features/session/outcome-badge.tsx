'use client';
import { useT } from '../../i18n/index.tsx';
import { Badge, type Tone } from '../../ui/badge.tsx';

const TONES: Readonly<Record<string, Tone>> = {
  delivered: 'ok',
  rejected: 'warn',
  held: 'warn',
  dead_lettered: 'bad',
  queued: 'accent',
  received: 'accent',
  running: 'accent',
  delivering: 'accent',
};

/** How the last message of a session ended, or how many still wait. */
export function OutcomeBadge({ outcome, open }: { readonly outcome: string; readonly open: number }) {
  const t = useT();
  if (open > 0) return <Badge tone="accent">{t.sessions.open(open)}</Badge>;
  const title = (t.status as Readonly<Record<string, string>>)[outcome];
  return title ? <Badge tone={TONES[outcome] ?? 'neutral'}>{title}</Badge> : null;
}
