/**
 * Somebody else, who only wants to be served: `node victim.ts <own address> <host> <port>`, the token on stdin. Asks steadily, each
 * fourth time on a new connection, and says of each answer when it was asked for, how long it took and whether it was good.
 */
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';

const EVERY_MS = 120;
const NEW_CONNECTION_EACH = 4;
const PATIENCE_MS = 10_000;

const [localAddress = '', host = '', port = ''] = process.argv.slice(2);
const token = (await text(process.stdin)).trim();
const kept = new Agent({ keepAlive: true, maxSockets: 2 });
let asked = 0;
setInterval(ask, EVERY_MS);

function ask(): void {
  asked += 1;
  const at = Date.now();
  const startedAt = performance.now();
  const say = (good: boolean) => process.stdout.write(`${JSON.stringify({ at, ms: performance.now() - startedAt, good })}\n`);
  const agent = asked % NEW_CONNECTION_EACH === 0 ? false : kept;
  const sent = request({
    host,
    port: Number(port),
    localAddress,
    path: '/api/me',
    agent,
    timeout: PATIENCE_MS,
    headers: { authorization: `Bearer ${token}` },
  });
  sent.once('response', (response) => {
    response.resume();
    response.once('close', () => say(response.statusCode === 200));
  });
  sent.once('timeout', () => sent.destroy());
  sent.once('error', () => say(false));
  sent.end();
}
