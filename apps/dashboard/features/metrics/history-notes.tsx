'use client';
import type { ReactNode } from 'react';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Banner } from '../../ui/banner.tsx';
import { Command } from '../../ui/command.tsx';
import { EmptyState } from '../../ui/states.tsx';

type History = {
  readonly fromTime: number;
  readonly stepMs: number;
  readonly oldestTime?: number | undefined;
  readonly enabled: boolean;
  readonly leftOut: number;
};

/** The figures, or why there are none; and what is missing of them. */
export function HistoryNotes({ history, children }: { readonly history: History; readonly children: ReactNode }) {
  const t = useT();
  const format = useFormat();
  const { fromTime, stepMs, oldestTime, enabled, leftOut } = history;
  if (!enabled && oldestTime === undefined) {
    return (
      <EmptyState title={t.metrics.off}>
        <p>{t.metrics.offWhy}</p>
        <Command text="openclaw config set gateway.monitoring.metrics.enabled true" />
      </EmptyState>
    );
  }
  if (oldestTime === undefined) {
    return (
      <EmptyState title={t.metrics.emptyNew}>
        <p>{t.metrics.emptyNewWhy}</p>
      </EmptyState>
    );
  }
  return (
    <div className="flex flex-col gap-4">
      {enabled ? null : <Banner tone="warn" title={t.metrics.off} />}
      {oldestTime > fromTime + stepMs ? <p className="text-xs text-ink-3">{t.metrics.since(format.day(oldestTime))}</p> : null}
      {leftOut > 0 ? <Banner tone="warn" title={t.metrics.leftOut(leftOut)} /> : null}
      {children}
    </div>
  );
}
