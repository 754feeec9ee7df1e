/** The short form of `npm run test:fuzz`. */
import { expect, it } from 'vitest';
import { fuzz } from './fuzz/run.ts';

const MOST_MB = 450;

it('D 3,000 fuzzed requests over HTTP, WebSocket and tRPC: no 5xx, nothing for who has no credentials, memory bounded, the log verifies', async () => {
  const { tally, rssAtMostMb, alive, verified, output } = await fuzz({ requests: 3000, seed: 7 });
  expect(tally.violations, output.slice(-2000)).toEqual([]);
  expect(tally.requests).toBeGreaterThanOrEqual(3000);
  expect(Object.keys(tally.sent).toSorted()).toEqual(['bytes', 'http', 'trpc', 'websocket']);
  expect(tally.statuses['200']).toBeGreaterThan(100);
  expect({ alive, verified }).toEqual({ alive: true, verified: true });
  expect(rssAtMostMb).toBeLessThan(MOST_MB);
});
