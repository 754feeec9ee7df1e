import type { Catalog } from '../../i18n/en/index.ts';
import { en } from '../../i18n/en/index.ts';
import { eventsUrl, sessionUrl } from '../events/filter-url.ts';
import { logsUrl } from '../logs/log-filter.ts';
import { bestScore } from './fuzzy.ts';
import { PAGES } from './pages.ts';

export type Entry = {
  readonly id: string;
  readonly kind: keyof Catalog['palette']['kinds'];
  readonly title: string;
  /** Other texts by which it is found. */
  readonly words: readonly string[];
  /** Where it leads, or what it does. */
  readonly to: string | (() => void);
};

export type Action = { readonly id: string; readonly title: string; readonly inEnglish: string; readonly run: () => void };

const MOST = 12;

/** All pages, and what can be done here. */
export function pagesAndActions(t: Catalog, actions: readonly Action[]): readonly Entry[] {
  return [
    ...PAGES.map(
      ({ name, path }): Entry => ({
        id: `page-${name}`,
        kind: 'page',
        title: t.frame[name],
        words: [en.frame[name], ...t.palette.words[name].split(' ')],
        to: path,
      }),
    ),
    ...actions.map(({ id, title, inEnglish, run }): Entry => ({ id: `action-${id}`, kind: 'action', title, words: [inEnglish], to: run })),
  ];
}

/** What was typed as the name of one thing: an event's number, or an id. */
export function named(query: string, t: Catalog): readonly Entry[] {
  const entry = (kind: Entry['kind'], title: string, to: string): Entry => ({ id: `${kind}-${title}`, kind, title, words: [], to });
  if (/^\d{1,15}$/.test(query)) return [entry('event', t.palette.event(query), eventsUrl({ range: 'all', selected: Number(query) }))];
  if (/^ses_\w+$/.test(query)) return [entry('session', t.palette.session(query), sessionUrl(query))];
  if (/^msg_\w+$/.test(query)) {
    const events = entry('message', t.palette.message(query), eventsUrl({ range: 'all', correlationId: query }));
    return [events, entry('words', t.palette.searchLogs(query), logsUrl(query))];
  }
  return [];
}

/** What fits best, the best first; what was typed can always be looked for. */
export function search(query: string, entries: readonly Entry[], t: Catalog): readonly Entry[] {
  const text = query.trim();
  if (text === '') return entries.filter(({ kind }) => kind === 'page').slice(0, MOST + PAGES.length);
  const found = entries
    .map((entry) => ({ entry, score: bestScore(text, [entry.title, ...entry.words]) }))
    .filter(({ score }) => score !== undefined)
    .sort((a, b) => (b.score ?? 0) - (a.score ?? 0))
    .map(({ entry }) => entry);
  const words: Entry = { id: 'words-log', kind: 'words', title: t.palette.searchLogs(text), words: [], to: logsUrl(text) };
  const events: Entry = { ...words, id: 'words-events', title: t.palette.searchEvents(text), to: eventsUrl({ q: text, range: 'all' }) };
  return [...named(text, t), ...found.slice(0, MOST), events, ...(text.startsWith('msg_') ? [] : [words])];
}
