'use client';
import { useQuery } from '@tanstack/react-query';
import type { Outputs } from '../../data/trpc.ts';
import { useWaitingCount } from '../approvals/use-waiting.ts';
import { attentionQuery } from '../overview/queries.ts';
import { PAGES, type PageName } from './pages.ts';

type Kind = Outputs['overview']['attention'][number]['kind'];

/** On which page a person does something about it; the overview tells of all that have no page of their own yet. */
const PAGE_OF: Record<Kind, string> = {
  projection_stopped: 'overview',
  projection_lagging: 'overview',
  held: 'sessions',
  quarantined: 'sessions',
  dead_lettered: 'sessions',
  unsettled: 'sessions',
  channel_down: 'channels',
  rejected: 'events',
  approval: 'approvals',
  alert: 'overview',
  config_pending: 'config',
  config_refused: 'config',
};

export type Badges = Readonly<Partial<Record<PageName, number>>>;

/** How many things wait for a person, by the page where he does something about them. */
export function useBadges(): Badges {
  const attention = useQuery(attentionQuery);
  const approvals = useWaitingCount();
  return { ...(attention.data && countByPage(attention.data)), approvals };
}

/** Only what is an error counts: a warning is no summons. */
export function countByPage(items: Outputs['overview']['attention']): Badges {
  const counts: Partial<Record<PageName, number>> = {};
  for (const { kind, severity, count } of items) {
    if (severity !== 'error') continue;
    const page = PAGES.find(({ name }) => name === PAGE_OF[kind])?.name ?? 'overview';
    counts[page] = (counts[page] ?? 0) + count;
  }
  return counts;
}
