/** Floods and guessing at the built product. Others come through a proxy that is trusted, each with an address of his own. */
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type GatewayProcess, startGateway, until } from './gateway-process.ts';

const ATTACKER = '203.0.113.66';
const VICTIM = '203.0.113.7';

const config = (ddos: object = {}) => ({
  gateway: {
    network: { trustedProxies: ['127.0.0.1'], connections: { maxHttpConnections: 30, requestTimeout: '3s' } },
    security: { ddos: { enabled: true, ...ddos } },
  },
});

const get = async (gateway: GatewayProcess, address: string, path = '/api/me') =>
  (await gateway.request(path, { headers: { 'x-forwarded-for': address } })).status;

/** One request on one connection, as a proxy passes it on that keeps none. */
function ask(gateway: GatewayProcess, address: string, body?: string): Promise<number> {
  const { hostname, port } = new URL(gateway.url());
  return new Promise((resolve) => {
    const asked = request({
      hostname,
      port,
      agent: false,
      method: body === undefined ? 'GET' : 'POST',
      path: body === undefined ? '/api/me' : '/api/sign-in/token',
      headers: { 'x-forwarded-for': address, 'content-type': 'application/json' },
    });
    asked.once('response', (response) => resolve(response.resume().statusCode ?? 0)).once('error', () => resolve(0));
    asked.end(body);
  });
}

function slowBody(gateway: GatewayProcess, address: string): Socket {
  const { hostname, port } = new URL(gateway.url());
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined).resume();
  socket.write(
    `POST /api/sign-in HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: ${address}\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{`,
  );
  return socket;
}

describe('another address is served', () => {
  it('D while one holds as many slow requests as it gets, and those end by themselves', async () => {
    const loose = { rateLimit: { maxPerIp: 100_000 }, anomalyDetection: { enabled: false } };
    await using gateway = await startGateway({ config: config(loose) });
    const attack = Array.from({ length: 29 }, () => slowBody(gateway, ATTACKER));
    await until('the attacker to be refused', async () => (await ask(gateway, ATTACKER)) === 429);
    for (let asked = 0; asked < 20; asked++) expect(await get(gateway, VICTIM)).toBe(200);
    await until('the slow requests to end', () => attack.every(({ closed, destroyed }) => closed || destroyed));
    await until('the attacker to be served again', async () => (await ask(gateway, ATTACKER)) === 401);
  });

  it('D while one guesses: the guesser gets less and less, and is banned when it goes on', async () => {
    await using gateway = await startGateway({ config: config({ rateLimit: { maxPerIp: 100 } }) });
    const seen = new Set<number>();
    await until('the guesser to be banned', async () =>
      seen.add(await ask(gateway, ATTACKER, JSON.stringify({ token: 'guess' }))).has(403),
    );
    expect([...seen]).toEqual([401, 429, 403]);
    for (let asked = 0; asked < 20; asked++) expect(await get(gateway, VICTIM)).toBe(200);
    expect((await gateway.json<{ actor: object }>('/api/me')).actor).toBeDefined();
  });
});

describe('bans', () => {
  it('B D `openclaw gateway bans` adds, lists and removes, and a ban outlives a restart', async () => {
    await using gateway = await startGateway({ config: config() });
    expect(await gateway.command(['gateway', 'bans', 'list'])).toMatchObject({ code: 0, stdout: 'No address is banned.\n' });
    const added = await gateway.command(['gateway', 'bans', 'add', ATTACKER, '--for', '1h', '--reason', 'tries passwords']);
    expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining(`${ATTACKER} is turned away until `) });
    expect((await gateway.command(['gateway', 'bans', 'add', '2001:db8:1:2::7'])).stdout).toContain(
      '2001:db8:1:2::/64 is turned away until it is removed',
    );
    expect([await get(gateway, ATTACKER), await get(gateway, '2001:db8:1:2:3::'), await get(gateway, VICTIM)]).toEqual([403, 403, 200]);
    await gateway.stop();
    await gateway.start();
    expect(await get(gateway, ATTACKER)).toBe(403);
    const listed = await gateway.command(['gateway', 'bans', 'list']);
    expect(listed.stdout).toMatch(/203\.0\.113\.66 +by an operator .* tries passwords/);
    expect(await (await gateway.request('/metrics')).text()).toMatch(/^openclaw_bans_active 2$/m);
    expect((await gateway.command(['gateway', 'bans', 'remove', ATTACKER])).code).toBe(0);
    expect(await get(gateway, ATTACKER)).toBe(200);
    const again = await gateway.command(['gateway', 'bans', 'remove', ATTACKER]);
    expect([again.code === 0, again.stderr]).toEqual([false, expect.stringContaining('203.0.113.66 is not banned')]);
    expect((await gateway.command(['gateway', 'bans', 'add', '127.0.0.1'])).stderr).toContain('never banned');
  });
});
