import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readConfig } from '../config/index.ts';
import { connectTelegram } from './connect-telegram.ts';

const ACTOR = { type: 'user', id: 'usr_ann' } as const;
const TOKEN = '123456:abcdefghijklmnopqrstuvwxyz';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'connect-'));
});
afterEach(() => rm(dir, { recursive: true }));

async function connect(written: object, setup: Partial<Parameters<typeof connectTelegram>[1]> = {}) {
  const set: [string, unknown][] = [];
  const text = JSON.stringify(written);
  const config = {
    current: () => ({ config: readConfig(text, { env: {} }).config }),
    raw: () => text,
    set: async (path: string, value: unknown) => void set.push([path, value]),
  };
  const whole = { account: 'default', token: { token: ` ${TOKEN}\n` }, dmPolicy: 'pairing', allowFrom: [], ...setup } as const;
  await connectTelegram({ config, stateDir: dir } as never, whole, ACTOR);
  return set;
}

it('keeps the token in a file of the owner, and names the file', async () => {
  const file = join(dir, 'secrets/telegram-default.token');
  expect(await connect({})).toEqual([['channels.telegram', { botToken: { file }, dmPolicy: 'pairing' }]]);
  expect(await readFile(file, 'utf8')).toBe(TOKEN);
  expect((await stat(file)).mode & 0o077).toBe(0);
});

it('leaves the account that a channel without accounts has beside the new one', async () => {
  const written = { channels: { telegram: { botToken: 'first' } } };
  const token = { variable: 'SECOND' };
  expect(await connect(written, { account: 'second', token })).toEqual([
    ['channels.telegram.accounts', { default: {}, second: { botToken: `\${SECOND}`, dmPolicy: 'pairing' } }],
  ]);
});

it('adds to the accounts that are named', async () => {
  const written = { channels: { telegram: { accounts: { one: { botToken: 'first' } } } } };
  const set = await connect(written, { account: 'two', token: { file: '/run/secrets/two' }, allowFrom: ['7'] });
  expect(set).toEqual([
    ['channels.telegram.accounts.two', { botToken: { file: '/run/secrets/two' }, dmPolicy: 'pairing', allowFrom: ['7'] }],
  ]);
});

it.each([
  ['an account that is there', { channels: { telegram: { botToken: 'x' } } }, {}, 'CHANNEL_EXISTS'],
  ['what is no token', {}, { token: { token: 'hello' } }, 'BAD_REQUEST'],
  ['a name that leads elsewhere', {}, { account: '../x' }, 'BAD_REQUEST'],
])('refuses %s', async (_, written, setup, code) => {
  await expect(connect(written, setup)).rejects.toMatchObject({ code });
});
