'use client';
import Clock from 'lucide-react/icons/clock';
import { useEffect, useState } from 'react';
import { useFormat, useT } from '../../i18n/index.tsx';
import { classNames } from '../../ui/class-names.ts';

const SOON_MS = 5 * 60_000;

/** How long there is until a moment. `offsetMs` is how far the gateway's clock is ahead of this one. */
export function Countdown({ until, offsetMs }: { readonly until: number; readonly offsetMs: number }) {
  const t = useT();
  const format = useFormat();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  const leftMs = until - now - offsetMs;
  const text = leftMs <= 0 ? t.approvals.over : t.approvals.leftTime(leftMs < 120_000 ? clockOf(leftMs) : format.duration(leftMs));
  return (
    <span
      title={t.approvals.deniedAt(format.full(until))}
      className={classNames(
        'inline-flex items-center gap-1 text-xs whitespace-nowrap figures',
        leftMs < SOON_MS ? 'font-medium text-warn' : 'text-ink-3',
      )}
    >
      <Clock aria-hidden className="size-3.5" />
      {text}
    </span>
  );
}

function clockOf(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
