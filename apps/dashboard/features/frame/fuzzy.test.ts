import { describe, expect, it } from 'vitest';
import { en } from '../../i18n/en/index.ts';
import { zhCn } from '../../i18n/zh-cn/index.ts';
import { bestScore, fuzzyScore } from './fuzzy.ts';
import { meanings } from './key-choice.ts';
import { keysOf } from './keys.ts';
import { PAGES } from './pages.ts';
import { SHORTCUTS } from './shortcut-list.ts';

const best = (query: string) =>
  PAGES.map(({ name }) => ({ name, score: bestScore(query, [zhCn.frame[name], en.frame[name], ...zhCn.palette.words[name].split(' ')]) }))
    .filter(({ score }) => score !== undefined)
    .sort((a, b) => (b.score ?? 0) - (a.score ?? 0))
    .map(({ name }) => name);

describe('finding', () => {
  it('takes characters in their order only', () => {
    expect(fuzzyScore('sns', 'Sessions')).toBeDefined();
    expect(fuzzyScore('xs', 'Sessions')).toBeUndefined();
  });

  it('finds pages in both languages and by the initials of their Chinese names', () => {
    expect(best('会话')[0]).toBe('sessions');
    expect(best('sess')[0]).toBe('sessions');
    expect(best('hh')[0]).toBe('sessions');
    expect(best('gl')[0]).toBe('overview');
    expect(best('rz')[0]).toBe('logs');
  });

  it('prefers what begins with it', () => {
    expect(fuzzyScore('con', 'Console') ?? 0).toBeGreaterThan(fuzzyScore('con', 'Theme: high contrast') ?? 0);
  });
});

describe('shortcuts', () => {
  it('have keys of their own, and a name', () => {
    expect(new Set(SHORTCUTS.map(({ keys }) => keys)).size).toBe(SHORTCUTS.length);
    const named = SHORTCUTS.filter(({ group }) => group !== 'go').map(({ name }) => name);
    expect(named).toEqual(Object.keys(en.shortcuts.names));
  });

  it('mean what the person chose, and nothing when switched off', () => {
    const chosen = meanings({ l: 'p', '?': '' });
    expect(chosen.get('p')).toBe('l');
    expect(chosen.has('l')).toBe(false);
    expect(chosen.has('?')).toBe(false);
  });

  it.each([
    [{ key: 'k', metaKey: true }, 'Mod+k'],
    [{ key: 'k', ctrlKey: true }, 'Mod+k'],
    [{ key: 'Y', shiftKey: true }, 'Y'],
    [{ key: 'ArrowLeft', shiftKey: true }, 'Shift+ArrowLeft'],
    [{ key: ' ' }, 'Space'],
  ])('are read from %j as %s', (event, keys) => {
    expect(keysOf({ ctrlKey: false, metaKey: false, shiftKey: false, ...event })).toBe(keys);
  });
});
