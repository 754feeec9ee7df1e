/** The configuration page's calls, before a real file and a real log. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openConfigStore } from '../config/index.ts';
import { createConfigTrials, trialPathIn } from '../config/trial.ts';
import type { ConfigStore } from '../config/types.ts';
import { commit, type Door, openDoor } from './door-fixture.ts';

const TEXT = `// mine
{
  agents: { defaults: { systemPrompt: 'Be brief.' } },
  channels: { telegram: { enabled: false, botToken: '1234:abcd' } },
}
`;

let dir: string;
let path: string;
let store: ConfigStore;
let door: Door;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'trpc-config-'));
  path = join(dir, 'openclaw.json');
  await writeFile(path, TEXT);
  const record = async (event: Parameters<typeof commit>[2][number], metadata: object) => {
    await commit(door.store, 'config', [event], metadata);
  };
  store = await openConfigStore({ path, record, env: {} });
  const logger = { warn: () => undefined };
  const configTrials = createConfigTrials({
    store,
    record,
    path: trialPathIn(dir),
    problems: () => [],
    restart: () => undefined,
    logger,
  });
  door = await openDoor({ config: store, configTrials });
  await store.recordStart({});
});
afterEach(async () => {
  await door.close();
  await store.close();
  await rm(dir, { recursive: true });
});

const file = async () => (await door.query('config.file')).body.result.data as { text: string; hash: string; trial?: object };

it('shows the file without its secrets, and writes it back with them', async () => {
  const { text, hash } = await file();
  expect(text).toBe(TEXT.replace("'1234:abcd'", '"***"'));
  const draft = text.replace('Be brief.', 'Be long.');
  const { body } = await door.mutate('config.save', { text: draft, baseHash: hash, reason: 'longer', trial: false });
  expect(body.result.data).toMatchObject({ changes: [{ path: 'agents.defaults.systemPrompt' }], restartNeeded: [] });
  expect(await readFile(path, 'utf8')).toBe(TEXT.replace('Be brief.', 'Be long.'));
  const { versions } = (await door.query('config.versions', { limit: 10 })).body.result.data;
  expect(versions).toMatchObject([{ reason: 'longer', source: 'dashboard', actor: 'usr_test', events: 0 }, { source: 'start' }]);
  expect(JSON.stringify(versions)).not.toContain('1234:abcd');
});

it('refuses a draft that was begun on another text, and says what both changed', async () => {
  const { text, hash } = await file();
  await store.set('agents.defaults.systemPrompt', 'Be theirs.', { actor: { type: 'user', id: 'usr_2' }, source: 'command' });
  const mine = text.replace('Be brief.', 'Be mine.');
  expect(await door.mutate('config.save', { text: mine, baseHash: hash, trial: true })).toMatchObject({
    status: 409,
    body: { error: { data: { error: { code: 'CONFIG_CONFLICT' } } } },
  });
  const { conflicts } = (await door.mutate('config.merge', { base: text, mine })).body.result.data;
  expect(conflicts).toMatchObject([{ base: 'Be brief.', mine: 'Be mine.', theirs: 'Be theirs.' }]);
});

it('puts a change on trial, and undoes it when asked', async () => {
  const { text, hash } = await file();
  await door.mutate('config.save', { text: text.replace('Be brief.', 'Be long.'), baseHash: hash, trial: true });
  expect((await file()).trial).toMatchObject({ previousHash: hash });
  await door.mutate('config.revert', {});
  expect(await readFile(path, 'utf8')).toBe(TEXT);
  expect((await door.mutate('config.confirm', {})).body.error.data.error.code).toBe('CONFIG_NO_TRIAL');
});

it('says what is unwise about a draft, and what is wrong with it', async () => {
  const { text } = await file();
  const open = text.replace('agents:', "gateway: { network: { host: '0.0.0.0' }, auth: { cors: { origins: ['*'] } } }, agents:");
  const bindings =
    "bindings: [{ agentId: 'main', match: { channel: 'http' }, priority: 5 }, { agentId: 'main', match: { channel: 'http', text: '*a*' } }],";
  const { body } = await door.mutate('config.review', { text: open.replace('agents:', `${bindings} agents:`) });
  const { advice, risky } = body.result.data;
  expect(advice.map(({ id }: { id: string }) => id)).toEqual(
    expect.arrayContaining(['exposure.no-tls', 'exposure.cors', 'config.unreachable-rule']),
  );
  expect(advice.find(({ id }: { id: string }) => id === 'config.unreachable-rule').path).toBe('bindings[1]');
  expect(risky).toContain('gateway.network.host');
  const wrong = await door.mutate('config.review', { text: text.replace('agents:', 'agnets:') });
  expect(wrong.body.result.data.errors).toMatchObject([{ path: 'agnets', code: 'CONFIG_INVALID' }]);
});
