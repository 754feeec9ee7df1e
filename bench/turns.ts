/** Turns of a conversation through `/v1/chat/completions`, timed from the request to the whole answer. */
import type { GatewayProcess } from '../e2e/gateway-process.ts';
import { openClient, type RawClient } from './raw-client.ts';

/** After this many turns a loader begins a new session, so that a growing transcript does not blur what a turn costs. */
const TURNS_PER_SESSION = 25;

/** Takes turns one after the other; the milliseconds each took. */
export async function sequential(
  gateway: GatewayProcess,
  name: string,
  turns: number,
  turnsPerSession = TURNS_PER_SESSION,
): Promise<number[]> {
  const client = await openClient(gateway.url(), await gateway.token());
  const tookMs: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const startedAt = performance.now();
    await takeTurn(client, `${name}-${Math.floor(turn / turnsPerSession)}`, turn);
    tookMs.push(performance.now() - startedAt);
  }
  client.close();
  return tookMs;
}

/** Takes turns in `sessions` conversations at a time for `durationMs`. */
export async function parallel(gateway: GatewayProcess, name: string, sessions: number, durationMs: number) {
  const token = await gateway.token();
  const clients = await Promise.all(Array.from({ length: sessions }, () => openClient(gateway.url(), token)));
  const tookMs: number[] = [];
  const startedAt = performance.now();
  await Promise.all(
    clients.map(async (client, index) => {
      for (let turn = 0; performance.now() - startedAt < durationMs; turn++) {
        const turnStartedAt = performance.now();
        await takeTurn(client, `${name}-${index}-${Math.floor(turn / TURNS_PER_SESSION)}`, turn);
        tookMs.push(performance.now() - turnStartedAt);
      }
      client.close();
    }),
  );
  return { tookMs, turnsPerSecond: tookMs.length / ((performance.now() - startedAt) / 1000) };
}

async function takeTurn(client: RawClient, session: string, turn: number): Promise<void> {
  const body = JSON.stringify({
    model: 'openclaw/default',
    user: session,
    messages: [{ role: 'user', content: `What is the state of order ${turn}?` }],
  });
  await client.post('/v1/chat/completions', body);
}
