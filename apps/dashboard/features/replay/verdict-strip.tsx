'use client';
import type { Outputs } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { classNames } from '../../ui/class-names.ts';

export type Run = Outputs['replays']['list']['runs'][number];
export type Report = NonNullable<Outputs['replays']['get']['report']>;
export type SessionReport = Extract<Report, { readonly kind: 'session' }>;
export type ListedTurn = SessionReport['turns'][number];

/** What was refused and is allowed now comes before everything else. */
export const VERDICTS = [
  'looser',
  'stricter',
  'error',
  'new effect',
  'route changed',
  'text changed',
  'asked otherwise',
  'unfaithful',
  'identical',
] as const;
export type Verdict = (typeof VERDICTS)[number];

export const VERDICT_TONES: Record<Verdict, Tone> = {
  looser: 'bad',
  stricter: 'warn',
  error: 'bad',
  'new effect': 'bad',
  'route changed': 'warn',
  'text changed': 'accent',
  'asked otherwise': 'neutral',
  unfaithful: 'warn',
  identical: 'ok',
};

type VerdictStripProps = {
  readonly counts: Readonly<Partial<Record<Verdict, number>>>;
  readonly chosen?: Verdict | undefined;
  readonly onChoose?: (verdict: Verdict | undefined) => void;
};

/** How many came out how, the worst first. A choice shows only those. */
export function VerdictStrip({ counts, chosen, onChoose }: VerdictStripProps) {
  const t = useT();
  const format = useFormat();
  const met = VERDICTS.filter((verdict) => (counts[verdict] ?? 0) > 0);
  return (
    <ul aria-label={t.replay.verdict} className="flex flex-wrap gap-1.5">
      {met.map((verdict) => {
        const content = (
          <Badge
            tone={VERDICT_TONES[verdict]}
            className={classNames(onChoose && 'min-h-6 px-2', chosen === verdict && 'ring-2 ring-current')}
          >
            {t.replay.verdicts[verdict]} <strong className="figures">{format.number(counts[verdict] ?? 0)}</strong>
          </Badge>
        );
        return (
          <li key={verdict}>
            {onChoose ? (
              <button type="button" aria-pressed={chosen === verdict} onClick={() => onChoose(chosen === verdict ? undefined : verdict)}>
                {content}
              </button>
            ) : (
              content
            )}
          </li>
        );
      })}
    </ul>
  );
}
