/** A run: requests of all kinds, at the built gateway, and what must hold afterwards. */
import { readFile } from 'node:fs/promises';
import { type GatewayProcess, startGateway } from '../gateway-process.ts';
import { seeded } from '../random.ts';
import { fuzzHttp, fuzzTrpc, newAgent, type Target } from './http.ts';
import { fuzzBytes, fuzzWebSocket } from './sockets.ts';
import { httpRoutes } from './surface.ts';
import { Tally, type Who } from './tally.ts';

export type FuzzReport = {
  readonly tally: Tally;
  readonly rssAtFirstMb: number;
  readonly rssAtMostMb: number;
  readonly alive: boolean;
  readonly verified: boolean;
  readonly output: string;
};

const AT_A_TIME = 16;
const FRAMES = 40;
const LOOSE = 1_000_000;

/** Limits of floods are on but far away: what is looked for is behind them. */
const CONFIG = {
  gateway: {
    network: { trustedProxies: ['127.0.0.1'] },
    security: {
      ddos: {
        enabled: true,
        connections: { maxPerIp: LOOSE, maxTotal: LOOSE },
        rateLimit: { window: '1m', maxPerIp: LOOSE },
        anomalyDetection: { threshold: 1 },
      },
    },
  },
  hooks: { enabled: true, entries: { ci: { secret: 'fuzz-hook-secret-0123456789' } } },
};

export async function fuzz({ requests, seed }: { readonly requests: number; readonly seed: number }): Promise<FuzzReport> {
  await using gateway = await startGateway({ config: CONFIG });
  const tally = new Tally();
  const agent = newAgent();
  const target: Target = { url: gateway.url(), token: await gateway.token(), tally, agent };
  const routes = await httpRoutes();
  const rssAtFirstMb = await rssMb(gateway);
  let rssAtMostMb = rssAtFirstMb;
  let looked = 0;
  const worker = async (number: number) => {
    const random = seeded(seed * 1000 + number);
    while (tally.requests < requests) {
      const who: Who = random.pick(['nobody', 'wrong', 'right']);
      const kind = random.below(100);
      if (kind < 55) await fuzzHttp(target, random, routes, who);
      else if (kind < 85) await fuzzTrpc(target, random, who);
      else if (kind < 97) await fuzzBytes(target, random);
      else await fuzzWebSocket(target, random, who, random.below(FRAMES) + 1);
      if (Math.floor(tally.requests / 500) > looked) {
        looked = Math.floor(tally.requests / 500);
        rssAtMostMb = Math.max(rssAtMostMb, await rssMb(gateway));
      }
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, (_, number) => worker(number)));
  agent.destroy();
  const alive = await gateway.request('/healthz').then(
    ({ ok }) => ok,
    () => false,
  );
  const verified = await gateway.command(['audit', 'verify']).then(({ code }) => code === 0);
  return { tally, rssAtFirstMb, rssAtMostMb, alive, verified, output: gateway.output() };
}

async function rssMb(gateway: GatewayProcess): Promise<number> {
  const status = await readFile(`/proc/${gateway.pid()}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}
