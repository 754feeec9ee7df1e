/** How soon what one instance acknowledged is with those who follow the log at another. */
import type { PostgresServer } from '../../packages/db/src/testing/postgres.ts';
import type { Result } from '../report.ts';
import { quantile } from '../statistics.ts';
import { startInstance } from './instance.ts';

const EVENTS = 1_000;
const EVERY_MS = 5;
/** Until both are warm. */
const FIRST = 100;

export async function measureTail(server: PostgresServer): Promise<Result[]> {
  const url = await server.database('tail');
  await using writer = await startInstance(url);
  await using reader = await startInstance(url);
  const following = reader.ask('follow', { after: await writer.ask('head', undefined), events: EVENTS });
  const acknowledged = await writer.ask('pace', { events: EVENTS, everyMs: EVERY_MS });
  const seen = new Map((await following).map(({ position, at }) => [position, at]));
  const waits = acknowledged.slice(FIRST).map(({ position, at }) => Math.max(0, (seen.get(position) ?? Number.POSITIVE_INFINITY) - at));
  return [
    { name: "acknowledged by one to another's subscriber, p50", value: quantile(waits, 0.5), unit: 'ms', limit: { atMost: 5 } },
    { name: "acknowledged by one to another's subscriber, p99", value: quantile(waits, 0.99), unit: 'ms', limit: { atMost: 50 } },
  ];
}
