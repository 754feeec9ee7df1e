'use client';
import { useQueryStates } from 'nuqs';
import { useT } from '../../i18n/index.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { PageTitle } from '../frame/page-title.tsx';
import { TimeRangePicker } from '../frame/time-range-picker.tsx';
import { HealthView } from './health-view.tsx';
import { MetricsExports } from './metrics-exports.tsx';
import { metricsParsers, metricsUrlKeys, SPANS, type Span, VIEWS } from './metrics-url.ts';
import { ProcessView } from './process-view.tsx';
import { WorkView } from './work-view.tsx';

/** What works how fast, how the process fares, and how each part of the gateway is. */
export function MetricsPage() {
  const t = useT();
  const [query, setQuery] = useQueryStates(metricsParsers, { history: 'push', urlKeys: metricsUrlKeys });
  const { view, span, kind, at } = query;
  const chooseSpan = (value: Span | null) => void setQuery({ span: value, at: null });
  const choose = (time: number | null) => void setQuery({ at: time }, { history: 'replace' });
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <PageTitle title={t.metrics.title}>
        <MetricsExports />
      </PageTitle>
      {view === 'health' ? null : (
        <TimeRangePicker
          value={{ range: span, fromTime: null, toTime: null }}
          ranges={SPANS}
          onChange={({ range }) => chooseSpan(SPANS.find((each) => each === range) ?? null)}
        />
      )}
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
              onSpan={chooseSpan}
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
