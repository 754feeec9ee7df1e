import { randomUUID } from 'node:crypto';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import pino from 'pino';
import { expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { readConfig } from '../../config/read.ts';
import { createTools } from '../index.ts';
import { createMcp } from './index.ts';

const FILESYSTEM = join(import.meta.dirname, '../../../../../node_modules/@modelcontextprotocol/server-filesystem/dist/index.js');
const PATIENCE = { timeout: 20_000, interval: 20 };
const context = { agentId: 'main', sessionId: 'ses_1', runId: 'run_1', callId: 'call_1', signal: new AbortController().signal };

async function folder(): Promise<string> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'mcp-')));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** The tools under a configuration of servers. */
async function connect(servers: object) {
  const { config } = readConfig(JSON.stringify({ tools: { mcp: servers } }), { env: {} });
  const mcp = createMcp({ folder: await folder(), version: '1', logger: pino({ level: 'silent' }) });
  onTestFinished(() => mcp.close());
  await mcp.apply(config.tools.mcp);
  const tools = createTools({ allow: ['*'], deny: [] }, { definitions: [], more: mcp.tools });
  const names = () => tools.specs(['*']).map(({ name }) => name);
  const has = (name: string) => vi.waitFor(() => expect(names()).toContain(name), PATIENCE);
  return { mcp, tools, names, has, call: (name: string, args: object) => tools.run(name, args, context) as Promise<{ text: string }> };
}

/** A server whose program is this. It speaks MCP by hand, so that it can do it badly. */
async function scripted(body: string): Promise<object> {
  const path = join(await folder(), 'server.mjs');
  await writeFile(
    path,
    `import { createInterface } from 'node:readline';
     const send = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n');
     const tool = (name) => ({ name, inputSchema: { type: 'object' } });
     let tools = [tool('one')];
     createInterface({ input: process.stdin }).on('line', (line) => {
       const { id, method, params } = JSON.parse(line);
       if (method === 'initialize') return send({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: { listChanged: true } }, serverInfo: { name: 's', version: '1' } } });
       if (method === 'tools/list') return send({ id, result: { tools } });
       if (method !== 'tools/call') return;
       ${body}
     });`,
  );
  return { command: process.execPath, args: [path] };
}

test('tools.mcp.*.{command,args}: a real server of files is connected to, and its tools are asked about like others', async () => {
  const dir = await folder();
  await writeFile(join(dir, 'a.txt'), 'from a file');
  const { tools, has, call } = await connect({ files: { command: process.execPath, args: [FILESYSTEM, dir] } });
  await has('mcp.files.read_text_file');
  const [spec] = tools.specs(['mcp.files.read_text_file']);
  expect(spec?.parameters).toMatchObject({ type: 'object', properties: { path: { type: 'string' } } });
  const asked = { agentId: 'main', agentTools: ['mcp.*'], name: 'mcp.files.read_text_file', args: { path: 'x' } };
  expect(tools.decide(asked)).toMatchObject({ action: 'ask' });
  expect(await call('mcp.files.read_text_file', { path: join(dir, 'a.txt') })).toMatchObject({ text: 'from a file' });
  await expect(call('mcp.files.read_text_file', { path: '/etc/passwd' })).rejects.toMatchObject({ code: 'TOOL_FAILED' });
});

test('tools.mcp.*.{url,headers,headers.*}: a server over HTTP is connected to with its headers', async () => {
  const seen: (string | undefined)[] = [];
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const server = createServer(async (request, response) => {
    seen.push(request.headers['x-key'] as string | undefined);
    const known = sessions.get(String(request.headers['mcp-session-id']));
    const transport =
      known ??
      new StreamableHTTPServerTransport({ sessionIdGenerator: randomUUID, onsessioninitialized: (id) => void sessions.set(id, transport) });
    if (!known) {
      const mcp = new McpServer({ name: 'http', version: '1' });
      mcp.registerTool('add', { inputSchema: { a: z.number(), b: z.number() } }, ({ a, b }) => ({
        content: [{ type: 'text', text: String(a + b) }],
      }));
      await mcp.connect(transport as Transport);
    }
    await transport.handleRequest(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  const { has, call } = await connect({ sums: { url, headers: { 'x-key': 'k-12345678' } } });
  await has('mcp.sums.add');
  expect(await call('mcp.sums.add', { a: 2, b: 3 })).toEqual({ text: '5' });
  expect(new Set(seen)).toEqual(new Set(['k-12345678']));
});

test('tools.mcp: one that changes its tools, or ends, is listed and started again', async () => {
  const server = await scripted(`
    if (params.arguments.end) process.exit(1);
    tools = [tool('two')];
    send({ method: 'notifications/tools/list_changed' });
    send({ id, result: { content: [{ type: 'text', text: 'ok' }] } });`);
  const { has, call, names } = await connect({ s: server });
  await has('mcp.s.one');
  expect(await call('mcp.s.one', {})).toMatchObject({ text: 'ok' });
  await has('mcp.s.two');
  expect(names()).toEqual(['mcp.s.two']);
  await expect(call('mcp.s.two', { end: true })).rejects.toMatchObject({ code: 'TOOL_FAILED' });
  // The new process has its first tools again.
  await has('mcp.s.one');
});

test('tools.mcp.*.timeout: one that does not answer is given up on, one that says too much is ended and cut', async () => {
  const server = await scripted(`
    if (params.arguments.silent) return;
    if (params.arguments.endless) { const more = () => { while (process.stdout.write('x'.repeat(65536))); }; process.stdout.on('drain', more); return more(); }
    send({ id, result: { content: [{ type: 'text', text: 'y'.repeat(3000000) }] } });`);
  const { has, call } = await connect({ s: { ...server, timeout: '1s' } });
  await has('mcp.s.one');
  await expect(call('mcp.s.one', { silent: true })).rejects.toMatchObject({ code: 'TOOL_FAILED' });
  const long = await call('mcp.s.one', {});
  expect(long.text.length).toBeLessThanOrEqual(40_000);
  await expect(call('mcp.s.one', { endless: true })).rejects.toMatchObject({ code: 'TOOL_FAILED' });
  await vi.waitFor(async () => expect((await call('mcp.s.one', {})).text.length).toBeGreaterThan(0), PATIENCE);
});

test('tools.mcp.*.{environment,environment.*}: a program is given its own environment and nothing of the gateway’s', async () => {
  vi.stubEnv('OPENCLAW_SECRET', 'hunter2-hunter2');
  const server = await scripted(`send({ id, result: { content: [{ type: 'text', text: JSON.stringify(process.env) }] } });`);
  const { has, call } = await connect({ s: { ...server, environment: { OWN: 'own-value-123' } } });
  await has('mcp.s.one');
  const environment = JSON.parse((await call('mcp.s.one', {})).text) as Record<string, string>;
  expect(environment['OWN']).toBe('own-value-123');
  expect(environment).not.toHaveProperty('OPENCLAW_SECRET');
});

test('tools.mcp: a server that is taken out of the configuration is left, and its tools are gone', async () => {
  const { has, mcp, names } = await connect({ s: await scripted('') });
  await has('mcp.s.one');
  await mcp.apply({});
  expect(names()).toEqual([]);
});
