/** How many events a second one instance and four together store, next to plain inserts into the same server. */
import type { PostgresServer } from '../../packages/db/src/testing/postgres.ts';
import type { Result } from '../report.ts';
import { median } from '../statistics.ts';
import { type Instance, settle, startInstance } from './instance.ts';
import { openPlainInserts } from './plain.ts';

const ROUNDS = 5;
const ROUND_MS = 2_000;
const BATCH = 100;
/** Enough that a full batch waits while another is stored. */
const AT_ONCE = 32;
const TOGETHER = 4;

export async function measureAppend(server: PostgresServer): Promise<Result[]> {
  const [one, many] = [await server.database('one'), await server.database('many')];
  await using stack = new AsyncDisposableStack();
  const alone = stack.use(await startInstance(one));
  const together: Instance[] = [];
  for (let count = 0; count < TOGETHER; count++) together.push(stack.use(await startInstance(many)));
  const plain = stack.use(await openPlainInserts(one, BATCH));

  const rounds: { readonly plain: number; readonly alone: number; readonly batch: number; readonly first: number; readonly all: number }[] =
    [];
  // In turns, so that what else the machine does falls on all of them; the first warms up.
  for (let round = 0; round <= ROUNDS; round++) {
    const { rows } = await plain.run(ROUND_MS);
    const single = await load([alone]);
    const first = await load(together.slice(0, 1), together);
    const all = await load(together);
    rounds.push({ plain: perSecond(rows), alone: single.rate, batch: single.batch, first: first.rate, all: all.rate });
  }
  const middle = (figure: keyof (typeof rounds)[number]) => median(rounds.slice(1).map((round) => round[figure]));
  /** The median of the ratios of figures that were measured one after the other. */
  const ratio = (of: 'alone' | 'all', to: 'plain' | 'alone' | 'first') => median(rounds.slice(1).map((round) => round[of] / round[to]));
  return [
    { name: `plain inserts, ${BATCH} a transaction`, value: middle('plain'), unit: '/s' },
    { name: `append, one instance, ${BATCH} events at a time, ${AT_ONCE} at once`, value: middle('alone'), unit: '/s' },
    { name: 'events a transaction, one instance', value: middle('batch'), unit: '' },
    { name: 'one instance, to plain inserts', value: ratio('alone', 'plain'), unit: '', limit: { atLeast: 0.8 } },
    { name: `append, one of ${TOGETHER} instances that share the log`, value: middle('first'), unit: '/s' },
    { name: `append, all ${TOGETHER} at once`, value: middle('all'), unit: '/s' },
    { name: `all ${TOGETHER}, to one of them`, value: ratio('all', 'first'), unit: '', limit: { atLeast: 0.7 } },
    { name: `all ${TOGETHER}, to one that is alone`, value: ratio('all', 'alone'), unit: '' },
  ];
}

async function load(writers: readonly Instance[], sharers = writers): Promise<{ readonly rate: number; readonly batch: number }> {
  const loads = await Promise.all(
    writers.map((instance) => instance.ask('load', { atOnce: AT_ONCE, events: BATCH, durationMs: ROUND_MS })),
  );
  await settle(sharers);
  const sum = (figure: 'events' | 'commits') => loads.reduce((total, each) => total + each[figure], 0);
  return { rate: perSecond(sum('events')), batch: sum('events') / sum('commits') };
}

function perSecond(events: number): number {
  return (events * 1000) / ROUND_MS;
}
