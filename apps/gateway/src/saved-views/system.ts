import type { ViewDraft } from './index.ts';

const always = { pinned: true, shared: true } as const;

/** The views that every gateway has. */
export const SYSTEM_VIEWS: readonly ViewDraft[] = [
  { ...always, name: 'errors', title: 'Errors', query: 'sev:error', range: '24h' },
  { ...always, name: 'denied', title: 'Denied', query: 'type:(auth.denied,auth.forbidden,tool.denied,message.rejected)', range: '24h' },
  { ...always, name: 'slow', title: 'Slow > 5 s', query: 'dur:>5s', range: '24h' },
  { ...always, name: 'tool-calls', title: 'Tool calls', query: 'type:tool.*', range: '24h' },
  {
    ...always,
    name: 'deliveries-failed',
    title: 'Deliveries failed',
    query: 'type:(delivery.failed,delivery.uncertain,message.dead_lettered)',
    range: '24h',
  },
  { ...always, name: 'config-changes', title: 'Config changes', query: 'type:config.*', range: '30d' },
  {
    ...always,
    name: 'today-by-channel',
    title: 'Today by channel',
    query: 'time:today has:channel',
    range: '24h',
    columns: ['channel!', 'seq', 'time', 'severity', 'type', 'summary', 'agent'],
  },
];
