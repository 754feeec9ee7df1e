'use client';
/** The first page of the list, which a link to an event asks for before anything is mounted. */
import { answerTo, askAhead } from '../../data/ahead.ts';
import { client, type Outputs, queryClient, trpc } from '../../data/trpc.ts';
import type { EventFilter } from './filter.ts';

export const PAGE_ROWS = 100;
/** So many newer events are shown above the one that a link names. */
export const AROUND = 20;

type Asked = { readonly filter: EventFilter; readonly limit: number; readonly before?: number };

const nameOf = (asked: Asked) => `events ${JSON.stringify(asked)}`;

/** The newest events of a filter, or those around a position. */
export function firstPage(filter: EventFilter, around: number | null): Promise<Outputs['events']['list']> {
  const asked: Asked = { filter, limit: PAGE_ROWS, ...(around === null ? {} : { before: around + AROUND }) };
  return answerTo(nameOf(asked), () => client.events.list.query(asked));
}

const address = new URLSearchParams(typeof window === 'undefined' ? '' : window.location.search);
const linked = Number(address.get('sel'));
if (Number.isSafeInteger(linked) && linked > 0) {
  void queryClient.prefetchQuery(trpc.events.get.queryOptions({ position: linked }));
  const asked: Asked = { filter: {}, limit: PAGE_ROWS, before: linked + AROUND };
  if (address.get('range') === 'all' && !address.has('q')) askAhead('/events/', nameOf(asked), () => client.events.list.query(asked));
}
