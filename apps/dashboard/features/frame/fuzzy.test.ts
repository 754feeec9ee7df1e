import { describe, expect, it } from 'vitest';
import { en } from '../../i18n/en/index.ts';
import { zhCn } from '../../i18n/zh-cn/index.ts';
import { fieldsOf, type Schema } from '../config/schema.ts';
import { bestScore, fuzzyScore } from './fuzzy.ts';
import { meanings } from './key-choice.ts';
import { keysOf } from './keys.ts';
import { PAGES } from './pages.ts';
import { allowedActions, configKeys, pagesAndActions, savedViews, search } from './palette-entries.ts';
import { initialsOf } from './pinyin.ts';
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

describe('what can be found', () => {
  const permissions = ['channels.control', 'sessions.control'] as const;
  const view = {
    name: 'night',
    label: '夜里的错误',
    query: 'sev:error',
    range: '7d',
    pinned: false,
    shared: false,
    system: false,
    mine: true,
  } as const;
  const schema: Schema = {
    type: 'object',
    properties: {
      gateway: {
        type: 'object',
        properties: {
          network: {
            type: 'object',
            properties: { port: { type: 'integer', description: 'The port for everything; 0 takes a free one.' } },
          },
        },
      },
    },
  };
  const entries = [
    ...pagesAndActions(
      zhCn,
      allowedActions(zhCn, permissions, () => undefined),
    ),
    ...savedViews(zhCn, [view]),
    ...configKeys(fieldsOf(schema, {}), ({ description }) => description),
  ];
  const first = (query: string) => search(query, entries, zhCn)[0];

  it('is found by the initials of its Chinese name, by the English one, or by what it is about', () => {
    expect(first('tcsyqd')?.id).toBe('action-probeAll');
    expect(first('probe all')?.id).toBe('action-probeAll');
    expect(first('xjhf')?.title).toBe('新建回放');
    expect(first('yldcw')).toMatchObject({ id: 'view-night', to: '/events/?q=sev:error&range=7d&view=night' });
    expect(first('network.port')).toMatchObject({ title: 'gateway.network.port', to: '/config/?key=gateway.network.port' });
    expect(first('a free one')?.title).toBe('gateway.network.port');
  });

  it('is only what the role allows', () => {
    const ids = entries.map(({ id }) => id);
    expect(ids).toContain('action-newReplay');
    expect(ids).not.toContain('action-verifyLog');
  });

  it('has the initials of Chinese characters, and of nothing else', () => {
    expect(initialsOf('主题：深色')).toBe('ztss');
    expect(initialsOf('日志路由')).toBe('rzly');
    expect(initialsOf('连接 Telegram')).toBe('ljtelegram');
    expect(initialsOf('Logs')).toBe('');
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
    expect(meanings({ l: 'a' }).get('a'), 'also where the list has them').toBe('l');
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
