'use client';
import { useQueryStates } from 'nuqs';
import { useRef } from 'react';
import { useT } from '../../i18n/index.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { useKeys } from '../frame/keys.ts';
import { PageTitle } from '../frame/page-title.tsx';
import { HealthView } from './health-view.tsx';
import { MetricsExports } from './metrics-exports.tsx';
import { metricsParsers, SPANS, VIEWS } from './metrics-url.ts';
import { ProcessView } from './process-view.tsx';
import { WorkView } from './work-view.tsx';

/** What works how fast, how the process fares, and how each part of the gateway is. */
export function MetricsPage() {
  const t = useT();
  const [query, setQuery] = useQueryStates(metricsParsers, { history: 'push' });
  const { view, span, kind, at } = query;
  const spans = useRef<HTMLDivElement>(null);
  useKeys({ t: () => spans.current?.querySelector<HTMLElement>('input:checked')?.focus() });
  const choose = (time: number | null) => void setQuery({ at: time }, { history: 'replace' });
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <PageTitle title={t.metrics.title}>
        <div ref={spans} className={view === 'health' ? 'invisible' : undefined}>
          <Segmented
            label={t.metrics.span}
            choices={SPANS.map((value) => ({ value, title: t.metrics.spans[value] }))}
            value={span}
            onChange={(value) => void setQuery({ span: value, at: null })}
          />
        </div>
        <MetricsExports />
      </PageTitle>
      <Tabs
        label={t.metrics.title}
        tabs={VIEWS.map((name) => ({ name, title: t.metrics.views[name] }))}
        selected={view}
        onSelect={(next) => void setQuery({ view: next })}
      >
        <div className="pt-4">
          {view === 'work' ? (
            <WorkView
              span={span}
              kind={kind}
              at={at}
              onKind={(value) => void setQuery({ kind: value })}
              onSpan={(value) => void setQuery({ span: value, at: null })}
              onAt={choose}
            />
          ) : null}
          {view === 'process' ? <ProcessView span={span} at={at} onAt={choose} /> : null}
          {view === 'health' ? <HealthView /> : null}
        </div>
      </Tabs>
    </div>
  );
}
