// biome-ignore-all lint/a11y/useSemanticElements: rows that are placed one by one cannot be a <table>; the roles say what they are
'use client';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { togglePaused, usePaused } from '../../data/feed.ts';
import { useT } from '../../i18n/index.tsx';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { ColumnHeader } from '../../ui/column-header.tsx';
import { ColumnMenu } from '../../ui/column-menu.tsx';
import { gridOf, pinOffsets } from '../../ui/columns.ts';
import { useMatches } from '../../ui/in-browser.ts';
import { LoadMore } from '../../ui/load-more.tsx';
import { ErrorState, Loaded, Skeleton } from '../../ui/states.tsx';
import { useKeys } from '../frame/keys.ts';
import { PageTitle } from '../frame/page-title.tsx';
import { TimeRangePicker } from '../frame/time-range-picker.tsx';
import { LevelControl } from './level-control.tsx';
import { LOG_COLUMNS, type LogLayout, useLogLayout } from './log-columns.ts';
import { useLogFilter } from './log-filter.ts';
import { LogFilterBar } from './log-filter-bar.tsx';
import { LogCard, LogTableRow } from './log-row.tsx';
import { NoLines } from './no-lines.tsx';
import { keyOf, useLog } from './use-log.ts';

const NARROW = '(max-width: 640px)';
const ROW_PX = 33;
const FOLD_PX = 16;
const PADDING_PX = 12;
const HEADER_PX = 34;
const OVERSCAN = 12;
const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

/** What the process says about itself: to read, to search and to follow. */
export function LogsPage() {
  const t = useT();
  const paused = usePaused();
  const filter = useLogFilter();
  const log = useLog(filter.input);
  const layout = useLogLayout();
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
      <LogFilterBar filter={filter}>
        <ColumnMenu
          set={LOG_COLUMNS}
          titles={t.logs.columnNames}
          columns={layout.columns}
          onColumns={layout.setColumns}
          wrapTitle={t.logs.wrap}
          wrap={layout.wrap}
          onWrap={layout.toggleWrap}
        />
      </LogFilterBar>
      {log.dropped > 0 ? (
        <Banner
          tone="warn"
          title={t.logs.dropped(log.dropped)}
          actions={<Button onClick={log.reload}>{t.logs.reload}</Button>}
          className="mb-3"
        />
      ) : null}
      <Lines log={log} filter={filter} layout={layout} />
    </div>
  );
}

type LinesProps = {
  readonly log: ReturnType<typeof useLog>;
  readonly filter: ReturnType<typeof useLogFilter>;
  readonly layout: LogLayout;
};

function Lines({ log, filter, layout }: LinesProps) {
  const { pages, rows } = log;
  if (pages.isPending) return <Skeleton lines={12} className="p-4" />;
  if (pages.error && rows.length === 0) return <ErrorState error={pages.error} onRetry={() => void pages.refetch()} />;
  if (rows.length === 0 && !pages.hasNextPage) return <NoLines enabled={log.enabled} filter={filter} />;
  return <Loaded query={log.shown}>{() => <List log={log} layout={layout} />}</Loaded>;
}

function List({ log, layout }: Pick<LinesProps, 'log' | 'layout'>) {
  const t = useT();
  const { pages, rows, partial } = log;
  const { columns, wrap, setColumns } = layout;
  const narrow = useMatches(NARROW, false);
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set());
  const scroller = useRef<HTMLElement>(null);
  const grid = useMemo(() => gridOf(columns, { beforePx: FOLD_PX }), [columns]);
  const pins = useMemo(() => pinOffsets(columns, PADDING_PX + FOLD_PX + PADDING_PX, PADDING_PX), [columns]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
    scrollPaddingStart: HEADER_PX,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another layout means that everything is measured again
  useEffect(() => virtual.measure(), [narrow, wrap, columns]);

  const toggle = (key: string) => setUnfolded((now) => new Set(now.has(key) ? [...now].filter((other) => other !== key) : [...now, key]));
  const walk = (step: number) => {
    const shown = [...(scroller.current?.querySelectorAll<HTMLElement>('[aria-expanded]') ?? [])];
    const at = shown.indexOf(document.activeElement as HTMLElement);
    shown[at === -1 ? 0 : at + step]?.focus();
  };
  useKeys({ j: () => walk(1), k: () => walk(-1), w: layout.toggleWrap });
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const step = STEPS[event.key];
    const isHandle = event.target instanceof Element && event.target.role === 'slider';
    if (step === undefined || isHandle || event.ctrlKey || event.metaKey || event.altKey) return;
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
      className="@container h-[calc(100dvh-13rem)] min-h-80 flex-auto overflow-auto rounded-lg border border-line bg-surface scroll-quiet sm:h-0"
    >
      <div role="table" aria-label={t.logs.table} aria-rowcount={pages.hasNextPage ? -1 : rows.length + 1} className="min-w-full sm:w-max">
        <ColumnHeader columns={columns} titles={t.logs.columnNames} pins={pins} grid={grid} before={t.logs.detail} onColumns={setColumns} />
        <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, key, start }) => {
            const entry = rows[index];
            if (!entry) return null;
            const name = keyOf(entry);
            const line = { entry, rowIndex: index + 2, open: unfolded.has(name), onToggle: () => toggle(name) };
            return (
              <div
                key={key}
                ref={virtual.measureElement}
                data-index={index}
                className="absolute inset-x-0 top-0 border-b border-line"
                style={{ transform: `translateY(${start}px)` }}
              >
                {narrow ? <LogCard {...line} /> : <LogTableRow {...line} columns={columns} pins={pins} grid={grid} wrap={wrap} />}
              </div>
            );
          })}
        </div>
      </div>
      <footer className="sticky left-0 flex max-w-[100cqw] flex-col items-center gap-2 py-3 text-xs text-ink-3">
        {partial ? <p>{t.logs.partial}</p> : null}
        {pages.hasNextPage ? <LoadMore pages={pages} title={partial ? t.logs.goOn : undefined} className="" /> : <p>{t.logs.end}</p>}
      </footer>
    </section>
  );
}
