import { PAGES } from './pages.ts';

export const SHORTCUT_GROUPS = ['everywhere', 'go', 'list', 'event', 'decide'] as const;
type ShortcutGroup = (typeof SHORTCUT_GROUPS)[number];

export type Shortcut = { readonly keys: string; readonly group: ShortcutGroup; readonly name: string };

/** Every shortcut, by the keys it has until the person chooses others. the sentences say what each does; `g` keys go to pages. */
export const SHORTCUTS: readonly Shortcut[] = [
  { keys: 'Mod+k', group: 'everywhere', name: 'palette' },
  { keys: '/', group: 'everywhere', name: 'search' },
  { keys: 'l', group: 'everywhere', name: 'live' },
  { keys: 't', group: 'everywhere', name: 'range' },
  { keys: 'u', group: 'everywhere', name: 'utc' },
  { keys: 'y', group: 'everywhere', name: 'copyLink' },
  { keys: '?', group: 'everywhere', name: 'help' },
  ...PAGES.map(({ key, name }) => ({ keys: `g ${key}`, group: 'go' as const, name })),
  { keys: 'j', group: 'list', name: 'next' },
  { keys: 'k', group: 'list', name: 'previous' },
  { keys: 'o', group: 'list', name: 'open' },
  { keys: 'Escape', group: 'list', name: 'close' },
  { keys: 'w', group: 'list', name: 'wrap' },
  { keys: 'f', group: 'list', name: 'facets' },
  { keys: 'i', group: 'list', name: 'include' },
  { keys: 'x', group: 'list', name: 'exclude' },
  { keys: 'm', group: 'list', name: 'menu' },
  { keys: 'Mod+z', group: 'list', name: 'undo' },
  { keys: '[', group: 'event', name: 'previousOfSession' },
  { keys: ']', group: 'event', name: 'nextOfSession' },
  { keys: '{', group: 'event', name: 'previousOfFlow' },
  { keys: '}', group: 'event', name: 'nextOfFlow' },
  { keys: 'Y', group: 'event', name: 'copyJson' },
  { keys: 'r', group: 'event', name: 'replay' },
  { keys: 'ArrowLeft', group: 'event', name: 'stepBack' },
  { keys: 'ArrowRight', group: 'event', name: 'stepOn' },
  { keys: 'Shift+ArrowLeft', group: 'event', name: 'leapBack' },
  { keys: 'Shift+ArrowRight', group: 'event', name: 'leapOn' },
  { keys: 'Space', group: 'event', name: 'play' },
  { keys: 'a', group: 'decide', name: 'approve' },
  { keys: 'd', group: 'decide', name: 'deny' },
  { keys: 'Mod+Enter', group: 'decide', name: 'review' },
];
