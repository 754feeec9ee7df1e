/** Every connection that the gateway makes goes through apps/gateway/src/operations/egress, so that no file can forget to ask. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path/posix';
import { expect, test } from 'vitest';
import { outgoing } from './outgoing.ts';

const ROOT = join(import.meta.dirname, '../../apps/gateway/src');

/** Who may connect, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'operations/egress/index.ts': 'the one way out',
  'operations/egress/agents.ts': 'the one way out',
  'operations/egress/fetch.ts': 'the one way out',
  'operations/egress/guard.ts': 'the one way out',
  'channels/chat-socket.ts': 'ws gets its agent from there',
  'channels/telegram/api.ts': 'grammy gets its agent from there',
  'channels/telegram/files.ts': 'wraps files for grammy only',
  'channels/telegram/failure.ts': 'takes the error classes of grammy only',
  'channels/telegram/poll.ts': 'takes the error classes of grammy only',
  'channels/telegram/send.ts': 'takes the error class of grammy only',
  'models/anthropic-messages/index.ts': 'the SDK gets its fetch from there',
  'models/openai-completions/index.ts': 'the SDK gets its fetch from there',
  'models/openai-responses/index.ts': 'the SDK gets its fetch from there',
  'operations/traces/tracer.ts': 'the exporter gets its agents from there',
  'operations/tls/acme/order.ts': 'the client gets its agents from there',
  'operations/metrics/export/datadog.ts': 'hot-shots is given an address that was judged there',
  'export/feed/syslog.ts': 'sends its datagrams to an address that was judged there',
  'operations/doctor/reach.ts': 'encrypts and speaks over a connection that was made there',
  'extensions/confine.ts': 'judges there every connection of its process',
  'extensions/extension.worker.ts': 'speaks to the gateway over the pipe that it was given',
  'tools/browser/proxy.ts': 'forwards with agents from there',
  'tools/browser/browsers.worker.ts': 'drives browsers whose only way out is that proxy',
  'replay/no-network.ts': 'takes the network away from its thread',
  'cli/api.ts': 'the command line calls its own gateway',
  'cli/trust.ts': 'the command line calls its own gateway',
};

const files = (await readdir(ROOT, { recursive: true, withFileTypes: true }))
  .filter(
    (entry) =>
      entry.isFile() && /\.ts$/.test(entry.name) && !/\.test\.ts$|\/testing(\/|$)|-fixture\.ts$/.test(join(entry.parentPath, entry.name)),
  )
  .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1));

test('no file of the gateway connects to anybody past operations/egress, and no exception is out of date', async () => {
  const found = await Promise.all(files.map(async (file) => ({ file, how: outgoing(file, await readFile(join(ROOT, file), 'utf8')) })));
  const connecting = found.filter(({ how }) => how.length > 0);
  const past = connecting.filter(({ file }) => !(file in EXCEPTIONS)).map(({ file, how }) => `${file}: ${how.join(', ')}`);
  expect(past, 'Use `egress.to(…)` of operations/egress: its fetch, agent, connect or resolve.').toEqual([]);
  expect(Object.keys(EXCEPTIONS).filter((file) => !connecting.some((one) => one.file === file))).toEqual([]);
});

test.each([
  ["import { connect, isIP } from 'node:net'; connect(1)", ['node:net connect']],
  ["import net from 'net'", ['node:net default']],
  ["import * as https from 'node:https'", ['node:https *']],
  ["import { lookup } from 'node:dns/promises'", ['node:dns/promises lookup']],
  ["const { connect } = await import('node:tls')", ['node:tls *']],
  ["import { request } from 'undici'", ['undici']],
  ['await fetch(url)', ['fetch()']],
  ['globalThis.fetch(url); new WebSocket(url)', ['WebSocket()', 'fetch()']],
  ["import { createServer, isIP } from 'node:net'", []],
  ["import type { Socket } from 'node:net'; import { type Agent, createServer } from 'node:http'", []],
  ['const { fetch } = way; way.fetch(url)', []],
  ['function fetch() {} fetch()', []],
])('%s connects by %j', (source, how) => {
  expect(outgoing('x.ts', source)).toEqual(how);
});
