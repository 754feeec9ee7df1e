'use client';
import { useEffect, useRef, useState } from 'react';
import { useBatches } from '../../data/feed.ts';
import { useT } from '../../i18n/index.tsx';

const INTERVAL_MS = 5_000;

/** Tells screen readers how much is new: a count every five seconds at most, never single events. */
export function Announcer() {
  const t = useT();
  const fresh = useRef(0);
  const [text, setText] = useState('');
  useBatches((batch) => {
    fresh.current += batch.rows.length + (batch.skipped?.count ?? 0);
  });
  useEffect(() => {
    const timer = setInterval(() => {
      if (fresh.current === 0) return;
      setText(t.frame.newEvents(fresh.current));
      fresh.current = 0;
    }, INTERVAL_MS);
    return () => clearInterval(timer);
  }, [t]);
  return (
    <p aria-live="polite" className="sr-only">
      {text}
    </p>
  );
}
