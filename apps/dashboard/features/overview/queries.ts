'use client';
/** What Overview stands on, asked for before it is mounted. */
import { answerTo, askAhead } from '../../data/ahead.ts';
import { client, trpc } from '../../data/trpc.ts';

const POLL_MS = 30_000;

const summary = () => client.overview.summary.query();
const attention = () => client.overview.attention.query();
askAhead('/', 'summary', summary);
askAhead('/', 'attention', attention);

export const summaryQuery = {
  ...trpc.overview.summary.queryOptions(),
  queryFn: () => answerTo('summary', summary),
  refetchInterval: POLL_MS,
};

export const attentionQuery = {
  ...trpc.overview.attention.queryOptions(),
  queryFn: () => answerTo('attention', attention),
  refetchInterval: POLL_MS,
};
