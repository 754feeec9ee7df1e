'use client';
import { useQuery } from '@tanstack/react-query';
import { useFeed } from '../../data/feed.ts';
import { trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { ClauseHints } from '../../ui/clause-hints.tsx';
import { Command } from '../../ui/command.tsx';
import { EmptyState } from '../../ui/states.tsx';
import { clausesOf, withoutClause } from './clauses.ts';
import type { EventFilter } from './filter.ts';
import type { EventQueryState } from './use-event-query.ts';

type Drop = { readonly title: string; readonly filter: EventFilter; readonly drop: () => void };
const MOST_CLAUSES = 19;

/** Why the list is empty: nothing has happened yet, or a clause hides it. */
export function EmptyList({ state }: { readonly state: EventQueryState }) {
  const t = useT();
  const head = useFeed((feed) => feed.head);
  const drops = dropsOf(state, t.events.timeClause);
  const without = useQuery(trpc.events.without.queryOptions({ filters: drops.map(({ filter }) => filter) }));
  if (head === 0) {
    return (
      <EmptyState title={t.events.emptyNew}>
        <p>{t.events.emptyNewWhy}</p>
        <Command text='openclaw message send --to test --message "hello"' />
      </EmptyState>
    );
  }
  const hints = drops.flatMap((each, at) => {
    const found = without.data?.[at];
    if (!found || found.count === 0) return [];
    return [{ title: t.events.without(each.title), found: t.events.found(found.count, found.more), drop: each.drop }];
  });
  return (
    <EmptyState title={t.events.emptyFiltered}>
      {hints.length > 0 ? <p>{t.events.emptyFilteredWhy}</p> : null}
      <ClauseHints hints={hints} />
    </EmptyState>
  );
}

/** The filter without each of its clauses. */
function dropsOf({ query, filter, change }: EventQueryState, timeTitle: string): readonly Drop[] {
  const { query: text = '', fromTime, toTime, ...rest } = filter;
  const time = { ...(fromTime !== undefined && { fromTime }), ...(toTime !== undefined && { toTime }) };
  const drops: Drop[] = clausesOf(text)
    .slice(0, MOST_CLAUSES)
    .map((clause) => {
      const left = withoutClause(text, clause);
      return {
        title: clause.text,
        filter: { ...rest, ...time, ...(left !== '' && { query: left }) },
        drop: () => change({ q: withoutClause(query.q, clause) }),
      };
    });
  if (fromTime === undefined && toTime === undefined) return drops;
  const everywhere = text === '' ? {} : { query: text };
  return [...drops, { title: timeTitle, filter: everywhere, drop: () => change({ range: 'all', fromTime: null, toTime: null }) }];
}
