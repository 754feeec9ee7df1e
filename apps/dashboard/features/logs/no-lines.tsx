'use client';
import { useQuery } from '@tanstack/react-query';
import { client, trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { ClauseHints } from '../../ui/clause-hints.tsx';
import { Command } from '../../ui/command.tsx';
import { EmptyState } from '../../ui/states.tsx';
import type { LogInput, useLogFilter } from './log-filter.ts';

type Filter = ReturnType<typeof useLogFilter>;
type Drop = { readonly title: string; readonly input: LogInput; readonly drop: () => void };

const HINT_ROWS = 50;

/** Why there is no line: nothing is written, nothing was, or a clause hides it. */
export function NoLines({ enabled, filter }: { readonly enabled: boolean; readonly filter: Filter }) {
  const t = useT();
  if (!enabled) {
    return (
      <EmptyState title={t.logs.emptyOff}>
        <p>{t.logs.emptyOffWhy}</p>
        <Command text="openclaw config set gateway.logging.file.enabled true" />
      </EmptyState>
    );
  }
  if (filter.isFiltered) return <NoneFits filter={filter} />;
  return (
    <EmptyState title={t.logs.emptyNew}>
      <p>{t.logs.emptyNewWhy}</p>
      <Command text="openclaw logs level debug --for 15m" />
    </EmptyState>
  );
}

function NoneFits({ filter }: { readonly filter: Filter }) {
  const t = useT();
  const drops = useDrops(filter);
  const counts = useQuery({
    queryKey: [...trpc.logs.list.queryKey(), 'without', filter.input],
    queryFn: () => countsOf(drops.map(({ input }) => input)),
  });
  const hints = drops.flatMap(({ title, drop }, at) => {
    const found = counts.data?.[at];
    return found && found.count > 0 ? [{ title: t.logs.without(title), found: t.logs.found(found.count, found.more), drop }] : [];
  });
  return (
    <EmptyState title={t.logs.emptyFiltered}>
      <p>{hints.length > 0 ? t.logs.withoutWhy : t.logs.emptyFilteredWhy}</p>
      <ClauseHints hints={hints} />
      <Button onClick={() => void filter.change(null)}>{t.logs.clear}</Button>
    </EmptyState>
  );
}

/** The filter without each of its clauses. */
function useDrops({ input, change }: Filter): readonly Drop[] {
  const t = useT();
  const { minLevel, ...anyLevel } = input;
  const { component, ...anyComponent } = input;
  const { query, regex: _, ...anyText } = input;
  const { sinceMs, untilMs, ...anyTime } = input;
  const drops: Drop[] = [];
  if (minLevel) drops.push({ title: t.logs.levels[minLevel], input: anyLevel, drop: () => void change({ level: null }) });
  if (component)
    drops.push({ title: `${t.logs.component}: ${component}`, input: anyComponent, drop: () => void change({ component: null }) });
  if (query) drops.push({ title: query, input: anyText, drop: () => void change({ q: null, regex: null }) });
  if (sinceMs !== undefined || untilMs !== undefined)
    drops.push({ title: t.logs.timeClause, input: anyTime, drop: () => void change({ range: null, fromTime: null, toTime: null }) });
  return drops;
}

/** One after the other: the gateway reads the log for a few at a time only. */
async function countsOf(inputs: readonly LogInput[]): Promise<readonly { readonly count: number; readonly more: boolean }[]> {
  const counts = [];
  for (const input of inputs) {
    const { rows, next } = await client.logs.list.query({ ...input, limit: HINT_ROWS });
    counts.push({ count: rows.length, more: next !== undefined });
  }
  return counts;
}
