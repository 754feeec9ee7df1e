'use client';
import { useEffect, useRef, useState } from 'react';
import { Skeleton } from '../../ui/states.tsx';

type ComparisonProps = { readonly before: string; readonly after: string; readonly labels: readonly [string, string] };

/** Two texts beside each other, what differs marked. */
export function Comparison({ before, after, labels: [left, right] }: ComparisonProps) {
  const host = useRef<HTMLDivElement>(null);
  const [ready, setReady] = useState(false);
  useEffect(() => {
    let close: (() => void) | undefined;
    let gone = false;
    void import('./editor-setup.ts').then(({ openComparison }) => {
      if (gone || !host.current) return;
      close = openComparison(host.current, before, after, [left, right]);
      setReady(true);
    });
    return () => {
      gone = true;
      close?.();
    };
  }, [before, after, left, right]);
  return (
    <div className="overflow-hidden rounded-lg border border-line bg-surface">
      <div className="grid grid-cols-2 border-b border-line bg-sunken text-xs font-medium text-ink-2">
        <span className="truncate px-4 py-2">{left}</span>
        <span className="truncate px-4 py-2">{right}</span>
      </div>
      {ready ? null : <Skeleton lines={8} className="p-4" />}
      <div ref={host} data-testid="comparison" className="max-h-[70dvh] overflow-auto" />
    </div>
  );
}
