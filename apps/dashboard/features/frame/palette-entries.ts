import type { Outputs } from '../../data/trpc.ts';
import type { Catalog } from '../../i18n/en/index.ts';
import { en } from '../../i18n/en/index.ts';
import { configUrl } from '../config/config-url.ts';
import type { Field } from '../config/schema.ts';
import { logsUrl } from '../logs/log-filter.ts';
import { newReplayUrl } from '../replay/replay-url.ts';
import { bestScore } from './fuzzy.ts';
import type { Intent } from './intent.ts';
import { eventsUrl, sessionUrl } from './links.ts';
import { PAGES } from './pages.ts';
import { initialsOf } from './pinyin.ts';

export type Entry = {
  readonly id: string;
  readonly kind: keyof Catalog['palette']['kinds'];
  readonly title: string;
  /** Other texts by which it is found. */
  readonly words: readonly string[];
  /** What it is about: it is found by a part of this, too, after all others. */
  readonly about?: string;
  /** Where it leads, or what it does. */
  readonly to: string | (() => void);
};

type Action = { readonly id: string; readonly title: string; readonly inEnglish: string; readonly run: Entry['to'] };
export type Actions = readonly Action[];

type Permission = Outputs['frame']['me']['permissions'][number];
type View = Outputs['views']['list'][number];

const MOST = 12;
const ABOUT_SCORE = -1;

/** All pages, and what can be done here. */
export function pagesAndActions(t: Catalog, actions: Actions): readonly Entry[] {
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
    ...actions.map(
      ({ id, title, inEnglish, run }): Entry => ({
        id: `action-${id}`,
        kind: 'action',
        title,
        words: [inEnglish, initialsOf(title)],
        to: run,
      }),
    ),
  ];
}

type Ways = { readonly [name in keyof Catalog['palette']['actions']]: readonly [Permission | undefined, Entry['to']] };

/** What the role allows; `begin` goes to a page and has it begin. */
export function allowedActions(t: Catalog, permissions: readonly Permission[], begin: (intent: Intent, page: string) => void): Actions {
  const ways: Ways = {
    probeAll: ['channels.control', () => begin('probeChannels', '/channels/')],
    verifyLog: ['audit.read', () => begin('verifyLog', '/audit/?view=verify')],
    newReplay: ['sessions.control', newReplayUrl()],
    newExport: ['audit.export', '/exports/?new=true'],
    connectTelegram: ['config.write', '/channels/?connect=true'],
    runDoctor: ['config.read', '/metrics/?view=health'],
    configSource: ['config.read', '/config/?tab=source'],
    retention: ['data.erase', '/exports/?view=retention'],
    account: [undefined, '/access/?tab=account'],
    users: ['access.read', '/access/?tab=users'],
    tokens: ['access.read', '/access/?tab=tokens'],
  };
  return (Object.keys(ways) as (keyof Ways)[]).flatMap((id) => {
    const [needed, run] = ways[id];
    if (needed !== undefined && !permissions.includes(needed)) return [];
    return [{ id, title: t.palette.actions[id], inEnglish: en.palette.actions[id], run }];
  });
}

/** The views of the events that everybody has, and those that were saved. */
export function savedViews(t: Catalog, views: readonly View[]): readonly Entry[] {
  return views.map(({ name, label, system, query, range, columns }) => {
    const title = system ? (t.views.system[name] ?? label) : label;
    const to = eventsUrl({ q: query, range, view: name, ...(columns && { columns: [...columns] }) });
    return { id: `view-${name}`, kind: 'view', title, words: [label, name, initialsOf(title)], to };
  });
}

/** The keys of the configuration, each at its place on its page. */
export function configKeys(fields: readonly Field[], describe: (field: Field) => string): readonly Entry[] {
  return fields.map((field) => ({
    id: `config-${field.key}`,
    kind: 'config',
    title: field.key,
    words: [],
    about: describe(field),
    to: configUrl(field.key),
  }));
}

/** What was typed as the name of one thing: an event's number, or an id. */
export function named(query: string, t: Catalog): readonly Entry[] {
  const entry = (kind: Entry['kind'], title: string, to: string): Entry => ({ id: `${kind}-${title}`, kind, title, words: [], to });
  if (/^\d{1,15}$/.test(query)) return [entry('event', t.palette.event(query), eventsUrl({ range: 'all', selected: Number(query) }))];
  if (/^evt_\w+$/.test(query)) return [entry('event', t.palette.event(query), eventsUrl({ range: 'all', q: `id:${query}` }))];
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
    .map((entry) => ({ entry, score: scoreOf(text, entry) }))
    .filter(({ score }) => score !== undefined)
    .sort((a, b) => (b.score ?? 0) - (a.score ?? 0))
    .map(({ entry }) => entry);
  const words: Entry = { id: 'words-log', kind: 'words', title: t.palette.searchLogs(text), words: [], to: logsUrl(text) };
  const events: Entry = { ...words, id: 'words-events', title: t.palette.searchEvents(text), to: eventsUrl({ q: text, range: 'all' }) };
  return [...named(text, t), ...found.slice(0, MOST), events, ...(text.startsWith('msg_') ? [] : [words])];
}

function scoreOf(text: string, { title, words, about }: Entry): number | undefined {
  const score = bestScore(text, [title, ...words.filter((word) => word !== '')]);
  return score ?? (about?.toLowerCase().includes(text.toLowerCase()) ? ABOUT_SCORE : undefined);
}
