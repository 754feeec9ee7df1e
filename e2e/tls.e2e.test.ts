import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { makeCertificate, replacePair } from '../apps/gateway/src/operations/tls/testing/certificates.ts';
import { get, greet } from '../apps/gateway/src/operations/tls/testing/clients.ts';
import { startPebble } from '../apps/gateway/src/operations/tls/testing/pebble.ts';
import { type GatewayProcess, prepareGateway, startGateway, until } from './gateway-process.ts';

const DAY = 86_400_000;
type Listed = { rows: { type: string }[] };

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tls-e2e-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const port = (gateway: GatewayProcess) => Number(new URL(gateway.url()).port);
const eventTypes = async (gateway: GatewayProcess) => {
  const { stdout } = await gateway.command(['events', 'list', '--type', 'certificate.*', '--json']);
  return (JSON.parse(stdout) as Listed).rows.map(({ type }) => type);
};

describe('a gateway with a self-signed certificate', () => {
  it('B2 B9 B13 B15 serves the command line as it does without TLS: its own certificate is trusted, and nothing else', async () => {
    const own = await makeCertificate(dir, 'own', { names: ['gw.example.com'] });
    const https = { enabled: true, cert: 'own.crt', key: 'own.key' };
    const stateDir = await mkdtemp(join(dir, 'state-'));
    await replacePair({ certFile: join(stateDir, 'own.crt'), keyFile: join(stateDir, 'own.key') }, own);
    await using gateway = await startGateway({ stateDir, config: { gateway: { network: { https } } } });
    expect(gateway.url()).toMatch(/^https:/);
    expect(await gateway.command(['gateway', 'status'])).toMatchObject({ code: 0, stdout: expect.stringContaining('Connection: ok') });
    expect(await gateway.command(['health'])).toMatchObject({ code: 0, stdout: expect.stringContaining('healthy') });
    const status = await gateway.command(['status']);
    expect(status.stdout).toMatch(/Certificate {2,}gw\.example\.com from gw\.example\.com, expires in 89 days/);
    const sent = await gateway.command(['message', 'send', '--to', 'ana', '--message', 'over TLS']);
    expect(sent).toMatchObject({ code: 0, stdout: expect.stringContaining('over TLS') });

    const { stdout } = await gateway.command(['dashboard', '--no-open', '--json']);
    const link = new URL((JSON.parse(stdout) as { url: string }).url);
    expect(link.protocol).toBe('https:');
    expect((await get(link.origin)).status).toBe(200);

    // Whoever else answers there is not told the token.
    const stranger = await makeCertificate(dir, 'stranger');
    const asked: unknown[] = [];
    const { createServer } = await import('node:https');
    const impostor = createServer(
      { cert: await readFile(stranger.certFile), key: await readFile(stranger.keyFile) },
      (request, response) => {
        asked.push(request.headers);
        response.end('{}');
      },
    );
    await once(impostor.listen(0, '127.0.0.1'), 'listening');
    const { port: impostorPort } = impostor.address() as { port: number };
    const pidFile = join(stateDir, 'gateway.pid');
    const written = await readFile(pidFile, 'utf8');
    await writeFile(pidFile, written.replace(`:${port(gateway)}`, `:${impostorPort}`));
    const refused = await gateway.command(['status', '--json']);
    expect(JSON.parse(refused.stdout)).toMatchObject({ ok: false, error: { code: 'CERTIFICATE_UNTRUSTED' } });
    expect(asked).toEqual([]);
    impostor.close();
    impostor.closeAllConnections();
  });

  it('gateway.network.https.cert.certFile and gateway.network.https.cert.keyFile are taken up anew while a WebSocket stays open, by themselves and on SIGHUP; a bad pair is refused', async () => {
    const [first, second] = await Promise.all([makeCertificate(dir, 'first'), makeCertificate(dir, 'second')]);
    const place = { certFile: join(dir, 'place.crt'), keyFile: join(dir, 'place.key') };
    await replacePair(place, first);
    await using gateway = await startGateway({
      config: { gateway: { network: { https: { enabled: true, cert: { certFile: place.certFile, keyFile: place.keyFile } } } } },
    });
    const before = await greet(port(gateway));
    const ws = new WebSocket(gateway.url().replace('https', 'wss'), { rejectUnauthorized: false });
    await once(ws, 'open');
    const changed = async (known: unknown) =>
      until('another certificate is in force', async () => {
        const now = await greet(port(gateway));
        return JSON.stringify(now) === JSON.stringify(known) ? undefined : now;
      });
    await replacePair(place, second);
    const after = await changed(before);
    await writeFile(place.certFile, await readFile(first.certFile));
    await until('the bad pair is refused', async () => ((await eventTypes(gateway)).includes('certificate.refused') ? true : undefined));
    expect(await greet(port(gateway))).toEqual(after);
    expect((await gateway.command(['status'])).stdout).toContain('Attention: the changed certificate cannot be used');
    await replacePair(place, first);
    process.kill(gateway.pid(), 'SIGHUP');
    expect(await changed(after)).toEqual(before);
    expect(ws.readyState).toBe(WebSocket.OPEN);
    ws.terminate();
    expect((await eventTypes(gateway)).filter((type) => type === 'certificate.replaced')).toHaveLength(2);
  });

  it('does not start with a key of another certificate: exit code 78, both files and what to do', async () => {
    const [one, two] = await Promise.all([makeCertificate(dir, 'one'), makeCertificate(dir, 'two')]);
    const https = { enabled: true, cert: one.certFile, key: two.keyFile };
    await using gateway = await prepareGateway({ config: { gateway: { network: { https } } } });
    const { code, stderr } = await gateway.command(['gateway', 'run', '--port', '0']);
    expect(code).toBe(78);
    expect(stderr).toContain('gateway.network.https.key');
    expect(stderr).toContain(two.keyFile);
    expect(stderr).toContain('Name the two that were made together.');
  });
});

describe("a gateway with a certificate from Let's Encrypt", () => {
  it('gateway.network.https.letsEncrypt.enabled renews a certificate that nears its end, and tells it everywhere', async () => {
    await using pebble = await startPebble(dir);
    const stateDir = await mkdtemp(join(dir, 'state-'));
    const domain = 'openclaw.example.com';
    const authority = new URL(pebble.directoryUrl).host.replace(':', '-');
    const old = await makeCertificate(dir, 'old', { names: [domain], notBefore: Date.now() - 85 * DAY, expiresAt: Date.now() + 5 * DAY });
    await mkdir(join(stateDir, 'tls', authority), { recursive: true });
    const both = `${await readFile(old.certFile, 'utf8')}${await readFile(old.keyFile, 'utf8')}`;
    await writeFile(join(stateDir, 'tls', authority, `${domain}.pem`), both);
    const letsEncrypt = { enabled: true, domain, email: 'admin@example.com', directoryUrl: pebble.directoryUrl, httpPort: pebble.httpPort };
    await using gateway = await startGateway({
      stateDir,
      config: { gateway: { network: { https: { enabled: true, letsEncrypt } } } },
      env: { NODE_EXTRA_CA_CERTS: pebble.caFile },
    });
    await until('the certificate is renewed', async () => {
      const types = await eventTypes(gateway);
      return types.includes('certificate.replaced') ? types : undefined;
    });
    const ca = await pebble.root();
    const agent = new Agent({ ca, servername: domain });
    expect((await get(`${gateway.url()}/healthz`, { agent, rejectUnauthorized: true })).status).toBe(200);
    expect((await gateway.command(['status'])).stdout).toMatch(
      /Certificate {2,}openclaw\.example\.com from Pebble.*, expires in \d+ days, renewed/,
    );
    const health = await gateway.command(['health', '--json']);
    expect(JSON.parse(health.stdout)).toMatchObject({ components: { certificate: { status: 'healthy', state: 'active' } } });
    expect((await eventTypes(gateway)).toSorted()).toEqual(['certificate.renewed', 'certificate.replaced', 'certificate.requested']);
    agent.destroy();
  });

  it('starts without one when the authority is down, works all the same, and says what it waits for', async () => {
    const { certFile } = await makeCertificate(dir, 'nobody');
    const letsEncrypt = { enabled: true, domain: 'openclaw.example.com', directoryUrl: 'https://127.0.0.1:1/dir', httpPort: 0 };
    await using gateway = await prepareGateway({
      config: { gateway: { network: { port: 0, https: { enabled: true, letsEncrypt } } } },
      env: { NODE_EXTRA_CA_CERTS: certFile },
    });
    try {
      const started = await gateway.command(['gateway', 'start', '--port', '0']);
      expect(started).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('The gateway has no certificate for openclaw.example.com yet.'),
      });
      const waits = await gateway.command(['health', '--json']);
      expect(JSON.parse(waits.stdout)).toMatchObject({ ok: false, error: { code: 'CERTIFICATE_PENDING' } });
    } finally {
      expect((await gateway.command(['gateway', 'stop'])).code).toBe(0);
    }
  });
});
