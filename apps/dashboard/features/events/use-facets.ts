'use client';
import { keepPreviousData, skipToken, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { type Outputs, trpc } from '../../data/trpc.ts';
import { clauseFor } from './clause-for.ts';
import { withClause } from './clauses.ts';
import { timeSpan } from './filter.ts';
import type { EventQueryState } from './use-event-query.ts';

export const BUCKETS = 80;
/** The newest events are counted again after so long at the earliest: it takes the gateway a while. */
const SAMPLE_STALE_MS = 60_000;
const TYPED_MS = 300;

export type FacetField = Outputs['events']['breakdown']['fields'][number]['field'];
export type FacetCounts = {
  readonly field: FacetField;
  readonly values: readonly { readonly value: string; readonly count: number }[];
  readonly exact: boolean;
  /** Whether there are, or may be, values besides these. */
  readonly hasMore: boolean;
};
/** Values that the log has now, by field: for what completes the query. */
export type LiveValues = Readonly<Record<string, readonly string[]>>;

const ORDER: readonly FacetField[] = ['sev', 'type', 'channel', 'agent', 'tool', 'model', 'outcome', 'session', 'actor', 'config'];

/**
 * How many events there are of each value, from counters where those know, and from the newest events where they do not. They are asked
 * for once the list stands, which would wait for them.
 */
export function useFacets(state: EventQueryState, listStands: boolean) {
  const { filter, nowMs, query } = state;
  const span = timeSpan(filter, nowMs);
  const exact = useQuery({
    ...trpc.events.facets.queryOptions({ ...span, filter }),
    enabled: listStands,
    placeholderData: keepPreviousData,
  });
  const sampled = useQuery({
    ...trpc.events.breakdown.queryOptions({ ...span, buckets: BUCKETS, by: query.bars, filter }),
    enabled: listStands,
    staleTime: SAMPLE_STALE_MS,
    placeholderData: keepPreviousData,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the result of a query is another object each time; these tell whether it says something else
  return useMemo(() => {
    const counted: Partial<Record<FacetField, FacetCounts['values']>> = exact.data
      ? { sev: exact.data.severity, type: exact.data.type, channel: exact.data.channel, agent: exact.data.agent }
      : {};
    const facets: readonly FacetCounts[] = ORDER.flatMap((field) => {
      const sample = sampled.data?.fields.find((each) => each.field === field);
      const values = counted[field] ?? sample?.values ?? [];
      const isExact = counted[field] !== undefined || sampled.data?.isWhole === true;
      const hasMore = !isExact || (sample?.different ?? 0) > values.length;
      return values.length === 0 ? [] : [{ field, values, exact: isExact, hasMore }];
    });
    const live: LiveValues = Object.fromEntries(facets.map(({ field, values }) => [field, values.map(({ value }) => value)]));
    return { exact, sampled, facets, live, listStands };
  }, [exact.data, exact.error, exact.isPending, sampled.data, sampled.error, sampled.isPending, listStands]);
}

/** The sessions that have a text in their ids, once it stands for a moment; another text ends the search for the one before. */
export function useSessionSearch({ filter, nowMs }: EventQueryState, text: string) {
  const [settled, setSettled] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), TYPED_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const clause = clauseFor('session', [`*${text}*`]).replace(':', ':~');
  const query = withClause(filter.query ?? '', clause);
  const asked = { ...timeSpan(filter, nowMs), buckets: 1, filter: { ...filter, query } };
  return useQuery(
    trpc.events.breakdown.queryOptions(text !== '' && text === settled ? asked : skipToken, {
      staleTime: SAMPLE_STALE_MS,
      trpc: { abortOnUnmount: true },
    }),
  );
}
