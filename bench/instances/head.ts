/**
 * What the row of the head carries. A thousand instances that each store one event now and then come to this: they never have a batch to share a
 * transaction, and behind a pooler they share these connections. So each connection here stores one event after the other, all at once:
 * the row is never free, which is the worst that any number of instances can do to it. Then four that each store a hundred at a time, without the
 * copies that their instances would make of it on machines of their own.
 */
import { connect, migrate } from '@openclaw-gateway/db/postgres/connection';
import { appendShared, type SealingKeys } from '@openclaw-gateway/db/postgres/shared-log';
import { Redactor } from '@openclaw-gateway/db/redact/redactor';
import { serialise } from '@openclaw-gateway/db/sqlite/wire';
import type { PostgresServer } from '../../packages/db/src/testing/postgres.ts';
import { requestOf } from '../log/request.ts';
import type { Result } from '../report.ts';
import { quantile } from '../statistics.ts';

const CONNECTIONS = [1, 10, 50] as const;
const TOGETHER = 4;
const BATCH = 100;
const WARM_UP_MS = 1_000;
const LOAD_MS = 5_000;

export async function measureHead(server: PostgresServer): Promise<Result[]> {
  const url = await server.database('head');
  const first = await connect(url, 'bench');
  await migrate(first);
  await first.end();
  const results: Result[] = [];
  for (const connections of CONNECTIONS) {
    const waits = await load(url, connections, 1);
    const who = connections === 1 ? '1 connection' : `${connections} connections`;
    results.push(
      { name: `head, ${who}, transactions of one event`, value: (waits.length * 1000) / LOAD_MS, unit: '/s' },
      { name: `head, ${who}, p50 of waiting for it`, value: quantile(waits, 0.5), unit: 'ms' },
      { name: `head, ${who}, p99 of waiting for it`, value: quantile(waits, 0.99), unit: 'ms' },
    );
  }
  const batches = async (connections: number) => ((await load(url, connections, BATCH)).length * BATCH * 1000) / LOAD_MS;
  const [one, together] = [await batches(1), await batches(TOGETHER)];
  return [
    ...results,
    { name: `head, 1 connection, transactions of ${BATCH} events`, value: one, unit: '/s' },
    { name: `head, ${TOGETHER} connections, transactions of ${BATCH} events`, value: together, unit: '/s' },
    { name: `${TOGETHER} such connections, to 1`, value: together / one, unit: '', limit: { atLeast: 0.7 } },
  ];
}

/** How long each transaction waited for the head. */
async function load(url: string, connections: number, events: number): Promise<readonly number[]> {
  const startsAt = performance.now() + WARM_UP_MS;
  const waits: number[] = [];
  const store = async (number: number) => {
    const client = await connect(url, 'bench');
    const { wire } = serialise(1, requestOf(`session/ses_${number}`, events), new Redactor([]));
    while (performance.now() < startsAt + LOAD_MS) {
      const askedAt = performance.now();
      let heldAt = askedAt;
      const keys = keysAsked(() => {
        heldAt = performance.now();
      });
      await appendShared(client, keys, [wire]);
      const now = performance.now();
      if (now > startsAt && now <= startsAt + LOAD_MS) waits.push(heldAt - askedAt);
    }
    await client.end();
  };
  await Promise.all(Array.from({ length: connections }, (_, number) => store(number)));
  return waits;
}

/** Nothing is sealed here; but the keys are asked for as soon as the head is held, and that is when. */
function keysAsked(onHeld: () => void): SealingKeys {
  return {
    get: () => {
      throw new TypeError('nothing here is sealed');
    },
    areCurrent: async (client) => {
      await client.query('SELECT 1');
      onHeld();
      return true;
    },
  };
}
