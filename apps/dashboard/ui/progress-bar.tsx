'use client';
import { useFormat, useT } from '../i18n/index.tsx';
import type { Tone } from './badge.tsx';
import { classNames } from './class-names.ts';

type ProgressProps = {
  readonly label: string;
  readonly done: number;
  /** Nothing where it is not known how much there is. */
  readonly total?: number | undefined;
  readonly tone?: Exclude<Tone, 'neutral'>;
  readonly format?: (value: number) => string;
};

const FILLS = { accent: 'bg-accent', ok: 'bg-ok', warn: 'bg-warn', bad: 'bg-bad' } as const;

/** How far something is, as a bar and in words. */
export function ProgressBar({ label, done, total, tone = 'accent', format }: ProgressProps) {
  const t = useT();
  const { number } = useFormat();
  const write = format ?? number;
  const share = total === undefined || total === 0 ? undefined : Math.min(1, done / total);
  return (
    <div className="min-w-0">
      <div className="flex justify-between gap-4 pb-1 text-xs text-ink-2">
        <span className="min-w-0 truncate">{label}</span>
        <span className="shrink-0 figures">{total === undefined ? write(done) : t.ui.progress(write(done), write(total))}</span>
      </div>
      <div
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={total ?? 100}
        {...(share === undefined ? {} : { 'aria-valuenow': done, 'aria-valuetext': t.ui.progress(write(done), write(total ?? 0)) })}
        className="h-1.5 overflow-hidden rounded-full bg-line"
      >
        <div
          className={classNames('h-full rounded-full transition-[width]', FILLS[tone], share === undefined && 'w-1/3 animate-pulse-soft')}
          style={share === undefined ? undefined : { width: `${share * 100}%` }}
        />
      </div>
    </div>
  );
}
