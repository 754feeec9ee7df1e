/** Hides who took part in a bundle, and where asked for what they wrote, alike in every event, so that it still replays. Pure. */
import { joinPersonal, splitPersonal } from '../sealing/split.ts';
import type { Mask } from './format.ts';

type Item = { readonly type: string; readonly data: unknown };

/** Fields that say who somebody is. */
const WHO = new Set(['sender', 'peer', 'to']);
const WHO_FIELDS = new Set(['id', 'name']);
const NAMES = new Set(['requestId', 'providerMessageId', 'allowFrom']);
/** Fields within personal data that say nothing of the person but hold the conversation together. */
const STRUCTURE = new Set(['callId', 'tool', 'role', 'kind', 'messageId', 'runId', 'time', 'position']);
/** In these, only who it is about is personal; the rest is what routing saw. */
const ROUTING = new Set(['route.decided', 'session.opened']);
const SHORTEST_WITHIN_TEXT = 5;

export type Masker = { readonly mask: (item: Item) => unknown; readonly people: number };

/** Masks these events as the profile says; the same person has the same stand-in in all of them. */
export function createMasker(profile: Mask, items: readonly Item[]): Masker {
  if (profile === 'none') return { mask: (item) => item.data, people: 0 };
  const people = new Map<string, string>();
  for (const { data } of items) findPeople(data, '', '', people);
  const replaceText = replacer(people);
  const pseudonymous = (data: unknown) => mapTexts(data, replaceText);
  if (profile === 'default') return { mask: ({ data }) => pseudonymous(data), people: people.size };
  const mask = ({ type, data }: Item): unknown => {
    if (type.startsWith('config.')) return withoutPrompts(pseudonymous(data));
    const parts = ROUTING.has(type) ? undefined : splitPersonal(type, data);
    if (!parts) return pseudonymous(data);
    const hidden = mapTexts(parts.sealed, (text, key) => (STRUCTURE.has(key) ? text : (people.get(text) ?? hide(text))));
    return joinPersonal(pseudonymous(parts.open), hidden);
  };
  return { mask, people: people.size };
}

/** Equal texts stay equal, and whether there is any text decides what the gateway does. */
const hide = (text: string) => (text.trim() === '' ? text : `[masked: ${text.length} characters]`);

function findPeople(value: unknown, key: string, parent: string, people: Map<string, string>): void {
  if (typeof value === 'string' || typeof value === 'number') {
    const text = String(value);
    const isPerson = (WHO.has(parent) && WHO_FIELDS.has(key)) || NAMES.has(key);
    if (isPerson && text !== '' && text !== '*' && text !== '-' && !people.has(text)) people.set(text, `person-${people.size + 1}`);
    return;
  }
  if (Array.isArray(value)) for (const item of value) findPeople(item, key, parent, people);
  else if (typeof value === 'object' && value !== null)
    for (const [inner, item] of Object.entries(value)) findPeople(item, inner, key, people);
}

function replacer(people: ReadonlyMap<string, string>): (text: string) => string {
  const long = [...people].filter(([name]) => name.length >= SHORTEST_WITHIN_TEXT).sort(([a], [b]) => b.length - a.length);
  return (text) => {
    const whole = people.get(text);
    if (whole !== undefined) return whole;
    const byPart = text.startsWith('agent:')
      ? text
          .split(':')
          .map((part) => people.get(part) ?? part)
          .join(':')
      : text;
    return long.reduce((masked, [name, standIn]) => masked.replaceAll(name, standIn), byPart);
  };
}

function mapTexts(value: unknown, map: (text: string, key: string) => string, key = ''): unknown {
  if (typeof value === 'string') return map(value, key);
  if (typeof value === 'number' && key === 'allowFrom') return map(String(value), key);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, map, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([inner, item]) => [inner, mapTexts(item, map, inner)]));
}

function withoutPrompts(data: unknown): unknown {
  return mapTexts(data, (text, key) => (key === 'systemPrompt' || key === 'template' ? hide(text) : text));
}
