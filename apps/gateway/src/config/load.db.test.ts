import { chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewEvent } from '@openclaw-gateway/events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { loadConfig } from './load.ts';
import { maskSecrets, secrets } from './secrets.ts';
import { openConfigStore } from './store.ts';
import type { ConfigStore, Finding } from './types.ts';

let dir: string;
let file: string;
let store: ConfigStore | undefined;
let recorded: NewEvent[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw-files-'));
  file = join(dir, 'token');
  recorded = [];
});
afterEach(async () => {
  await store?.close();
  store = undefined;
  await rm(dir, { recursive: true });
});

const put = (text: string, mode = 0o600) => writeFile(file, text, { mode });
const withToken = (path: unknown) => JSON.stringify({ gateway: { auth: { token: { file: path } } } });
const tokenOf = async (text: string, env: NodeJS.ProcessEnv = {}) => (await loadConfig(text, { env })).config.gateway.auth.token.value;

async function refusal(text: string): Promise<{ code: string; finding: Finding | undefined }> {
  const error = await loadConfig(text, { env: {} }).then(
    () => ({ code: 'taken', details: {} }),
    (thrown: { code: string; details: { findings?: Finding[] } }) => thrown,
  );
  return { code: error.code, finding: (error.details as { findings?: Finding[] }).findings?.[0] };
}

async function open(text: string): Promise<ConfigStore> {
  const path = join(dir, 'config', 'openclaw.json');
  await mkdir(join(dir, 'config'), { recursive: true });
  await writeFile(path, text);
  const record = async (event: NewEvent) => void recorded.push(event);
  store = await openConfigStore({ path, record, env: {}, settleMs: 20 });
  return store;
}

test.each([
  ['as it is', 'file-secret-1', 'file-secret-1'],
  ['without the line break at its end', 'file-secret-1\n', 'file-secret-1'],
  ['without the line break of Windows', 'file-secret-1\r\n', 'file-secret-1'],
  ['with everything else, spaces and further lines', ' a\n b \n\n', ' a\n b \n'],
])('D gateway.auth.token from a file is taken %s', async (_how, content, secret) => {
  await put(content);
  expect(await tokenOf(withToken(file))).toBe(secret);
});

test('D every secret may be in a file, also of an account, a header, a list and an extension, with variables in the path', async () => {
  await put('file-secret-2');
  const reference = { file: `\${DIR}/token` };
  const text = JSON.stringify({
    hooks: { entries: { ci: { secret: reference } } },
    models: { providers: { x: { api: 'echo', apiKey: reference, headers: { 'x-key': reference } } } },
    channels: { telegram: { botToken: reference, accounts: { a: { botToken: reference } } }, pigeon: { accessToken: reference } },
    gateway: { logging: { audit: { witnesses: [{ destination: '/w', secret: reference }] } } },
  });
  const { config, document } = await loadConfig(text, { env: { DIR: dir } });
  expect(config.hooks.entries['ci']?.secret).toBe('file-secret-2');
  expect(config.models.providers['x']).toMatchObject({ apiKey: 'file-secret-2', headers: { 'x-key': 'file-secret-2' } });
  expect(config.channels['telegram']?.accounts['a']).toMatchObject({ botToken: 'file-secret-2' });
  expect(config.channels['pigeon']).toMatchObject({ accessToken: 'file-secret-2' });
  expect(config.gateway.logging.audit.witnesses).toEqual([{ destination: '/w', secret: 'file-secret-2' }]);
  expect(secrets(config)).toEqual(['file-secret-2']);
  expect(JSON.stringify(maskSecrets(document))).toBe(text);
});

test('D a file that cannot give a secret is refused by the key, with what is wrong and what to do', async () => {
  expect(await refusal(withToken(join(dir, 'nothing')))).toMatchObject({
    code: 'CONFIG_SECRET_FILE',
    finding: { path: 'gateway.auth.token', value: JSON.stringify({ file: join(dir, 'nothing') }), expected: 'a file that exists' },
  });
  await put('\n');
  expect((await refusal(withToken(file))).finding).toMatchObject({ expected: 'a file with the secret in it', hint: `${file} is empty.` });
  expect((await refusal(withToken(dir))).finding).toMatchObject({ expected: 'a file' });
  expect((await refusal(withToken('secrets/token'))).finding).toMatchObject({ expected: 'an absolute path' });
  await put('x'.repeat(100_000));
  expect((await refusal(withToken(file))).finding).toMatchObject({ expected: 'a file of at most 64 KiB' });
  const both = await refusal(JSON.stringify({ gateway: { auth: { token: { file: '/nothing' } }, network: { port: 'x' } } }));
  expect(both).toMatchObject({ code: 'CONFIG_INVALID', finding: { path: 'gateway.network.port' } });
});

test('D a file that may not be read is refused with whose it should be', async () => {
  await put('secret', 0o000);
  const isRoot = process.geteuid?.() === 0;
  // Nothing is closed to root.
  if (isRoot) process.seteuid?.(65_534);
  try {
    expect((await refusal(withToken(file))).finding).toMatchObject({ expected: 'a file that the gateway may read' });
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
});

test.each([
  [0o600, undefined],
  [0o640, undefined],
  [0o644, 'a file that not everybody on this machine may read'],
  [0o660, 'a file that only its owner may change'],
])('D a file with mode %o is warned of where others may read or change it', async (mode, warning) => {
  await put('secret');
  await chmod(file, mode);
  const { warnings } = await loadConfig(withToken(file), { env: {} });
  expect(warnings.map(({ path, expected }) => [path, expected])).toEqual(warning ? [['gateway.auth.token', warning]] : []);
});

test('D tools without the file say that it is missing instead of failing, and use no other secret for it', async () => {
  const { config, missingSecrets } = await loadConfig(withToken('/nothing'), { env: {}, allowMissingVariables: true });
  expect([...missingSecrets]).toEqual(['gateway.auth.token']);
  expect(config.gateway.auth.token.value).toContain('/nothing');
});

test('D a secret that changes in its file is taken up while the gateway runs, told to listeners and recorded by its reference alone', async () => {
  await put('first-secret');
  const running = await open(withToken(file));
  const told: string[] = [];
  running.onChange(({ snapshot }) => told.push(String(snapshot.config.gateway.auth.token.value)));
  running.watch();
  await put('second-secret');
  await vi.waitUntil(() => told.length > 0, { timeout: 30_000 });
  expect(told).toEqual(['second-secret']);
  expect(recorded).toMatchObject([
    {
      type: 'config.changed',
      data: { source: 'file', reason: expect.any(String), changes: [{ path: 'gateway.auth.token', before: { file }, after: { file } }] },
    },
  ]);
  expect(JSON.stringify(recorded)).not.toContain('-secret');
});

test('D a mount of secrets that is swapped by a link, as orchestrators do it, is taken up', async () => {
  const version = async (name: string, secret: string) => {
    await mkdir(join(dir, name));
    await writeFile(join(dir, name, 'key'), secret, { mode: 0o600 });
  };
  await version('v1', 'first-secret');
  await symlink('v1', join(dir, 'data'));
  await symlink('data/key', join(dir, 'key'));
  const running = await open(withToken(join(dir, 'key')));
  running.watch();
  await version('v2', 'second-secret');
  await symlink('v2', join(dir, 'next'));
  await rename(join(dir, 'next'), join(dir, 'data'));
  await vi.waitUntil(() => running.current().config.gateway.auth.token.value === 'second-secret', { timeout: 30_000 });
});

test('D a secret whose file goes away while the gateway runs stays as it was, and that is recorded once', async () => {
  await put('first-secret');
  const running = await open(withToken(file));
  await rm(file);
  await expect(running.reload()).rejects.toMatchObject({ code: 'CONFIG_SECRET_FILE' });
  await expect(running.reload()).rejects.toMatchObject({ code: 'CONFIG_SECRET_FILE' });
  expect(running.current().config.gateway.auth.token.value).toBe('first-secret');
  expect(recorded).toMatchObject([{ type: 'config.rejected', data: { code: 'CONFIG_SECRET_FILE' } }]);
  await put('first-secret');
  await running.reload();
  expect(recorded).toHaveLength(1);
});
