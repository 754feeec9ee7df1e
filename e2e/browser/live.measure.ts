/** `npm run bench:live`: how long after its commit an event stands on the screen. A figure of this machine when it does nothing else. */
import { fileURLToPath } from 'node:url';
import { expect, test } from './gateway.ts';
import { DOORS, type Event, eventsAfter, openDoors, openEvents } from './live.ts';

const ROUNDS = 6;
const LIVE_P95_MS = 300;

test(`A10 B15 messages stand on the screen at most ${LIVE_P95_MS} ms after they were taken (p95), whatever the door`, async ({
  page,
  gateway,
  signIn,
}) => {
  await page.addInitScript({ path: fileURLToPath(new URL('row-watch.js', import.meta.url)) });
  await signIn();
  await openEvents(page, gateway);
  await using doors = await openDoors(gateway, page.context());
  const { head: before } = await gateway.json<{ head: number }>('/api/events?limit=1');
  for (let round = 0; round < ROUNDS; round++) {
    for (const door of DOORS) await doors.say[door](`measured ${round} by ${door}`);
  }
  const events = await eventsAfter(gateway, before);
  const received = events.filter(({ type }) => type === 'message.received');
  expect(received).toHaveLength(ROUNDS * DOORS.length);

  const shownAt = await expect
    .poll(() => page.evaluate<Record<string, number>>('window.rowsShownAt'), 'every event gets its row')
    .toEqual(expect.objectContaining(Object.fromEntries(events.map(({ position }) => [position, expect.any(Number)]))))
    .then(() => page.evaluate<Record<string, number>>('window.rowsShownAt'));
  const delays = (some: readonly Event[]) => some.map(({ position, time }) => (shownAt[position] ?? Number.POSITIVE_INFINITY) - time);
  const ofMessages = quantiles(delays(received));
  const ofAll = quantiles(delays(events));
  console.log(`committed → visible: ${received.length} messages ${inWords(ofMessages)}; ${events.length} events ${inWords(ofAll)}`);
  expect(ofMessages.p95).toBeLessThanOrEqual(LIVE_P95_MS);
});

type Quantiles = { readonly p50: number; readonly p95: number; readonly max: number };

function quantiles(values: readonly number[]): Quantiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95), max: at(1) };
}

const inWords = ({ p50, p95, max }: Quantiles) => `p50 ${p50} ms, p95 ${p95} ms, max ${max} ms`;
