import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { inForceFile } from './in-force.ts';
import { type Made, makeCertificate, replacePair } from './testing/certificates.ts';
import { get, greet, spokenBy } from './testing/clients.ts';
import { type Served, serve } from './testing/served.ts';

const PATIENCE = { timeout: 50_000, interval: 20 };

vi.setConfig({ testTimeout: 60_000 });

let dir: string;
let first: Made;
let second: Made;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'reload-'));
  [first, second] = await Promise.all([
    makeCertificate(dir, 'first', { names: ['one.example'] }),
    makeCertificate(dir, 'second', { names: ['two.example'] }),
  ]);
});
afterAll(() => rm(dir, { recursive: true }));

/** A folder with the first pair, as an operator has it. */
async function folderWithPair(name: string): Promise<Made> {
  const folder = join(dir, name);
  await mkdir(folder);
  const place = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
  await replacePair(place, first);
  return place;
}

const files = ({ certFile, keyFile }: Made) => ({ cert: certFile, key: keyFile });
const nameInForce = ({ tls }: Served) => {
  const status = tls.status();
  return status.state === 'off' ? undefined : status.certificate?.names[0];
};
const becomes = (served: Served, name: string) => vi.waitFor(() => expect(nameInForce(served)).toBe(name), PATIENCE);
const types = ({ events }: Served) => events.map(({ type }) => type);

test('certificate files that are written anew are taken up; open connections go on with the old one', async () => {
  const place = await folderWithPair('in-place');
  await using served = await serve(files(place));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const kept = await get(`https://127.0.0.1:${served.port}/`, { agent });
  const open = connect({ host: '127.0.0.1', port: served.port, rejectUnauthorized: false });
  await once(open, 'secureConnect');
  const before = spokenBy(open).fingerprint;

  await replacePair(place, second);
  await becomes(served, 'two.example');

  const now = await greet(served.port);
  const replaced = { names: ['two.example'], previousFingerprint: before };
  await vi.waitFor(() => expect(served.events).toMatchObject([{ type: 'certificate.replaced', data: replaced }]), PATIENCE);
  expect(served.events).toMatchObject([{ data: { fingerprint: (now as { fingerprint: string }).fingerprint } }]);
  expect(now).not.toMatchObject({ fingerprint: before });
  expect((await get(`https://127.0.0.1:${served.port}/`, { agent })).socket).toBe(kept.socket);
  open.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(String((await once(open, 'data'))[0])).toContain('served');
  expect(await readFile(inForceFile(served.stateDir), 'utf8')).toBe(await readFile(second.certFile, 'utf8'));
  open.destroy();
  agent.destroy();
});

test('a link that is turned round, as certbot and Kubernetes do it, is noticed', async () => {
  const folder = join(dir, 'links');
  for (const [name, made] of [['v1', first] as const, ['v2', second] as const]) {
    await mkdir(join(folder, name), { recursive: true });
    await replacePair({ certFile: join(folder, name, 'cert.pem'), keyFile: join(folder, name, 'key.pem') }, made);
  }
  await symlink('v1', join(folder, '..data'));
  for (const name of ['cert.pem', 'key.pem']) await symlink(`..data/${name}`, join(folder, name));
  await using served = await serve({ cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') });
  expect(nameInForce(served)).toBe('one.example');
  await symlink('v2', join(folder, '..data_tmp'));
  await rename(join(folder, '..data_tmp'), join(folder, '..data'));
  await becomes(served, 'two.example');
});

test('a bad new pair is refused once, said and recorded; the old one stays until a good one comes', async () => {
  const place = await folderWithPair('bad');
  await using served = await serve(files(place), { watch: { settleMs: 30, pollMs: 60 } });
  await writeFile(place.certFile, await readFile(second.certFile));
  await vi.waitFor(() => expect(types(served)).toEqual(['certificate.refused']), PATIENCE);
  expect(served.events[0]?.data).toMatchObject({
    problem: { code: 'CERTIFICATE_INVALID', message: expect.stringContaining(place.keyFile) },
  });
  expect(served.logged.join()).toContain('the old one stays in force');
  expect(await greet(served.port)).toMatchObject({ protocol: 'TLSv1.3' });
  expect(nameInForce(served)).toBe('one.example');
  // Looking again and again says nothing again.
  const looks = vi.waitFor(() => expect(served.logged.filter((line) => line.includes('needs looking after'))).toHaveLength(1), PATIENCE);
  await looks;
  expect(types(served)).toEqual(['certificate.refused']);
  await rm(place.certFile);
  await vi.waitFor(() => expect(types(served)).toEqual(['certificate.refused', 'certificate.refused']), PATIENCE);
  expect(served.events[1]?.data).toMatchObject({ problem: { message: expect.stringContaining('no such file') } });
  await replacePair(place, second);
  await becomes(served, 'two.example');
  await vi.waitFor(() => expect(served.tls.status()).toMatchObject({ problems: [] }), PATIENCE);
});

test('files on a file system that tells nothing are looked at now and then', async () => {
  const place = await folderWithPair('polled');
  // No burst is ever over here, so that only the looking can notice.
  await using served = await serve(files(place), { watch: { settleMs: 2 ** 30, pollMs: 50 } });
  await replacePair(place, second);
  await becomes(served, 'two.example');
});

test('a reload reads the files at once', async () => {
  const place = await folderWithPair('asked');
  await using served = await serve(files(place), { watch: { settleMs: 2 ** 30, pollMs: 2 ** 30 } });
  await replacePair(place, second);
  await served.tls.reload();
  expect(nameInForce(served)).toBe('two.example');
});

test('a certificate that runs out is said in the status as the days go by', async () => {
  let nowMs = Date.now();
  await using served = await serve(files(await folderWithPair('old')), { now: () => nowMs });
  expect(served.tls.status()).toMatchObject({ certificate: { expires: 'in 89 days' }, problems: [] });
  nowMs += 80 * 86_400_000;
  expect(served.tls.status()).toMatchObject({ problems: [expect.stringMatching(/^the certificate expires in 9 days$/)] });
  nowMs += 12 * 86_400_000;
  expect(served.tls.status()).toMatchObject({ certificate: { expires: '2 days ago' }, problems: [expect.stringContaining('expired on')] });
});
