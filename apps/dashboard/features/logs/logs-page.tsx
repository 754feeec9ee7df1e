'use client';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useRef } from 'react';
import { togglePaused, usePaused } from '../../data/feed.ts';
import { useT } from '../../i18n/index.tsx';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { ErrorState, Loaded, Skeleton } from '../../ui/states.tsx';
import { useKeys } from '../frame/keys.ts';
import { PageTitle } from '../frame/page-title.tsx';
import { TimeRangePicker } from '../frame/time-range-picker.tsx';
import { LevelControl } from './level-control.tsx';
import { useLogFilter } from './log-filter.ts';
import { LogFilterBar } from './log-filter-bar.tsx';
import { LogRow } from './log-row.tsx';
import { NoLines } from './no-lines.tsx';
import { useLog } from './use-log.ts';

const ROW_PX = 33;
const OVERSCAN = 12;
const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

/** What the process says about itself: to read, to search and to follow. */
export function LogsPage() {
  const t = useT();
  const paused = usePaused();
  const filter = useLogFilter();
  const log = useLog(filter.input);
  return (
    <div className="flex min-h-0 flex-1 flex-col sm:h-[calc(100dvh-5.5rem)] sm:min-h-[34rem] sm:flex-none">
      <PageTitle title={t.logs.title}>
        <p className="text-sm text-ink-3 max-md:hidden">{t.logs.lead}</p>
        <LevelControl />
        <Button aria-pressed={!paused} onClick={togglePaused} look={paused ? 'plain' : 'quiet'}>
          <span className={`size-2 rounded-full ${paused ? 'bg-ink-3' : 'bg-ok'}`} />
          {t.logs.follow}
        </Button>
      </PageTitle>
      <TimeRangePicker value={filter.state} onChange={(range) => void filter.change(range)} />
      <LogFilterBar filter={filter} />
      {log.dropped > 0 ? (
        <Banner
          tone="warn"
          title={t.logs.dropped(log.dropped)}
          actions={<Button onClick={log.reload}>{t.logs.reload}</Button>}
          className="mb-3"
        />
      ) : null}
      <Lines log={log} filter={filter} />
    </div>
  );
}

type LinesProps = { readonly log: ReturnType<typeof useLog>; readonly filter: ReturnType<typeof useLogFilter> };

function Lines({ log, filter }: LinesProps) {
  const { pages, rows } = log;
  if (pages.isPending) return <Skeleton lines={12} className="p-4" />;
  if (pages.error && rows.length === 0) return <ErrorState error={pages.error} onRetry={() => void pages.refetch()} />;
  if (rows.length === 0 && !pages.hasNextPage) return <NoLines enabled={log.enabled} filter={filter} />;
  return <Loaded query={log.shown}>{() => <List log={log} />}</Loaded>;
}

function List({ log }: { readonly log: LinesProps['log'] }) {
  const t = useT();
  const { pages, rows, partial } = log;
  const scroller = useRef<HTMLElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
  });
  const items = virtual.getVirtualItems();

  const walk = (step: number) => {
    const shown = [...(scroller.current?.querySelectorAll<HTMLElement>('[data-log-row]:not(:disabled)') ?? [])];
    const at = shown.indexOf(document.activeElement as HTMLElement);
    shown[at === -1 ? 0 : at + step]?.focus();
  };
  useKeys({ j: () => walk(1), k: () => walk(-1) });
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const step = STEPS[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    walk(step);
    event.preventDefault();
  };

  return (
    <section
      ref={scroller}
      aria-label={t.logs.table}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      onKeyDown={onKeyDown}
      className="h-[calc(100dvh-13rem)] min-h-80 flex-auto overflow-auto rounded-lg border border-line bg-surface scroll-quiet sm:h-0"
    >
      <ol aria-label={t.logs.table} className="relative" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const entry = rows[item.index];
          return entry ? (
            <li
              key={item.key}
              ref={virtual.measureElement}
              data-index={item.index}
              aria-posinset={item.index + 1}
              aria-setsize={pages.hasNextPage ? -1 : rows.length}
              className="absolute inset-x-0 top-0"
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <LogRow entry={entry} />
            </li>
          ) : null;
        })}
      </ol>
      <footer className="flex flex-col items-center gap-2 py-3 text-xs text-ink-3">
        {partial ? <p>{t.logs.partial}</p> : null}
        {pages.hasNextPage ? (
          <Button disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            {partial ? t.logs.goOn : t.common.loadMore}
          </Button>
        ) : (
          <p>{t.logs.end}</p>
        )}
      </footer>
    </section>
  );
}
