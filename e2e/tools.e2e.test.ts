/** Tools from outside: a model's calls over its real wire format, people who decide about them, and the end of the process in the midst of one. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type GatewayProcess, startGateway, until } from './gateway-process.ts';
import { startAnthropic } from './stand-ins/anthropic.ts';
import type { ModelServer, Scripted } from './stand-ins/model-server.ts';
import { startOpenAi } from './stand-ins/openai.ts';
import { startTelegram } from './stand-ins/telegram.ts';

type Row = { readonly position: number; readonly type: string };
type Detail = { readonly type: string; readonly data: Record<string, unknown>; readonly metadata: { actor?: { type: string } } };
type Waiting = { readonly code: string; readonly tool: string; readonly arguments: { readonly argv: readonly string[] } };

const SECRET = 'planted-secret-9f8e7d6c5b4a';
const call = (name: string, args: object): Scripted => ({ text: 'Let me see.', toolCalls: [{ name, arguments: args }] });

function config(api: string, model: ModelServer, more: { readonly tools?: object; readonly channels?: object } = {}) {
  return {
    models: { providers: { local: { api, baseUrl: model.url, apiKey: SECRET } } },
    agents: { defaults: { model: 'local/one', tools: ['clock.now', 'files.*', 'exec.run'] } },
    tools: {
      allow: ['clock.now', 'files.*', 'exec.run'],
      rules: [{ tools: ['exec.run'], when: { 'argv.0': ['printenv', 'cat', process.execPath] }, action: 'allow' }],
      exec: { environment: ['PLANTED'] },
      ...more.tools,
    },
    ...(more.channels && { channels: more.channels }),
  };
}

async function events(gateway: GatewayProcess, type: string): Promise<Detail[]> {
  const { rows } = await gateway.json<{ rows: readonly Row[] }>(`/api/events?type=${type}&limit=100`);
  const inOrder = rows.toSorted((a, b) => a.position - b.position);
  return Promise.all(inOrder.map(({ position }) => gateway.json<Detail>(`/api/events/${position}`)));
}

/** The text of a streamed answer. */
const said = (stream: string) =>
  [...stream.matchAll(/"content":("(?:[^"\\]|\\.)*")/g)].map(([, piece = '']) => JSON.parse(piece) as string).join('');

const waiting = (gateway: GatewayProcess): Promise<Waiting> =>
  until('a call that waits', async () => {
    const { code, stdout } = await gateway.command(['approvals', 'list', '--json']);
    return code === 0 ? (JSON.parse(stdout) as { approvals: readonly Waiting[] }).approvals[0] : undefined;
  });

describe.each([
  ['anthropic-messages', startAnthropic],
  ['openai-completions', startOpenAi],
  ['openai-responses', startOpenAi],
] as const)('over %s, streamed', (api, start) => {
  it('A5 five calls of three tools are run, one of them once a person allowed it, and no secret stays', async () => {
    const model = await start();
    try {
      await using gateway = await startGateway({ config: config(api, model), env: { PLANTED: SECRET } });
      model.script(
        call('clock_now', {}),
        call('files_write', { path: 'notes/a.txt', text: 'alpha' }),
        call('exec_run', { argv: ['cp', 'notes/a.txt', 'b.txt'] }),
        call('files_read', { path: 'b.txt' }),
        call('exec_run', { argv: ['printenv', 'PLANTED'] }),
        { text: 'All done.' },
      );
      const answer = gateway.request('/v1/chat/completions', {
        method: 'POST',
        body: JSON.stringify({ model: 'openclaw', stream: true, user: 'ann', messages: [{ role: 'user', content: 'go' }] }),
      });
      const asked = await waiting(gateway);
      expect(asked).toMatchObject({ tool: 'exec.run', arguments: { argv: ['cp', 'notes/a.txt', 'b.txt'] } });
      const approved = await gateway.command(['approvals', 'approve', asked.code, '--reason', 'A copy does no harm.', '--json']);
      expect(JSON.parse(approved.stdout)).toMatchObject({ ok: true, verdict: 'approve', tool: 'exec.run' });
      expect(said(await (await answer).text())).toMatch(/All done\.$/);

      expect(model.requests).toHaveLength(6);
      for (const { body } of model.requests) {
        expect(JSON.parse(body)).toMatchObject({ stream: true });
        expect(body).not.toContain(SECRET);
      }
      expect(model.requests.at(-1)?.body).toContain('alpha');
      expect(model.requests.at(-1)?.body).toContain('[secret]');
      expect(await readFile(join(gateway.stateDir, 'workspaces/main/b.txt'), 'utf8')).toBe('alpha');

      const completed = await events(gateway, 'tool.completed');
      expect(completed.map(({ data }) => data['tool'])).toEqual(['clock.now', 'files.write', 'exec.run', 'files.read', 'exec.run']);
      expect(JSON.stringify(completed)).not.toContain(SECRET);
      expect(completed.at(-1)?.data['result']).toMatchObject({ exitCode: 0, stdout: { text: '[secret]\n' } });
      const byPerson = (await events(gateway, 'tool.approved')).filter(({ data }) => data['rule'] === 'approval');
      expect(byPerson).toMatchObject([{ data: { reason: 'A copy does no harm.' }, metadata: { actor: { type: expect.any(String) } } }]);
      expect(byPerson[0]?.metadata.actor?.type).not.toBe('system');
      // Somebody with a token asked, so only what the tools returned is untrusted.
      const requested = await events(gateway, 'tool.requested');
      expect(requested[0]?.data).not.toHaveProperty('influences');
      expect(requested[4]?.data['influences']).toMatchObject([
        { tool: 'clock.now' },
        { tool: 'files.write' },
        { tool: 'exec.run' },
        { tool: 'files.read' },
      ]);
      const shown = await gateway.command(['events', 'list', '--type', 'tool.requested', '--json']);
      const { rows } = JSON.parse(shown.stdout) as { rows: readonly Row[] };
      const text = await gateway.command(['events', 'show', String(Math.max(...rows.map(({ position }) => position)))]);
      expect(text.stdout).toContain('Untrusted texts before it');
    } finally {
      await model.close();
    }
  });
});

it('A5 F a program that runs when the process dies is not run again, the model is told, and the conversation goes on', async () => {
  const [model, telegram] = [await startOpenAi(), await startTelegram()];
  try {
    const channels = { telegram: { botToken: telegram.token, apiRoot: telegram.url, dmPolicy: 'open' } };
    await using gateway = await startGateway({ config: config('openai-completions', model, { channels }) });
    const program = 'require("fs").appendFileSync("runs", "x"); setTimeout(() => {}, 20_000)';
    model.script(call('exec_run', { argv: [process.execPath, '-e', program] }), { text: 'It was interrupted.' }, { text: 'Still here.' });
    telegram.say({ text: 'go', fromId: 42 });
    const runs = join(gateway.stateDir, 'workspaces/main/runs');
    await until('the program to run', () => readFile(runs, 'utf8').catch(() => undefined));
    await gateway.kill();
    await gateway.start();
    await telegram.until(() => telegram.sent.some(({ text }) => text === 'It was interrupted.'), 60_000);
    expect(model.requests.at(-1)?.body).toContain('TOOL_INTERRUPTED');
    telegram.say({ text: 'are you there?', fromId: 42 });
    await telegram.until(() => telegram.sent.some(({ text }) => text === 'Still here.'), 60_000);
    expect(await readFile(runs, 'utf8')).toBe('x');
    expect(await events(gateway, 'tool.started')).toHaveLength(1);
  } finally {
    await Promise.all([model.close(), telegram.close()]);
  }
});

it('A5 F a call that waits for a person still waits after the process died, and an approver decides in the chat', async () => {
  const [model, telegram] = [await startOpenAi(), await startTelegram()];
  try {
    const channels = { telegram: { botToken: telegram.token, apiRoot: telegram.url, dmPolicy: 'open' } };
    const tools = { approvals: { approvers: ['telegram:7'] } };
    await using gateway = await startGateway({ config: config('openai-completions', model, { channels, tools }) });
    model.script(call('exec_run', { argv: ['touch', 'made'] }), { text: 'Who are you?' }, { text: 'It is made.' });
    telegram.say({ text: 'go', fromId: 42, chatId: 42 });
    await telegram.until(() => telegram.sent.some(({ chatId, text }) => chatId === '7' && text.includes('May exec.run be run?')), 60_000);
    const { code } = await waiting(gateway);
    await gateway.kill();
    await gateway.start();
    expect((await waiting(gateway)).code).toBe(code);
    const made = join(gateway.stateDir, 'workspaces/main/made');
    telegram.say({ text: `yes ${code}`, fromId: 8, chatId: 8 });
    await telegram.until(() => telegram.sent.some(({ chatId }) => chatId === '8'), 60_000);
    await expect(readFile(made)).rejects.toThrow('ENOENT');
    telegram.say({ text: `yes ${code}`, fromId: 7, chatId: 7 });
    await telegram.until(() => telegram.sent.some(({ chatId, text }) => chatId === '42' && text === 'It is made.'), 60_000);
    expect(await readFile(made, 'utf8')).toBe('');
    const asked = await gateway.command(['approvals', 'approve', code]);
    expect(asked.code).not.toBe(0);
    expect(asked.stderr).toContain('No tool call waits for approval');
  } finally {
    await Promise.all([model.close(), telegram.close()]);
  }
});

it('A5 the tools of an MCP server are a model’s like any others', async () => {
  const model = await startOpenAi();
  const folder = await mkdtemp(join(tmpdir(), 'mcp-e2e-'));
  try {
    await writeFile(join(folder, 'a.txt'), 'from the server');
    const server = join(import.meta.dirname, '../node_modules/@modelcontextprotocol/server-filesystem/dist/index.js');
    const tools = {
      allow: ['mcp.files.*'],
      rules: [{ tools: ['mcp.files.read_*'], action: 'allow' }],
      mcp: { files: { command: process.execPath, args: [server, folder] } },
    };
    const { agents, ...rest } = config('openai-completions', model, { tools });
    await using gateway = await startGateway({ config: { ...rest, agents: { defaults: { ...agents.defaults, tools: ['mcp.*'] } } } });
    await until('the server to be connected', () => gateway.output().includes('MCP server connected') || undefined);
    model.script(call('mcp_files_read_text_file', { path: join(folder, 'a.txt') }), { text: 'Read.' });
    const body = JSON.stringify({ from: 'ann', text: 'read it' });
    expect(await gateway.json('/api/messages?wait=30s', { method: 'POST', body })).toMatchObject({ reply: 'Read.' });
    expect(model.requests.at(-1)?.body).toContain('from the server');
    expect(await events(gateway, 'tool.completed')).toMatchObject([{ data: { tool: 'mcp.files.read_text_file' } }]);
  } finally {
    await Promise.all([model.close(), rm(folder, { recursive: true, force: true })]);
  }
});
