import { plural } from './plural.ts';

export const json = {
  items: (count: number) => plural(count, 'item', 'items'),
  keys: (count: number) => plural(count, 'key', 'keys'),
  showMore: (count: number) => `Show ${count} more`,
  showAll: 'Show all',
};
