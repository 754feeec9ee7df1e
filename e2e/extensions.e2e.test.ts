/** The example extension in the built product: packed by npm, added from the tarball, used, kept over a restart, removed. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { startGateway } from './gateway-process.ts';
import { startNpmRegistry } from './stand-ins/npm-registry.ts';

const NAME = 'openclaw-extension-front-desk';
const EXAMPLE = join(import.meta.dirname, '../examples/extension-front-desk');

async function tarball(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'openclaw-packed-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  await promisify(execFile)('npm', ['pack', '--ignore-scripts', '--pack-destination', dir], { cwd: EXAMPLE });
  return join(dir, `${NAME}-1.0.0.tgz`);
}

test('A11 an extension is added from a tarball, answers, calls its tool and routes, and is there after a restart', async () => {
  await using gateway = await startGateway({
    config: {
      models: { providers: { desk: { api: 'extension/front-desk' } } },
      tools: { allow: ['desk.who_is_in'] },
      agents: { defaults: { model: 'desk/one', tools: ['desk.who_is_in'] }, entries: { main: { default: true }, billing: {} } },
      extensions: { [NAME]: { config: { rooms: { 7: 'Ann' }, words: { refund: 'billing' } } } },
    },
  });
  const say = (text: string) =>
    gateway.json<Record<string, unknown>>('/api/messages?wait=60s', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ from: 'bob', text }),
    });
  const added = await gateway.command(['extensions', 'add', await tarball(), '--json']);
  expect(added.code, added.stderr).toBe(0);
  expect(JSON.parse(added.stdout)).toMatchObject({
    name: NAME,
    version: '1.0.0',
    state: 'running',
    integrity: expect.stringMatching(/^sha512-/),
  });
  expect(await say('Who is in room 7?')).toMatchObject({
    status: 'delivered',
    agentId: 'main',
    reply: 'The desk says: {"room":"7","guest":"Ann"}',
  });
  expect(await say('A refund, please')).toMatchObject({ agentId: 'billing', reply: 'Good day! Which room?' });

  await gateway.kill();
  await gateway.start();
  expect(await say('And in room 7?')).toMatchObject({ reply: 'The desk says: {"room":"7","guest":"Ann"}' });
  const listed = await gateway.command(['extensions', 'list']);
  expect(listed.stdout).toContain('desk.who_is_in');

  expect((await gateway.command(['extensions', 'remove', NAME])).code).toBe(0);
  expect(JSON.parse((await gateway.command(['extensions', 'list', '--json'])).stdout)).toEqual({ extensions: [] });
  expect((await gateway.command(['extensions', 'add', '/nowhere', '--json'])).code).not.toBe(0);
});

test('A11 an extension is added by its name from a registry, and what the registry has not or sends wrongly is said and not installed', async () => {
  await using registry = await startNpmRegistry();
  const manifest = JSON.parse(await readFile(join(EXAMPLE, 'package.json'), 'utf8')) as { readonly name: string; readonly version: string };
  const packed = await readFile(await tarball());
  registry.publish({ manifest, tarball: packed });
  registry.publish({ manifest: { ...manifest, name: 'openclaw-extension-tampered' }, tarball: packed });
  registry.tamper('openclaw-extension-tampered', Buffer.concat([packed, Buffer.from('more')]));
  const cache = await mkdtemp(join(tmpdir(), 'openclaw-npm-cache-'));
  onTestFinished(() => rm(cache, { recursive: true, force: true }));
  await using gateway = await startGateway({ env: { npm_config_registry: registry.url, npm_config_cache: cache } });
  const add = (spec: string) => gateway.command(['extensions', 'add', spec, '--json']);

  const added = await add(`${NAME}@1.0.0`);
  expect(added.code, added.stderr).toBe(0);
  expect(JSON.parse(added.stdout)).toMatchObject({ name: NAME, version: '1.0.0', state: 'running' });
  expect(registry.asked).toContain(`/${NAME}/-/${NAME}-1.0.0.tgz`);

  for (const [spec, says] of [
    ['openclaw-extension-nobody-made', /The registry has no such package/],
    [`${NAME}@9.9.9`, /The registry has no such version/],
    ['openclaw-extension-tampered', /What the registry sent is not what it announced/],
  ] as const) {
    const refused = await add(spec);
    expect(refused.code).not.toBe(0);
    expect(`${refused.stdout}${refused.stderr}`).toMatch(says);
    expect(`${refused.stdout}${refused.stderr}`).toContain('EXTENSION_INVALID');
  }
  const listed = JSON.parse((await gateway.command(['extensions', 'list', '--json'])).stdout) as { extensions: { name: string }[] };
  expect(listed.extensions.map(({ name }) => name)).toEqual([NAME]);
});
