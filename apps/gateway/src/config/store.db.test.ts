import { mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigChanged, ConfigRejected, type NewEvent } from '@openclaw-gateway/events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashText } from './file.ts';
import { changeFile } from './stopped.ts';
import { openConfigStore } from './store.ts';
import type { ConfigStore } from './types.ts';

const TEXT = `// Mine
{
  gateway: {
    sessions: { historyRetention: '7d' }, // a week
    network: { port: 18789 },
  },
}
`;
const EDIT = { actor: { type: 'user', id: 'usr_1' }, source: 'command' } as const;

let dir: string;
let path: string;
let recorded: { event: NewEvent; actor: string | undefined }[];
let waiting: (() => void)[];
let stores: ConfigStore[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw-config-'));
  path = join(dir, 'openclaw.json');
  recorded = [];
  waiting = [];
  stores = [];
});
afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await rm(dir, { recursive: true });
});

async function open(text?: string, env: NodeJS.ProcessEnv = {}): Promise<ConfigStore> {
  if (text !== undefined) await writeFile(path, text);
  const record = async (event: NewEvent, { actor }: { actor?: { id: string } }) => {
    recorded.push({ event, actor: actor?.id });
    for (const wake of waiting.splice(0)) wake();
  };
  const store = await openConfigStore({ path, record, env, settleMs: 20 });
  stores.push(store);
  return store;
}

/** Resolves once that many events are recorded. */
async function untilRecorded(count: number): Promise<void> {
  while (recorded.length < count) {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push(resolve);
    await promise;
  }
}

describe('set and unset', () => {
  it('B14 writes one key, keeps comments, tells listeners and records who did it', async () => {
    const store = await open(TEXT);
    const before = store.current();
    const told: unknown[] = [];
    store.onChange((update, previous) =>
      told.push([update.snapshot.config.gateway.sessions.historyRetention, previous.gateway.sessions.historyRetention]),
    );
    const update = await store.set('gateway.sessions.historyRetention', '1d', { ...EDIT, baseHash: before.hash });
    expect(await readFile(path, 'utf8')).toBe(TEXT.replace("'7d'", "'1d'"));
    expect(update.changes).toEqual([{ path: 'gateway.sessions.historyRetention', op: 'replace', before: '7d', after: '1d' }]);
    expect(update.restartNeeded).toEqual([]);
    expect(told).toEqual([[86_400_000, 604_800_000]]);
    expect(recorded).toEqual([
      {
        actor: 'usr_1',
        event: expect.objectContaining({
          type: ConfigChanged.type,
          data: expect.objectContaining({ previousHash: before.hash, hash: store.current().hash, source: 'command' }),
        }),
      },
    ]);
    expect(store.raw()).toBe(await readFile(path, 'utf8'));
  });

  it('B14 says which change waits for a restart', async () => {
    const store = await open(TEXT);
    expect((await store.set('gateway.network.port', 1, EDIT)).restartNeeded).toEqual(['gateway.network.port']);
  });

  it('B14 changes a key where it is written, under the name it has there', async () => {
    const store = await open('{ gateway: { port: 1 } }');
    await store.set('gateway.network.port', 2, EDIT);
    expect(await readFile(path, 'utf8')).toBe('{ gateway: { port: 2 } }');
    expect(store.current().config.gateway.network.port).toBe(2);
  });

  it('D refuses a bad value, leaves the file and what is in force alone, and records the refusal', async () => {
    const store = await open(TEXT);
    await expect(store.set('gateway.network.port', 'abc', EDIT)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(await readFile(path, 'utf8')).toBe(TEXT);
    expect(store.current().config.gateway.network.port).toBe(18789);
    expect(recorded.map(({ event }) => event.type)).toEqual([ConfigRejected.type]);
  });

  it('refuses a change that was made for another text', async () => {
    const store = await open(TEXT);
    await expect(store.set('gateway.network.port', 1, { ...EDIT, baseHash: hashText('other') })).rejects.toMatchObject({
      code: 'CONFIG_CONFLICT',
    });
  });

  it('B14 removes a key, and says when it is not there', async () => {
    const store = await open(TEXT);
    await store.unset('gateway.sessions.historyRetention', EDIT);
    expect(await readFile(path, 'utf8')).toContain('// a week');
    expect(store.current().config.gateway.sessions.historyRetention).toBe(604_800_000);
    await expect(store.unset('gateway.sessions.historyRetention', EDIT)).rejects.toMatchObject({ code: 'CONFIG_KEY_UNSET' });
  });

  it('makes a private file where there is none, and leaves nothing beside it', async () => {
    const store = await open();
    expect(store.current().exists).toBe(false);
    await store.set('gateway.network.port', 1, EDIT);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(dir)).toEqual(['openclaw.json']);
    expect(store.current().exists).toBe(true);
  });

  it('writes through a symbolic link', async () => {
    const target = join(dir, 'real.json5');
    await writeFile(target, TEXT);
    await symlink(target, path);
    const store = await open();
    await store.set('gateway.network.port', 1, EDIT);
    expect(await readFile(target, 'utf8')).toBe(TEXT.replace('18789', '1'));
  });

  it('takes changes one after the other', async () => {
    const store = await open(TEXT);
    await Promise.all(Array.from({ length: 10 }, (_, index) => store.set('gateway.sessions.maxConcurrent', index + 1, EDIT)));
    expect(store.current().config.gateway.sessions.maxConcurrent).toBe(10);
    expect(recorded).toHaveLength(10);
  });

  it('D never records a secret', async () => {
    const store = await open(TEXT);
    await store.set('gateway.auth.token', 'hunter2-hunter2', EDIT);
    await store.set('models.providers.x', { api: 'echo', headers: { authorization: 'hunter2-hunter2' } }, EDIT);
    await expect(store.set('channels.telegram', { botToken: 'hunter2-hunter2', nope: 1 }, EDIT)).rejects.toThrow();
    expect(JSON.stringify(recorded)).not.toContain('hunter2');
  });
});

describe('watch', () => {
  it('D takes up an edit by hand, also when the editor puts a new file in place', async () => {
    const store = await open(TEXT);
    store.watch();
    await writeFile(`${path}.swp`, TEXT.replace('18789', '4000'));
    await rename(`${path}.swp`, path);
    await untilRecorded(1);
    await store.reload();
    expect(store.current()).toMatchObject({ source: 'file', config: { gateway: { network: { port: 4000 } } } });
    expect(recorded).toMatchObject([{ actor: 'config-file', event: { type: ConfigChanged.type } }]);
  });

  it('D keeps the last good configuration when an edit is bad, records that once, and goes on when it is repaired', async () => {
    const store = await open(TEXT);
    store.watch();
    await writeFile(path, TEXT.replace('18789', '"abc"'));
    await untilRecorded(1);
    expect(recorded[0]?.event).toMatchObject({ type: ConfigRejected.type, data: { code: 'CONFIG_INVALID', source: 'file' } });
    expect(store.current().config.gateway.network.port).toBe(18789);
    // Whoever asks is told what is wrong, although it was noticed before.
    await expect(store.reload()).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(recorded).toHaveLength(1);
    await writeFile(path, TEXT.replace('18789', '4001'));
    await untilRecorded(2);
    await store.reload();
    expect(store.current().config.gateway.network.port).toBe(4001);
  });

  it.each([
    ['is not JSON5', '{ gateway: ', 'CONFIG_SYNTAX'],
    ['is empty', '', 'CONFIG_UNREADABLE'],
  ])('D keeps the last good configuration when the file %s', async (_what, text, code) => {
    const store = await open(TEXT);
    await writeFile(path, text);
    await expect(store.reload()).rejects.toMatchObject({ code });
    expect(store.current().config.gateway.network.port).toBe(18789);
    expect(recorded.map(({ event }) => event.type)).toEqual([ConfigRejected.type]);
  });

  it('D keeps the last good configuration when the file is gone', async () => {
    const store = await open(TEXT);
    await rm(path);
    await expect(store.reload()).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
    expect(store.current().hash).toBe(hashText(TEXT));
  });

  it('does not take up its own changes a second time', async () => {
    const store = await open(TEXT);
    store.watch();
    await store.set('gateway.network.port', 1, EDIT);
    expect(await store.reload()).toBeUndefined();
    expect(recorded).toHaveLength(1);
  });

  it('records an edit by hand apart from the change that comes after it', async () => {
    const store = await open(TEXT);
    await writeFile(path, TEXT.replace('18789', '4000'));
    await store.set('gateway.sessions.historyRetention', '1d', EDIT);
    expect(
      recorded.map(({ actor, event }) => [actor, (event.data as { changes: { path: string }[] }).changes.map((change) => change.path)]),
    ).toEqual([
      ['config-file', ['gateway.network.port']],
      ['usr_1', ['gateway.sessions.historyRetention']],
    ]);
  });

  it('B14 repairs a file that is refused', async () => {
    const store = await open(TEXT);
    await writeFile(path, TEXT.replace('18789', '"abc"'));
    await store.set('gateway.network.port', 4002, EDIT);
    expect(store.current().config.gateway.network.port).toBe(4002);
  });
});

describe('openConfigStore', () => {
  it('D does not open on a bad file', async () => {
    await expect(open('{ gatway: {} }')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(open(`{ gateway: { auth: { token: "\${NOPE}" } } }`)).rejects.toMatchObject({ code: 'CONFIG_ENV_MISSING' });
  });

  it('records what it started with, unless that was in force before', async () => {
    const store = await open(TEXT);
    await store.recordStart({ hash: store.current().hash, document: {} });
    expect(recorded).toEqual([]);
    await store.recordStart({ hash: hashText('other'), document: {} });
    expect(recorded).toMatchObject([{ event: { data: { source: 'start', previousHash: hashText('other') } } }]);
  });

  it('D records all that is written, without its secrets, also where an older log has the hash alone', async () => {
    const store = await open(
      `{ gateway: { auth: { token: "a-token-that-is-secret" } }, agents: { defaults: { systemPrompt: "Be kind." } } }`,
    );
    await store.recordStart({ hash: store.current().hash });
    const document = { gateway: { auth: { token: '***' } }, agents: { defaults: { systemPrompt: 'Be kind.' } } };
    expect(recorded).toMatchObject([{ event: { data: { document } } }]);
  });
});

describe('changeFile', () => {
  it('B14 repairs the file of a stopped gateway without its environment', async () => {
    await writeFile(path, `{ gateway: { auth: { token: "\${NOPE}" }, network: { port: "abc" } } }`);
    const { changes } = await changeFile(path, { op: 'set', path: 'gateway.network.port', value: 1 }, { env: {} });
    expect(changes).toEqual([{ path: 'gateway.network.port', op: 'replace', before: 'abc', after: 1 }]);
    expect(await readFile(path, 'utf8')).toBe(`{ gateway: { auth: { token: "\${NOPE}" }, network: { port: 1 } } }`);
  });
});
