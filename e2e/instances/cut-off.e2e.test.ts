import pg from 'pg';
import { expect, test } from 'vitest';
import { startPostgres } from '../../packages/db/src/testing/postgres.ts';
import { type GatewayProcess, startGateway, until } from '../gateway-process.ts';
import { startNetwork } from './machines.ts';

const TOKEN = 'a-token-that-all-instances-share';
const TAKE_OVER_MS = 10_000;
/** It takes four to find out that nobody answers, and two more until there is no hope that it is only a moment. */
const FEW_SECONDS_MS = 8000;

test('A12 a leader that is cut off from the database takes nothing more, another takes over, and it stands by once it is back', async () => {
  await using both = await twoInstances();
  const { one, two, cutOff, mend, say, accepted } = both;
  for (let n = 0; n < 10; n++) expect((await say(n % 2 ? two : one, `before ${n}`)).status).toBe(202);

  // Messages are on their way to the database when it goes.
  const isLoaded = Promise.withResolvers<void>();
  const load = Array.from({ length: 6 }, async (_, sender): Promise<Answer> => {
    for (let n = 0; ; n++) {
      const answer = await say(one, `load-${sender} ${n}`);
      if (answer.status !== 202) return answer;
      if (n === 10) isLoaded.resolve();
    }
  });
  await isLoaded.promise;
  await cutOff();
  const cutAt = performance.now();
  for (const answer of await Promise.all(load)) expectRefused(answer);
  expect((await fetch(`${one.url()}/readyz`)).status).toBe(503);
  expect(await (await fetch(`${one.url()}/health`)).json()).toMatchObject({ components: { database: { status: 'degraded' } } });
  await until('a word in the log', () => one.output().includes('the database is out of reach') || undefined);

  await until('another leader', async () => ((await say(two, 'after')).status === 202 ? true : undefined));
  expect(performance.now() - cutAt).toBeLessThan(TAKE_OVER_MS);
  for (let n = 0; n < 5; n++) {
    expectRefused(await say(one, `refused ${n}`));
    expect((await say(two, `taken ${n}`)).status).toBe(202);
  }

  await mend();
  await until('one stands by', async () => /one\s+stands by/.test(await both.instances()) || undefined);
  expect(await both.instances()).toMatch(/two\s+leads/);
  await until('one passes on', async () => ((await say(one, 'passed on')).status === 202 ? true : undefined));
  expect(one.output()).toContain('another instance has taken over: this one stands by');

  await until('all are answered', async () => accepted.difference(new Set(await both.answered())).size === 0 || undefined);
  const answered = await both.answered();
  expect(answered).toHaveLength(new Set(answered).size);
});

test('A12 a message whose commit nobody heard of is answered once, and its sender is told in time that it is not known', async () => {
  await using both = await twoInstances();
  const { one, two, cutOff, mend, say } = both;
  expect((await say(one, 'before')).status).toBe(202);
  await until('the first is answered', async () => (await both.answered()).length === 1 || undefined);
  const release = await both.holdCommits();
  const inDoubt = say(one, 'in doubt', 'the-key');
  await both.untilCommitWaits();
  await cutOff();
  await release();
  expectRefused(await inDoubt);
  await until('the other instance answered it', async () => (await both.answered()).length === 2 || undefined);
  expect(await say(two, 'in doubt', 'the-key')).toMatchObject({ duplicate: true });
  await mend();
  await until('one stands by', async () => /one\s+stands by/.test(await both.instances()) || undefined);
  await until('one passes on', async () => ((await say(one, 'in doubt', 'the-key')).duplicate ? true : undefined));
  expect(await both.answered()).toHaveLength(2);
});

test('A12 a leader that is cut off ends when it is asked to, and another does what it could not', async () => {
  await using both = await twoInstances();
  const { one, two, cutOff, say, accepted } = both;
  const isLoaded = Promise.withResolvers<void>();
  const load = Array.from({ length: 6 }, async (_, sender) => {
    for (let n = 0; (await say(one, `load-${sender} ${n}`)).status === 202; n++) if (n === 10) isLoaded.resolve();
  });
  await isLoaded.promise;
  await cutOff();
  await Promise.all(load);
  expect(await one.stop()).toBe(0);
  await until('another leader', async () => ((await say(two, 'after')).status === 202 ? true : undefined));
  await until('all are answered', async () => accepted.difference(new Set(await both.answered())).size === 0 || undefined);
  const answered = await both.answered();
  expect(answered).toHaveLength(new Set(answered).size);
});

type Answer = {
  readonly status: number;
  readonly tookMs: number;
  readonly messageId?: string;
  readonly duplicate?: boolean;
  readonly error?: { readonly code: string };
};

function expectRefused({ status, error, tookMs }: Answer): void {
  expect({ status, code: error?.code }).toEqual({ status: 503, code: 'DATABASE_UNAVAILABLE' });
  expect(tookMs).toBeLessThan(FEW_SECONDS_MS);
}

/** `one` leads and `two` stands by, each on a machine of its own. */
async function twoInstances() {
  await using stack = new AsyncDisposableStack();
  const network = stack.use(await startNetwork(['one', 'two']));
  const server = stack.use(await startPostgres({ host: network.host }));
  const url = await server.database('openclaw');
  const start = async (name: 'one' | 'two') => {
    const { address, command } = network.machines[name];
    const gateway = { instance: { name }, network: { host: address }, logging: { level: 'info' } };
    const env = { OPENCLAW_DATABASE_URL: url, OPENCLAW_GATEWAY_TOKEN: TOKEN };
    return stack.use(await startGateway({ env, config: { gateway }, wrap: command }));
  };
  const one = await start('one');
  const two = await start('two');
  const database = new pg.Client({ connectionString: url });
  await database.connect();
  stack.defer(() => database.end());
  const accepted = new Set<string>();
  const resources = stack.move();
  return {
    one,
    two,
    /** The messages that were acknowledged. */
    accepted,
    cutOff: () => network.machines.one.cutOff(server.port),
    mend: () => network.machines.one.mend(),
    instances: async () => (await two.command(['gateway', 'instances'])).stdout,
    async say(gateway: GatewayProcess, text: string, idempotencyKey?: string): Promise<Answer> {
      const answer = await send(gateway, { from: text.split(' ')[0], text, idempotencyKey });
      if (answer.messageId !== undefined) accepted.add(answer.messageId);
      return answer;
    },
    /** The messages that were answered, each as often as it was. */
    async answered(): Promise<readonly string[]> {
      const { rows } = await database.query<{ message: string }>(
        `SELECT metadata::json->>'correlationId' AS message FROM openclaw.events WHERE type = 'message.delivered'`,
      );
      return rows.map(({ message }) => message);
    },
    /** No message is committed to the log until it is released, though everything is ready for it. */
    async holdCommits(): Promise<() => Promise<void>> {
      await database.query(`
        CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NULL; END';
        CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON openclaw.events DEFERRABLE INITIALLY DEFERRED
          FOR EACH ROW WHEN (NEW.type = 'message.received') EXECUTE FUNCTION wait()`);
      await database.query('SELECT pg_advisory_lock(1)');
      return async () => void (await database.query('SELECT pg_advisory_unlock(1)'));
    },
    untilCommitWaits: () =>
      until('a commit waits', async () => {
        const { rowCount } = await database.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted");
        return rowCount === 1 || undefined;
      }),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function send(gateway: GatewayProcess, message: object): Promise<Answer> {
  const startedAt = performance.now();
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  try {
    const response = await fetch(`${gateway.url()}/api/messages`, { method: 'POST', headers, body: JSON.stringify(message) });
    const body = (await response.json()) as Omit<Answer, 'status' | 'tookMs'>;
    return { ...body, status: response.status, tookMs: performance.now() - startedAt };
  } catch {
    // It starts anew.
    return { status: 0, tookMs: performance.now() - startedAt };
  }
}
