/** Changes with a base, a reason or as a trial, and the way back to an earlier configuration. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewEvent } from '@openclaw-gateway/events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashText } from './file.ts';
import { notePathIn } from './note.ts';
import { restoreInText } from './restore.ts';
import { maskSecrets } from './secrets.ts';
import { changeFile } from './stopped.ts';
import { openConfigStore } from './store.ts';
import type { ConfigStore } from './types.ts';

const TEXT = `// Mine
{
  gateway: {
    port: 18789, // the usual one
    auth: { token: 'token-secret' },
  },
  // How it speaks.
  agents: { defaults: { systemPrompt: 'Be brief.', maxSteps: 4 } },
  tools: {
    allow: [
      'clock.now', // harmless
    ],
  },
}
`;
const EDIT = { actor: { type: 'user', id: 'usr_1' }, source: 'command' } as const;

let dir: string;
let path: string;
let recorded: NewEvent[];
let store: ConfigStore;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw-rollback-'));
  path = join(dir, 'openclaw.json');
  recorded = [];
  store = await open();
});
afterEach(async () => {
  await store.close();
  await rm(dir, { recursive: true });
});

async function open(text = TEXT): Promise<ConfigStore> {
  await writeFile(path, text);
  return openConfigStore({ path, record: async (event) => void recorded.push(event), env: {}, notePath: notePathIn(dir) });
}

/** What the log has of the configuration in force. */
function kept(): { position: number; document: Record<string, unknown> } {
  const { document = {} } = (recorded.at(-1)?.data ?? {}) as { document?: Record<string, unknown> };
  return { position: 7, document };
}
const file = () => readFile(path, 'utf8');

describe('a change', () => {
  it('B14 with a base hash, whole or its beginning, is made only to the text that has it', async () => {
    const { hash } = store.current();
    await store.set('agents.defaults.maxSteps', 5, { ...EDIT, baseHash: hash.slice(0, 12) });
    const stale = store.set('agents.defaults.maxSteps', 6, { ...EDIT, baseHash: hash });
    await expect(stale).rejects.toMatchObject({ code: 'CONFIG_CONFLICT', message: expect.stringContaining(hash.slice(0, 12)) });
    await expect(store.set('agents.defaults.maxSteps', 6, { ...EDIT, baseHash: hash.slice(0, 4) })).rejects.toMatchObject({
      code: 'CONFIG_CONFLICT',
    });
    expect(store.current().config.agents.defaults.maxSteps).toBe(5);
  });

  it('B14 on trial says what it would do and what is wrong with it, and leaves no trace', async () => {
    const update = await store.set('gateway.network.port', 1, { ...EDIT, dryRun: true });
    expect(update).toMatchObject({
      changes: [{ path: 'gateway.network.port', before: 18789, after: 1 }],
      restartNeeded: ['gateway.network.port'],
    });
    await expect(store.set('gateway.network.port', 'x', { ...EDIT, dryRun: true })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect([await file(), recorded]).toEqual([TEXT, []]);
  });

  it('B14 is recorded with its reason', async () => {
    await store.unset('agents.defaults.maxSteps', { ...EDIT, reason: 'The default will do.' });
    expect(recorded).toMatchObject([{ type: 'config.changed', data: { reason: 'The default will do.', source: 'command' } }]);
  });
});

describe('rollback', () => {
  it('B14 puts an earlier configuration in force as a new version; secrets, comments and order stay', async () => {
    await store.recordStart({});
    const before = kept();
    await store.set('gateway.network.port', 1, EDIT);
    await store.set('agents.entries.work', { systemPrompt: 'Be kind.' }, EDIT);
    await store.unset('agents.defaults.maxSteps', EDIT);
    await store.set('gateway.auth.token', 'newer-secret', EDIT);
    const update = await store.rollback(before, { ...EDIT, reason: 'It was better.' });
    expect(await file()).toBe(
      TEXT.replace('token-secret', 'newer-secret').replace(
        "systemPrompt: 'Be brief.', maxSteps: 4",
        "systemPrompt: 'Be brief.', maxSteps: 4",
      ),
    );
    expect(update.changes.map((change) => change.path)).toEqual([
      'gateway.network.port',
      'agents.defaults.maxSteps',
      'agents.entries.work.systemPrompt',
    ]);
    expect(store.current()).toMatchObject({ source: 'rollback', config: { gateway: { auth: { token: { value: 'newer-secret' } } } } });
    expect(recorded.at(-1)).toMatchObject({
      data: { source: 'rollback', restoredFrom: 7, reason: 'It was better.', document: before.document },
    });
    expect(JSON.stringify(recorded)).not.toMatch(/(token|newer)-secret/);
  });

  it('B14 names the secrets that the earlier configuration had and that are not set now, and changes nothing', async () => {
    await store.set('hooks.entries.ci', { secret: 'hook-secret' }, EDIT);
    const before = kept();
    await store.unset('hooks.entries.ci', EDIT);
    const text = await file();
    await expect(store.rollback(before, EDIT)).rejects.toMatchObject({
      code: 'CONFIG_SECRET_UNKNOWN',
      message: expect.stringContaining('hooks.entries.ci.secret'),
    });
    expect(await file()).toBe(text);
    await store.set('hooks.entries.ci.secret', 'another-secret', EDIT);
    await store.rollback(before, EDIT);
    expect(store.current().config.hooks.entries['ci']?.secret).toBe('another-secret');
  });

  it('B14 to what is in force already records nothing; on trial and with a stale base it does nothing', async () => {
    await store.recordStart({});
    const before = kept();
    expect((await store.rollback(before, EDIT)).changes).toEqual([]);
    expect(recorded).toHaveLength(1);
    await store.set('agents.defaults.maxSteps', 9, EDIT);
    expect((await store.rollback(before, { ...EDIT, dryRun: true })).changes).toHaveLength(1);
    await expect(store.rollback(before, { ...EDIT, baseHash: hashText(TEXT) })).rejects.toMatchObject({ code: 'CONFIG_CONFLICT' });
    expect(store.current().config.agents.defaults.maxSteps).toBe(9);
  });

  it('B14 is refused where the configuration would not be taken today', async () => {
    const earlier = { position: 3, document: { gateway: { network: { port: 'no port' } } } };
    await expect(store.rollback(earlier, EDIT)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(recorded).toMatchObject([{ type: 'config.rejected' }]);
    expect(await file()).toBe(TEXT);
  });

  it('B14 of a stopped gateway changes its file, and the next start records who and why', async () => {
    await store.recordStart({});
    const before = kept();
    await store.set('agents.defaults.maxSteps', 9, EDIT);
    const last = { hash: store.current().hash, document: kept().document };
    const options = { env: {}, notePath: notePathIn(dir), reason: 'The gateway was down.' };
    await changeFile(path, { op: 'rollback', to: before }, options);
    expect(await file()).toBe(TEXT);
    const next = await openConfigStore({ path, record: async (event) => void recorded.push(event), env: {}, notePath: notePathIn(dir) });
    await next.recordStart(last);
    expect(recorded.at(-1)).toMatchObject({
      data: {
        source: 'rollback',
        restoredFrom: 7,
        reason: 'The gateway was down.',
        changes: [{ path: 'agents.defaults.maxSteps', before: 9, after: 4 }],
      },
    });
    await expect(readFile(notePathIn(dir))).rejects.toThrow('ENOENT');
    await next.close();
  });

  it('a note about another text counts for nothing', async () => {
    await changeFile(
      path,
      { op: 'set', path: 'agents.defaults.maxSteps', value: 5 },
      { env: {}, notePath: notePathIn(dir), reason: 'mine' },
    );
    await writeFile(path, TEXT);
    const next = await open();
    await next.recordStart({ hash: hashText('other'), document: {} });
    expect(recorded.at(-1)?.data).toMatchObject({ source: 'start' });
    expect(recorded.at(-1)?.data).not.toHaveProperty('reason');
    await next.close();
  });
});

describe('restoreInText', () => {
  const restore = (text: string, document: object) =>
    restoreInText(text, { position: 1, document: maskSecrets(document) as Record<string, unknown> });

  it('takes the items of lists with their secrets from the present ones that look the same', () => {
    const witnesses = [
      { destination: '/a', secret: 'secret-a' },
      { destination: '/b', secret: 'secret-b' },
    ];
    const audit = (list: object[]) => ({ gateway: { logging: { audit: { witnesses: list } } } });
    const restored = restore(JSON.stringify(audit(witnesses)), audit([...witnesses].reverse()));
    expect(JSON.parse(restored)).toEqual(audit([...witnesses].reverse()));
    expect(() => restore('{}', audit(witnesses))).toThrow(
      expect.objectContaining({
        code: 'CONFIG_SECRET_UNKNOWN',
        details: expect.objectContaining({
          keys: ['gateway.logging.audit.witnesses[0].secret', 'gateway.logging.audit.witnesses[1].secret'],
        }),
      }),
    );
  });

  it('B14 shows the reference to a file as one value', async () => {
    const update = await store.set('gateway.auth.token', { file: path }, { ...EDIT, dryRun: true });
    expect(update.changes).toEqual([{ path: 'gateway.auth.token', op: 'replace', before: '***', after: { file: path } }]);
  });

  it('brings back references to files and to the environment as they were', () => {
    const document = { channels: { telegram: { botToken: { file: '/run/secrets/t' } } }, gateway: { auth: { token: `\${TOKEN}` } } };
    expect(JSON.parse(restore('{}', document).replaceAll(/(\w+):(?= )/g, '"$1":'))).toEqual(document);
  });

  it('writes a key anew where it stands under a name that cannot hold the value', () => {
    const text = "{ gateway: { bind: 'lan' } } // all of it";
    expect(restore(text, { gateway: { network: { host: '10.0.0.1' } } })).toContain('10.0.0.1');
  });
});

describe('what is not applied', () => {
  it('B14 is what waits for a restart, and everything in a file that is refused', async () => {
    expect(await store.unapplied()).toEqual({ changes: [] });
    expect((await store.set('gateway.network.port', 2, EDIT)).restartNeeded).toEqual(['gateway.network.port']);
    expect((await store.set('gateway.network.port', 18789, EDIT)).restartNeeded).toEqual([]);
    await store.set('gateway.network.port', 1, EDIT);
    await store.set('agents.defaults.maxSteps', 5, EDIT);
    expect(await store.unapplied()).toEqual({
      changes: [{ path: 'gateway.network.port', op: 'replace', before: 18789, after: 1, waitsFor: 'restart' }],
    });
    await writeFile(path, (await file()).replace('maxSteps: 5', 'maxSteps: 0'));
    expect(await store.unapplied()).toMatchObject({
      refused: { code: 'CONFIG_INVALID' },
      changes: [{ path: 'gateway.network.port' }, { path: 'agents.defaults.maxSteps', before: 5, after: 0, waitsFor: 'correction' }],
    });
    await writeFile(path, '{ gateway: ');
    expect(await store.unapplied()).toMatchObject({ refused: { code: 'CONFIG_SYNTAX' }, changes: [] });
  });
});
