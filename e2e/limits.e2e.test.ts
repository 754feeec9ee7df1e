/** What the gateway limits, seen from outside: sessions, memory, and what a caller is told when it is too much. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type GatewayProcess, startGateway, until } from './gateway-process.ts';
import { startGatedModel } from './stand-ins/gated-model.ts';

const MB = 1024 ** 2;

type SessionRow = { readonly sessionId: string; readonly title: string; readonly state: string };
type Report = {
  readonly state: string;
  readonly usedBytes: number;
  readonly limitBytes: number;
  readonly components: readonly { readonly name: string; readonly bytes: number }[];
  readonly holders: readonly { readonly name: string; readonly count: number; readonly bytes?: number }[];
};

const say = (from: string, text: string) => ({ method: 'POST', body: JSON.stringify({ from, text }) });
const openSessions = async (gateway: GatewayProcess) =>
  (await gateway.json<{ activity: { openSessions: number } }>('/api/status')).activity.openSessions;

describe('sessions', () => {
  it('D gateway.sessions.maxConcurrent is how many conversations run at a time; the others wait in their order, and a change holds at once', async () => {
    await using model = await startGatedModel();
    const config = (maxConcurrent: number) => ({
      gateway: { sessions: { maxConcurrent } },
      agents: { defaults: { model: 'gated/one' } },
      models: { providers: { gated: { api: 'openai-completions', baseUrl: model.url, apiKey: 'none' } } },
    });
    await using gateway = await startGateway({ config: config(2) });
    for (const name of ['a', 'b', 'c', 'd', 'e']) await gateway.json('/api/messages', say(name, `from ${name}`));
    await until('two to run', () => model.asked.length === 2);
    model.answerNext();
    await until('the third', () => model.asked.length === 3);
    expect(model.waiting()).toBe(2);
    expect(await gateway.command(['config', 'set', 'gateway.sessions.maxConcurrent', '3'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('In force now.'),
    });
    await until('a third one at a time', () => model.waiting() === 3);
    while (model.asked.length < 5 || model.waiting() > 0) {
      model.answerNext();
      await until('the next', () => model.asked.length === 5 || model.waiting() === 3);
    }
    // The first two start together, so which of them the model hears first is chance.
    expect(model.asked.slice(0, 2).toSorted()).toEqual(['from a', 'from b']);
    expect(model.asked.slice(2)).toEqual(['from c', 'from d', 'from e']);
  });

  it('D gateway.sessions.timeout makes a conversation idle: lists say so, memory forgets it, and its next message goes on with it', async () => {
    await using gateway = await startGateway({ config: { gateway: { sessions: { timeout: '1h' } } } });
    await gateway.json('/api/messages?wait=30s', say('ann', 'the first'));
    const only = async () => (await gateway.json<{ rows: SessionRow[] }>('/api/sessions')).rows[0];
    expect(await only()).toMatchObject({ title: 'the first', state: 'active' });
    expect(await openSessions(gateway)).toBe(1);

    expect((await gateway.command(['config', 'set', 'gateway.sessions.timeout', '2s'])).code).toBe(0);
    await until('the session to be idle', async () => (await only())?.state === 'idle');
    expect((await gateway.command(['sessions', 'list'])).stdout).toContain('delivered, idle');
    await until('the session to leave memory', async () => (await openSessions(gateway)) === 0, 60_000);

    await gateway.json('/api/messages?wait=30s', say('ann', 'the second'));
    const shown = await gateway.json<{ session: SessionRow; transcript: { text: string }[] }>(`/api/sessions/${(await only())?.sessionId}`);
    expect(shown.session.state).toBe('active');
    expect(shown.transcript.map(({ text }) => text)).toEqual(['the first', 'echo: the first', 'the second', 'echo: the second']);
  });
});

describe('memory', () => {
  it('B8 status --memory shows where the memory is, part by part, and the parts are the whole', async () => {
    await using gateway = await startGateway();
    await gateway.json('/api/messages?wait=30s', say('ann', 'hello'));
    const { code, stdout } = await gateway.command(['status', '--memory']);
    expect(code).toBe(0);
    for (const part of ['main thread: heap', 'thread log-writer', 'thread projections', 'other:', 'sessions', 'HTTP connections']) {
      expect(stdout).toContain(part);
    }
    expect(stdout).toMatch(/Memory: \d+MB of [\d.]+[MG]B \([\d.]+ %\), normal\. The limit is/);

    const { memory } = JSON.parse((await gateway.command(['status', '--memory', '--json'])).stdout) as { memory: Report };
    const sum = memory.components.reduce((total, { bytes }) => total + bytes, 0);
    expect(Math.abs(sum - memory.usedBytes)).toBeLessThan(1);
    expect(Math.abs(memory.usedBytes - (await residentBytes(gateway)))).toBeLessThan(40 * MB);
    expect(memory.holders.find(({ name }) => name === 'sessions')).toMatchObject({ count: 1 });
  });

  it('D gateway.limits.memory is kept under a flood of large messages: they are refused, nothing that was taken is lost, and it recovers', async () => {
    const limit = 320 * MB;
    await using gateway = await startGateway({
      config: { gateway: { limits: { memory: limit }, network: { rateLimit: { enabled: false } } }, messages: { maxTextLength: '1m' } },
    });
    const flood = await floodWith(gateway, 'x'.repeat(900_000));
    await until('messages to be refused', () => (flood.statuses.get(503) ?? 0) > 200, 120_000);
    await until('memory to be short', () => flood.states.has('degraded'), 120_000);
    await flood.end();
    expect([...flood.statuses.keys()].toSorted()).toEqual([202, 503]);
    expect(flood.refusals).toEqual(new Set(['OVERLOADED']));
    expect(flood.withoutRetryAfter).toBe(0);
    // A sample is never older than 25 ms; what came in that time may be above.
    expect(flood.peakBytes).toBeLessThan(limit * 1.1);

    const answered = () => gateway.request('/api/messages?wait=30s', say('ann', 'small')).then(({ status }) => status === 200);
    await until('the gateway to recover', answered, 30_000);
    const unsettled = async () => (await gateway.json<{ overview: { unsettled: number } }>('/api/status')).overview.unsettled;
    await until('what was taken to be answered', async () => (await unsettled()) === 0);
    // One more than was taken: the small one.
    expect(await deliveries(gateway)).toBe((flood.statuses.get(202) ?? 0) + 1);
    const changes = async () => (await gateway.command(['events', 'list', '--type', 'gateway.memory_changed'])).stdout;
    const stdout = await until(
      'memory to be normal again',
      async () => {
        const listed = await changes();
        return /Memory is normal \(before: \w+\)/.test(listed) ? listed : undefined;
      },
      60_000,
    );
    expect(stdout).toMatch(/Memory is (elevated|high|critical) \(before: normal\)/);
    expect(await readFile(join(gateway.stateDir, 'logs', 'gateway.log'), 'utf8')).toContain('memory is short');
  });

  it('gateway.limits.memory below what the gateway itself needs is refused with the smallest that will do', async () => {
    await using gateway = await startGateway();
    await writeFile(join(gateway.stateDir, 'openclaw.json'), '{ gateway: { limits: { memory: "100m" } } }');
    const { code, stderr } = await gateway.command(['config', 'validate']);
    expect(code).toBe(78);
    expect(stderr).toContain('a size of at least "192m"');
  });
});

/** Counted page by page: each says where the next begins. */
async function deliveries(gateway: GatewayProcess): Promise<number> {
  let count = 0;
  for (let before = ''; ; ) {
    const page = await gateway.json<{ rows: unknown[]; next?: number }>(`/api/messages?status=delivered&limit=10${before}`);
    count += page.rows.length;
    if (page.next === undefined) return count;
    before = `&before=${page.next}`;
  }
}

async function residentBytes(gateway: GatewayProcess): Promise<number> {
  const status = await readFile(`/proc/${gateway.pid()}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

/** Sixty people who send the same text over and over, each as a new person each time, and what they and an onlooker saw. */
async function floodWith(gateway: GatewayProcess, text: string) {
  const statuses = new Map<number, number>();
  const states = new Set<string>();
  const refusals = new Set<string>();
  let withoutRetryAfter = 0;
  let peakBytes = 0;
  let goesOn = true;

  const send = async (name: string) => {
    const response = await gateway.request('/api/messages', say(name, text));
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
    if (response.status === 202) return void (await response.arrayBuffer());
    if (!response.headers.has('retry-after')) withoutRetryAfter += 1;
    refusals.add(((await response.json()) as { error: { code: string } }).error.code);
  };
  const person = async (name: string) => {
    for (let count = 0; goesOn; count++) await send(`${name}-${count}`);
  };
  const watch = async () => {
    while (goesOn) {
      peakBytes = Math.max(peakBytes, await residentBytes(gateway));
      const health = (await (await fetch(`${gateway.url()}/health`)).json()) as { components: { memory: { status: string } } };
      states.add(health.components.memory.status);
    }
  };
  const all = Promise.all([watch(), ...Array.from({ length: 60 }, (_, index) => person(`p${index}`))]);
  return {
    statuses,
    states,
    refusals,
    get withoutRetryAfter() {
      return withoutRetryAfter;
    },
    get peakBytes() {
      return peakBytes;
    },
    end: async () => {
      goesOn = false;
      await all;
    },
  };
}
