import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GatewayProcess, startGateway } from './gateway-process.ts';
import type { ModelServer } from './stand-ins/model-server.ts';
import { startOpenAi } from './stand-ins/openai.ts';

const TURNS = 30;

let model: ModelServer;
let gateway: GatewayProcess;
let elsewhere: string;
let sessionId: string;

beforeAll(async () => {
  elsewhere = await mkdtemp(join(tmpdir(), 'openclaw-case-'));
  model = await startOpenAi({ answer: ({ json }) => answerTo(json()) });
  gateway = await startGateway({
    config: {
      agents: { defaults: { model: 'stand/in-1', systemPrompt: 'Answer briefly.', tools: ['clock.now'] } },
      models: { providers: { stand: { api: 'openai-completions', baseUrl: model.url, apiKey: 'sk-a-secret-of-this-test' } } },
    },
  });
  for (let turn = 1; turn <= TURNS; turn++) {
    const sent = await gateway.json<{ sessionId: string; reply: string }>('/api/messages?wait=30s', {
      method: 'POST',
      body: JSON.stringify({ channel: 'http', from: 'ada-lovelace', text: `question ${turn}` }),
    });
    sessionId = sent.sessionId;
    expect(sent.reply).toContain(`question ${turn}`);
  }
}, 120_000);
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await model.close();
  await rm(elsewhere, { recursive: true, force: true });
});

type Asked = { messages?: { role: string; content?: unknown }[] };

/** Every third question needs the clock, every fourth asks it for a place that does not exist. */
function answerTo(request: Asked) {
  const { messages = [] } = request;
  const asked = messages.findLastIndex((message) => message.role === 'user');
  const question = textOf(messages[asked]?.content);
  const turn = Number(/\d+/.exec(question)?.[0]);
  const hasResult = messages.slice(asked).some((message) => message.role === 'tool');
  const timezone = turn % 4 === 0 ? 'Mars/Olympus' : 'Asia/Shanghai';
  if (!hasResult && (turn % 3 === 0 || turn % 4 === 0))
    return { toolCalls: [{ id: `call_${turn}`, name: 'clock_now', arguments: { timezone } }] };
  return { text: `You asked ${question}, and here is your answer.` };
}

const textOf = (content: unknown): string =>
  typeof content === 'string' ? content : Array.isArray(content) ? content.map((part: { text?: string }) => part.text ?? '').join('') : '';

const run = async (args: readonly string[], stateDir?: string) => {
  const result = await gateway.command([...args, '--json'], stateDir === undefined ? {} : { env: { OPENCLAW_STATE_DIR: stateDir } });
  return { code: result.code, stderr: result.stderr, json: JSON.parse(result.stdout || 'null') };
};

describe('B16 a session of thirty turns with tools', () => {
  it('B16 replays byte for byte where it happened', async () => {
    const { code, json } = await run(['replay', 'session', sessionId]);
    expect(json.baseline).toMatchObject({
      faithful: true,
      messages: { identical: TURNS, different: 0, skipped: 0 },
      divergences: [],
      misses: 0,
    });
    expect(json.baseline.recordedDigest).toBe(json.baseline.replayedDigest);
    expect(code).toBe(0);
  });

  it.each(['none', 'default', 'strict'])(
    'B16 exported with the mask "%s" and imported elsewhere it replays to the same there',
    async (mask) => {
      const file = join(elsewhere, `${mask}.ocb`);
      const into = join(elsewhere, mask);
      const exported = await run(['events', 'export', '--session', sessionId, '-o', file, '--mask', mask]);
      expect(exported).toMatchObject({ code: 0, json: { ok: true, manifest: { masking: { profile: mask } } } });
      const imported = await run(['events', 'import', file, '--into', into]);
      expect(imported).toMatchObject({ code: 0, json: { ok: true } });
      const { code, json } = await run(['replay', 'session', sessionId], into);
      expect(json.baseline).toMatchObject({ faithful: true, messages: { identical: TURNS, different: 0 }, divergences: [] });
      expect(json.baseline.recordedDigest).toBe(json.baseline.replayedDigest);
      expect(code).toBe(0);
      const bytes = (await readFile(file)).toString('latin1');
      expect(bytes).not.toContain('sk-a-secret-of-this-test');
    },
  );

  it('B16 with another prompt it shows the first divergence', async () => {
    const { code, json } = await run(['replay', 'session', sessionId, '--system-prompt', 'Answer at length.'], join(elsewhere, 'none'));
    expect(code).toBe(1);
    expect(json.baseline.faithful).toBe(true);
    expect(json.changed.divergences[0]).toMatchObject({
      message: 1,
      recorded: { type: 'model.requested' },
      patch: [{ op: 'replace', path: '/data/requestHash' }],
      requestPatch: [{ op: 'replace', path: '/system', value: 'Answer at length.' }],
    });
  });

  it('B16 asks the model only when it is told to, and spends no more than its budget', async () => {
    const before = model.requests.length;
    await run(['replay', 'session', sessionId, '--system-prompt', 'Answer at length.']);
    expect(model.requests.length).toBe(before);
    const { json } = await run([
      'replay',
      'session',
      sessionId,
      '--system-prompt',
      'Answer at length.',
      '--live',
      '--budget',
      '1000000',
      '--max-requests',
      '5',
    ]);
    expect(json.live).toMatchObject({ requests: 5 });
    expect(model.requests.length).toBe(before + 5);
  });

  it('B16 says what live runs would take before the model is asked, and asks nothing for the estimate alone', async () => {
    const before = model.requests.length;
    const { code, json } = await run(['replay', 'session', sessionId, '--estimate', '--live', '--budget', '1000', '--runs', '3']);
    expect(code).toBe(0);
    expect(json).toMatchObject({ runs: 3, models: [{ model: 'stand/in-1' }], unknown: 0 });
    expect(json.costUsd).toBeUndefined();
    expect(json.requests).toBeGreaterThanOrEqual(3 * TURNS);
    expect(model.requests.length).toBe(before);
  });

  it('B16 asks a live model as often as it is told and shows the spread; too often, and without --live, it is refused', async () => {
    const { json } = await run(['replay', 'session', sessionId, '--live', '--budget', '1000000', '--max-requests', '1000', '--runs', '2']);
    expect(json.runs).toMatchObject({ wanted: 2, completed: 2, tokens: { min: expect.any(Number) } });
    expect(json.turns[0].spread).toMatchObject({ runs: 2, distinctAnswers: 1 });
    expect((await run(['replay', 'session', sessionId, '--live', '--budget', '10', '--runs', '11'])).json.error).toMatchObject({
      code: 'USAGE',
    });
    expect((await run(['replay', 'session', sessionId, '--runs', '2'])).json.error).toMatchObject({ code: 'USAGE' });
  });

  it('B16 tools give what the command says, and never run', async () => {
    const answer = ['--tool-answer', 'clock.now=static:{"noon":true}'];
    const { code, json } = await run(['replay', 'session', sessionId, ...answer]);
    expect(code).toBe(1);
    expect(json.changed.divergences[0]).toMatchObject({
      recorded: { type: 'tool.completed' },
      replayed: { data: { result: { noon: true } } },
    });
    expect((await run(['replay', 'session', sessionId, '--tool-answer', 'clock.now=static:{'])).json.error).toMatchObject({
      code: 'USAGE',
    });
    expect((await run(['replay', 'session', sessionId, '--tool-answer', 'no.such=deny'])).json.error).toMatchObject({
      code: 'BAD_REQUEST',
    });
  });

  it('B16 one routing rule is tried, and a wrong one is refused with its place', async () => {
    const rule = '{ agentId: "main", match: { channel: "http" }, dmScope: "main" }';
    expect(await run(['replay', 'decisions', '--rule', rule])).toMatchObject({ code: 1, json: { counts: { 'route changed': TURNS } } });
    const wrong = await run(['replay', 'decisions', '--rule', '{ agentId: "main", match: { chanel: "http" } }']);
    expect(wrong.json.error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('bindings[0].match.chanel') });
  });

  it('B16 a bundle that is broken is looked at: what is wrong is said with its place, and the rest is shown', async () => {
    const file = join(elsewhere, 'broken.ocb');
    const whole = await readFile(join(elsewhere, 'none.ocb'));
    await writeFile(
      file,
      gzipSync(
        Buffer.from(
          gunzipSync(whole)
            .toString('latin1')
            .replace(/"previousHash":"[0-9a-f]{8}/, '"previousHash":"ffffffff'),
          'latin1',
        ),
      ),
    );
    const { code, json } = await run(['events', 'import', file, '--inspect']);
    expect(code).toBe(1);
    expect(json.findings.map(({ where }: { where: string }) => where)).toEqual(
      expect.arrayContaining(['events.jsonl', expect.stringMatching(/^events\.jsonl, line \d+$/)]),
    );
    expect(json.readable).toBe(json.lines);
    expect((await run(['events', 'import', file, '--into', join(elsewhere, 'never')])).json.error).toMatchObject({
      code: 'BUNDLE_INVALID',
    });
  });

  it('B16 the views are what the log says', async () => {
    const { code, json } = await run(['replay', 'projections']);
    expect(json.projections.filter((projection: { identical: boolean }) => !projection.identical)).toEqual([]);
    expect({ code, identical: json.identical }).toEqual({ code: 0, identical: true });
  });

  it('B16 says whom another configuration would refuse or send elsewhere, and what stays the same', async () => {
    const same = join(elsewhere, 'same.json5');
    const other = join(elsewhere, 'other.json5');
    await writeFile(same, await readFile(join(gateway.stateDir, 'openclaw.json'), 'utf8'));
    await writeFile(other, `{ agents: { defaults: { model: "echo/echo" } } }`);
    expect(await run(['replay', 'decisions', '--config', same])).toMatchObject({
      code: 0,
      json: { messages: TURNS, counts: { identical: TURNS }, unfaithful: [], withoutConfig: 0 },
    });
    expect(await run(['replay', 'decisions', '--config', other])).toMatchObject({
      code: 1,
      json: { counts: { 'route changed': TURNS, identical: 0 } },
    });
  });
});

describe('B16 time travel', () => {
  it('B16 a session, the queue and the configuration are shown as they were', async () => {
    const { rows } = await gateway.json<{ rows: { position: number; type: string }[] }>(
      `/api/events?session=${sessionId}&type=model.requested&after=0`,
    );
    const position = rows[0]?.position ?? 0;
    const then = await run(['state', '--at', String(position)]);
    expect(Object.values(then.json.queue)).toMatchObject([{ status: 'running', sessionId, agentId: 'main' }]);
    expect(then.json).toMatchObject({ position, running: true, sessions: 1 });
    expect(await gateway.json(`/api/state?at=${position}`)).toEqual(then.json);
    const session = await run(['sessions', 'show', sessionId, '--at', String(position)]);
    expect(session.json.state).toMatchObject({ sessionId, turns: 0, transcript: [{ role: 'user', text: 'question 1' }] });
    expect(await gateway.json(`/api/sessions/${sessionId}?at=${position}`)).toEqual(session.json);
    const diff = await run(['state', '--at', String(position), '--diff', '-0s']);
    expect(diff.json.patch).toContainEqual({ op: 'remove', path: `/queue/${Object.keys(then.json.queue)[0]}` });
    expect((await run(['config', 'get', 'agents.defaults.systemPrompt', '--at', String(position)])).json).toBe('Answer briefly.');
    expect((await run(['config', 'get', '--at', String(position)])).json.models.providers.stand.apiKey).toBe('***');
    expect((await run(['state', '--at', '99999999'])).json).toMatchObject({ ok: false, error: { code: 'POSITION_NOT_FOUND' } });
  });

  it('B16 a session forked from an earlier position goes on from there, beside the old one', async () => {
    const { rows } = await gateway.json<{ rows: { position: number }[] }>(
      `/api/events?session=${sessionId}&type=message.delivered&after=0`,
    );
    const second = rows[1]?.position ?? 0;
    const forked = await run(['sessions', 'fork', sessionId, '--at', String(second), '--key', 'second-thoughts']);
    expect(forked).toMatchObject({ code: 0, json: { sessionKey: 'agent:main:second-thoughts', entries: 4 } });
    const sent = await gateway.json<{ sessionId: string }>('/api/messages?wait=30s', {
      method: 'POST',
      body: JSON.stringify({ channel: 'http', from: 'ada-lovelace', text: 'question 7', sessionKey: 'agent:main:second-thoughts' }),
    });
    expect(sent.sessionId).toBe(forked.json.sessionId);
    const { state } = (await run(['sessions', 'show', sent.sessionId, '--at', '-0s'])).json;
    expect(state.transcript.map((entry: { text: string }) => entry.text).filter((text: string) => text.startsWith('question'))).toEqual([
      'question 1',
      'question 2',
      'question 7',
    ]);
    expect((await run(['sessions', 'fork', sessionId, '--at', String(second), '--key', 'second-thoughts'])).json).toMatchObject({
      error: { code: 'SESSION_EXISTS' },
    });
    expect((await run(['replay', 'session', sent.sessionId])).json.baseline).toMatchObject({ faithful: true });
  });
});
