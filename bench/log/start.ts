/** How long a start takes with a long past: the log alone, and the built gateway until it is ready. */
import { openStore } from '@openclaw-gateway/db';
import { prepareGateway } from '../../e2e/gateway-process.ts';
import type { Result } from '../report.ts';
import { median } from '../statistics.ts';
import type { History } from './history.ts';

const STARTS = 3;

export async function measureStart(history: History): Promise<Result[]> {
  const storeMs: number[] = [];
  const gatewayMs: number[] = [];
  for (let run = 0; run < STARTS; run++) {
    const startedAt = performance.now();
    const store = await openStore({ dir: history.dir, diskLowBytes: 0 });
    await store.views.events({}, { limit: 50 });
    storeMs.push(performance.now() - startedAt);
    await store.close();
  }
  await using gateway = await prepareGateway({ stateDir: history.stateDir, config: { gateway: { logging: { level: 'error' } } } });
  for (let run = 0; run < STARTS; run++) {
    await gateway.start();
    gatewayMs.push(gateway.startedInMs());
    await gateway.stop();
  }
  const past = history.events.toLocaleString('en');
  return [
    {
      name: `open the log with ${past} events until the first page (median of ${STARTS})`,
      value: median(storeMs),
      unit: 'ms',
      limit: { atMost: 2_000 },
      scales: true,
    },
    {
      name: `start the gateway with ${past} events until /readyz (median of ${STARTS})`,
      value: median(gatewayMs),
      unit: 'ms',
      limit: { atMost: 2_000 },
      scales: true,
    },
  ];
}
