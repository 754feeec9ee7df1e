import type { ViewDraft } from './index.ts';

const always = { pinned: true, shared: true } as const;

/** The views that every gateway has. */
export const SYSTEM_VIEWS: readonly ViewDraft[] = [
  { ...always, name: 'errors', label: 'Errors', query: 'sev:error', range: '24h' },
  { ...always, name: 'denied', label: 'Denied', query: 'type:(auth.denied,auth.forbidden,tool.denied,message.rejected)', range: '24h' },
  { ...always, name: 'slow', label: 'Slow > 5 s', query: 'dur:>5s', range: '24h' },
  { ...always, name: 'tool-calls', label: 'Tool calls', query: 'type:tool.*', range: '24h' },
  {
    ...always,
    name: 'deliveries-failed',
    label: 'Deliveries failed',
    query: 'type:(delivery.failed,delivery.uncertain,message.dead_lettered)',
    range: '24h',
  },
  { ...always, name: 'config-changes', label: 'Config changes', query: 'type:config.*', range: '30d' },
  {
    ...always,
    name: 'today-by-channel',
    label: 'Today by channel',
    query: 'time:today has:channel',
    range: '24h',
    columns: ['channel!', 'seq', 'time', 'severity', 'type', 'summary', 'agent'],
  },
];
