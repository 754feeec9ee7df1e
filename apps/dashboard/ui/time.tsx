'use client';
import { useEffect, useState } from 'react';
import { useFormat } from '../i18n/index.tsx';

const TICK_MS = 10_000;

/** The present, anew every ten seconds, for what says how long ago something was. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}

type TimeProps = {
  /** Milliseconds since 1970. */
  readonly value: number;
  /** `ago` says how long ago, `clock` the time of day to the millisecond, `day` the day and the minute, `full` all of it. */
  readonly as?: 'ago' | 'clock' | 'day' | 'full';
  readonly className?: string;
};

/** A moment. All of it stands in the title. */
export function Time({ value, as = 'ago', className }: TimeProps) {
  const format = useFormat();
  const now = useNow();
  return (
    <time dateTime={new Date(value).toISOString()} title={format.full(value)} className={className}>
      {as === 'ago' ? format.ago(value, now) : format[as](value)}
    </time>
  );
}
