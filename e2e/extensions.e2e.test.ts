/** The example extension in the built product: packed by npm, added from the tarball, used, kept over a restart, removed. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { startGateway, until } from './gateway-process.ts';
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

/** A channel that is written to by its webhook, a model that looks at files, and a tool that sends one. */
const PIGEON = `
  import { defineChannel, defineExtension, defineModel, defineTool, GatewayError, z } from '@openclaw-gateway/sdk';
  const sent = [];
  const reports = [];
  const bytesOf = async (data) => Buffer.from(data, 'base64');
  const steps = (loft) => [
    { name: 'roof', ok: true, durationMs: 1, detail: 'seen from afar' },
    { name: 'loft', ok: loft !== 'shut', durationMs: 2, ...(loft === 'shut' && { error: new GatewayError('CHANNEL_UNAVAILABLE', { message: 'The loft is shut.' }) }) },
  ];
  const channel = defineChannel({
    id: 'pigeon',
    config: z.looseObject({ loft: z.string() }),
    capabilities: { idempotency: 'none', connection: 'none' },
    probe: async ({ loft }, signal, onStep) => steps(loft).map((step) => (onStep?.(step), step)),
    start: async ({ config, receive, report, connected }) => {
      if (config.loft === 'shut') throw new GatewayError('CHANNEL_UNAVAILABLE', { message: 'The loft is shut.' });
      connected(config.loft);
      return {
        send: async (outbound) => {
          const files = await Promise.all((outbound.attachments ?? []).map(async (file) => {
            const bytes = await file.bytes();
            return [file.name, bytes.length, bytes[0], bytes[700_000], bytes.at(-1)];
          }));
          sent.push({ text: outbound.text, files });
          await report({ deliveryId: outbound.deliveryId, messageId: outbound.messageId, status: 'read' });
          return { providerMessageId: String(sent.length) };
        },
        probe: async () => steps(config.loft),
        webhook: async ({ query, rawBody }) => {
          if (query.sent) return { status: 200, body: JSON.stringify(sent) };
          const { id, text, files } = JSON.parse(Buffer.from(rawBody).toString());
          const attachments = files.map(({ name, data }) => ({ name, open: async () => (async function* () { yield await bytesOf(data); })() }));
          const got = await receive({ externalId: id, sender: { id: 'cher' }, peer: { kind: 'direct', id: 'cher' }, text, attachments });
          return { status: 200, body: JSON.stringify(got) };
        },
        stop: async () => {},
      };
    },
  });
  const model = defineModel({
    api: 'pigeon',
    config: z.looseObject({}),
    create: () => ({
      async *stream({ messages }, signal, { readAttachment }) {
        const usage = { inputTokens: 1, outputTokens: 1 };
        const last = messages.at(-1);
        if (last.role === 'tool') {
          yield { type: 'text', text: 'It says: ' + JSON.stringify(last.result) };
        } else {
          const bytes = await readAttachment(last.attachments[0]);
          yield { type: 'tool-call', call: { callId: 'c1', tool: 'pigeon.post', arguments: { bytes: bytes.length, last: bytes.at(-1) } } };
        }
        yield { type: 'finish', reason: 'stop', usage };
      },
    }),
  });
  const tool = defineTool({
    name: 'pigeon.post',
    description: 'Posts.',
    parameters: z.object({ bytes: z.number(), last: z.number() }),
    effect: 'write',
    run: async (args, { attach, send }) => {
      const kept = await attach({ name: 'ring.txt', mimeType: 'text/plain', open: async () => (async function* () { for (let i = 0; i < 3; i++) yield Buffer.alloc(700_000, 97 + i); })() });
      await send({ channel: 'pigeon', account: 'default', to: { kind: 'direct', id: 'cher' }, text: 'on its way' });
      return { ...args, kept: kept.size };
    },
  });
  export default defineExtension({ channels: [channel], models: [model], tools: [tool] });
`;

test('A11 a channel, a model and a tool of an extension carry files in and out, and a probe of it names the cause', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'openclaw-pigeon-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  await writeFile(
    join(dir, 'package.json'),
    JSON.stringify({ name: 'pigeon-post', version: '1.0.0', type: 'module', exports: './index.js' }),
  );
  await writeFile(join(dir, 'index.js'), PIGEON);
  await using gateway = await startGateway({
    config: {
      models: { providers: { pigeon: { api: 'extension/pigeon' } } },
      tools: { allow: ['pigeon.post'] },
      agents: { defaults: { model: 'pigeon/one', tools: ['pigeon.post'] } },
      channels: { pigeon: { dmPolicy: 'open', accounts: { default: { loft: 'roof' }, second: { loft: 'shut' } } } },
    },
  });
  const added = await gateway.command(['extensions', 'add', dir, '--json']);
  expect(added.code, added.stderr).toBe(0);
  const webhook = `${gateway.url()}/webhooks/pigeon/default`;
  const picture = Buffer.alloc(600_000, 7);
  const body = JSON.stringify({ id: '1', text: 'look', files: [{ name: 'nest.bin', data: picture.toString('base64') }] });
  const received = await until('the channel takes the message', async () => {
    const answer = await fetch(webhook, { method: 'POST', body });
    return answer.ok ? ((await answer.json()) as { messageId: string }) : undefined;
  });
  const message = await until('the reply', async () => {
    const now = await gateway.json<{ status: string; files?: unknown; replyFiles?: unknown; problem?: unknown }>(
      `/api/messages/${received.messageId}`,
    );
    return ['delivered', 'dead_lettered'].includes(now.status) ? now : undefined;
  });
  expect(message).toMatchObject({
    status: 'delivered',
    files: [{ name: 'nest.bin', size: picture.length }],
    replyFiles: [{ name: 'ring.txt', mimeType: 'text/plain', size: 2_100_000 }],
  });
  const sent: unknown = await (await fetch(`${webhook}?sent=1`, { method: 'POST' })).json();
  expect(sent).toEqual([
    { text: 'on its way', files: [] },
    { text: 'It says: {"bytes":600000,"last":7,"kept":2100000}', files: [['ring.txt', 2_100_000, 97, 98, 99]] },
  ]);
  const { rows } = await gateway.json<{ rows: readonly { type: string }[] }>('/api/events?type=delivery.reported&limit=10');
  expect(rows).toHaveLength(2);

  const probe = await gateway.command(['channels', 'status', '--probe']);
  expect(probe.stdout).toContain('seen from afar');
  expect(probe.stdout).toContain('The loft is shut.');
});
