'use client';
/** Which keys the person chose for which shortcut; an empty text switches one off. */
import { useSyncExternalStore } from 'react';
import { keepPreference, preference } from '../../data/preferences.ts';
import { SHORTCUTS } from './shortcut-list.ts';

/** By the keys of the list of shortcuts. */
export type KeyChoices = Readonly<Record<string, string>>;

let choices: KeyChoices | undefined;
let byKeys: ReadonlyMap<string, string> = new Map();
let firsts: ReadonlySet<string> = new Set();
const watchers = new Set<() => void>();

function current(): KeyChoices {
  if (!choices) take(parse(preference('shortcuts')));
  return choices ?? {};
}

function take(next: KeyChoices): void {
  choices = next;
  byKeys = meanings(next);
  firsts = new Set([...byKeys.keys()].filter((keys) => keys.includes(' ')).map((keys) => keys.split(' ')[0] ?? ''));
}

/** What keys mean: the keys that are in force, and which shortcut of the list each is. Chosen keys win over those of a shortcut that came later. */
export function meanings(chosen: KeyChoices): ReadonlyMap<string, string> {
  const own = SHORTCUTS.filter(({ keys }) => chosen[keys] === undefined).map(({ keys }) => [keys, keys] as const);
  const others = Object.entries(chosen).map(([keys, inForce]) => [inForce, keys] as const);
  return new Map([...own, ...others].filter(([inForce]) => inForce !== ''));
}

/** The shortcut of the list that these keys are, by its own keys. Keys of no shortcut mean themselves, unless they were one's. */
export function keysMeant(keys: string): string | undefined {
  const chosen = current();
  return byKeys.get(keys) ?? (chosen[keys] === undefined ? keys : undefined);
}

/** The keys that may begin two in a row. */
export function prefixes(): ReadonlySet<string> {
  current();
  return firsts;
}

/** Why these keys cannot be a shortcut's: the one that has them. */
export function conflict(keys: string, chosen: KeyChoices, own: string): string | undefined {
  const other = meanings(chosen).get(keys);
  return other === own ? undefined : other;
}

/** Chooses keys for a shortcut, an empty text to switch it off, nothing to return to its own. */
export function chooseKeys(shortcut: string, keys: string | undefined): void {
  const { [shortcut]: _, ...others } = current();
  set(keys === undefined || keys === shortcut ? others : { ...others, [shortcut]: keys });
}

export function resetKeys(): void {
  set({});
}

function set(next: KeyChoices): void {
  take(next);
  keepPreference('shortcuts', JSON.stringify(next));
  for (const watcher of watchers) watcher();
}

export function useKeyChoices(): KeyChoices {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    current,
    current,
  );
}

function parse(kept: string | undefined): KeyChoices {
  try {
    const value: unknown = JSON.parse(kept ?? '{}');
    if (typeof value !== 'object' || value === null) return {};
    const known = new Set<string>(SHORTCUTS.map(({ keys }) => keys));
    return Object.fromEntries(Object.entries(value).filter(([keys, chosen]) => known.has(keys) && typeof chosen === 'string'));
  } catch {
    return {};
  }
}
