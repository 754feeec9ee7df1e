'use client';
import { useQuery } from '@tanstack/react-query';
import { client, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { ClauseHints } from '../../ui/clause-hints.tsx';
import { Command } from '../../ui/command.tsx';
import { EmptyState } from '../../ui/states.tsx';
import { clausesOf, withoutClause } from '../events/clauses.ts';
import { type AuditChange, type AuditQuery, type TrailFilter, toTrailFilter } from './audit-url.ts';

type NoTrailProps = { readonly query: AuditQuery; readonly change: AuditChange; readonly older: number | undefined };
type Part = Parameters<AuditChange>[0];
type Drop = { readonly title: string; readonly part: Part };

const HINT_ROWS = 50;
const MOST_CLAUSES = 10;

/** Why there is nothing in the trail: a clause hides it, the range ends after it, or nothing was recorded. */
export function NoTrail({ query, change, older }: NoTrailProps) {
  const t = useT();
  const format = useFormat();
  const drops = useDrops(query);
  const isNarrowed = drops.some(({ part }) => !('range' in part));
  const counts = useQuery({
    queryKey: [...trpc.audit.list.queryKey(), 'without', query],
    queryFn: ({ signal }) =>
      countsOf(
        drops.map(({ part }) => toTrailFilter({ ...query, ...part } as AuditQuery, Date.now())),
        signal,
      ),
    enabled: drops.length > 0,
  });
  if (!isNarrowed && older === undefined) {
    return (
      <EmptyState title={t.audit.emptyNew}>
        <p>{t.audit.emptyNewWhy}</p>
        <Command text="openclaw audit list" />
      </EmptyState>
    );
  }
  const hints = drops.flatMap(({ title, part }, at) => {
    const found = counts.data?.[at];
    return found && found.count > 0
      ? [{ title: t.events.without(title), found: t.events.found(found.count, found.more), drop: () => change(part) }]
      : [];
  });
  return (
    <EmptyState title={t.audit.emptyFiltered}>
      {older === undefined ? null : <p>{t.audit.older(format.full(older))}</p>}
      {hints.length > 0 ? <p>{t.events.emptyFilteredWhy}</p> : null}
      <ClauseHints hints={hints} />
      {isNarrowed ? (
        <Button onClick={() => change({ classes: null, query: null, actor: null, target: null, failed: null })}>{t.common.clear}</Button>
      ) : null}
    </EmptyState>
  );
}

/** What each clause of the filter is called, and the change that takes it away. */
function useDrops(query: AuditQuery): readonly Drop[] {
  const t = useT();
  const { classes, query: words, actor, target, failed, range } = query;
  const drops: Drop[] = clausesOf(words ?? '')
    .slice(0, MOST_CLAUSES)
    .map((clause) => ({ title: clause.text, part: { query: withoutClause(words ?? '', clause) || null } }));
  if (classes) drops.push({ title: classes.map((name) => t.audit.class[name]).join(', '), part: { classes: null } });
  if (actor !== null) drops.push({ title: `${t.audit.who}: ${actor}`, part: { actor: null } });
  if (target !== null) drops.push({ title: `${t.audit.target}: ${target}`, part: { target: null } });
  if (failed) drops.push({ title: t.audit.failedOnly, part: { failed: false } });
  if (range !== 'all') drops.push({ title: t.events.timeClause, part: { range: 'all', fromTime: null, toTime: null } });
  return drops;
}

async function countsOf(filters: readonly TrailFilter[], signal: AbortSignal) {
  const pages = await Promise.all(filters.map((filter) => client.audit.list.query({ filter, limit: HINT_ROWS }, { signal })));
  return pages.map(({ rows, next }) => ({ count: rows.length, more: next !== undefined }));
}
