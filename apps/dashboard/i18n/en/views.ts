import { plural } from './plural.ts';

export const views = {
  title: 'Saved views',
  all: 'All',
  more: 'More saved views',
  moreCount: (count: number) => plural(count, 'more view', 'more views'),
  dirty: 'Changed since it was saved',
  reset: 'Reset',
  save: 'Save view',
  replace: 'Replace',
  saved: 'The view is saved',
  removed: 'The view is removed',
  name: 'Name',
  pin: 'As a tab',
  share: 'For everybody',
  whatIsKept:
    'Query, time range and columns are kept; a beginning and an end of your own as part of the query. On the command line: openclaw events list --view NAME.',
  system: {
    errors: 'Errors',
    denied: 'Denied',
    slow: 'Slow > 5 s',
    'tool-calls': 'Tool calls',
    'deliveries-failed': 'Deliveries failed',
    'config-changes': 'Config changes',
    'today-by-channel': 'Today by channel',
  } as Record<string, string>,
};
