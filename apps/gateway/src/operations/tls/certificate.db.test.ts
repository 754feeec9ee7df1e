import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toGatewayError } from '@openclaw-gateway/events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Finding, readConfig } from '../../config/index.ts';
import { expiresIn, problemOfTime, readCredentials } from './certificate.ts';
import { type Made, makeCertificate, openssl } from './testing/certificates.ts';

let dir: string;
let good: Made;
let other: Made;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'certificates-'));
  [good, other] = await Promise.all([
    makeCertificate(dir, 'good', { names: ['gw.example.com', '127.0.0.1'] }),
    makeCertificate(dir, 'other'),
  ]);
});
afterAll(() => rm(dir, { recursive: true }));

const read = (https: object) => {
  const { config } = readConfig(JSON.stringify({ gateway: { network: { https: { enabled: true, ...https } } } }), { env: {} });
  const { certificate } = config.gateway.network.https;
  if (!certificate) throw new Error('no certificate is named');
  return readCredentials(certificate, dir);
};
const findings = async (https: object): Promise<readonly Finding[]> => {
  const error = await read(https).then(() => undefined, toGatewayError);
  expect(error?.code).toBe('CERTIFICATE_INVALID');
  return error?.details?.['findings'] as Finding[];
};

test('gateway.network.https.cert and gateway.network.https.key name the files, relative ones in the folder of the configuration', async () => {
  const { facts, warnings } = await read({ cert: 'good.crt', key: 'good.key' });
  expect(facts).toMatchObject({ names: ['gw.example.com', '127.0.0.1'], issuer: 'gw.example.com' });
  expect(facts.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  expect(warnings).toEqual([]);
  expect((await read({ cert: good.certFile, key: good.keyFile })).facts).toEqual(facts);
});

test('gateway.network.https.cert.certFile and gateway.network.https.cert.keyFile are the same in one object', async () => {
  const { facts } = await read({ cert: { certFile: 'good.crt', keyFile: 'good.key' } });
  expect(facts.names[0]).toBe('gw.example.com');
});

test('a certificate and its key may lie in one file', async () => {
  await writeFile(join(dir, 'both.pem'), `${await readFile(good.keyFile, 'utf8')}${await readFile(good.certFile, 'utf8')}`, {
    mode: 0o600,
  });
  expect((await read({ cert: 'both.pem', key: 'both.pem' })).facts.names[0]).toBe('gw.example.com');
});

test('a key of another certificate is refused with both files and what to do', async () => {
  const [finding] = await findings({ cert: { certFile: 'good.crt', keyFile: 'other.key' } });
  expect(finding).toMatchObject({ path: 'gateway.network.https.cert.keyFile', value: JSON.stringify(other.keyFile) });
  expect(finding?.expected).toContain(`the private key of the certificate in ${good.certFile} (for gw.example.com`);
  expect(finding?.hint).toContain('belongs to another certificate');
});

test('a chain in the wrong order is recognised', async () => {
  await writeFile(join(dir, 'chain.pem'), `${await readFile(other.certFile, 'utf8')}${await readFile(good.certFile, 'utf8')}`);
  const [finding] = await findings({ cert: 'chain.pem', key: 'good.key' });
  expect(finding).toMatchObject({ path: 'gateway.network.https.cert', expected: expect.stringContaining('certificate first') });
});

test('an encrypted key is refused with the command that decrypts it', async () => {
  await openssl(['pkey', '-in', good.keyFile, '-aes256', '-passout', 'pass:secret', '-out', join(dir, 'encrypted.key')]);
  const [finding] = await findings({ cert: 'good.crt', key: 'encrypted.key' });
  expect(finding).toMatchObject({ path: 'gateway.network.https.key', expected: 'a private key that is not encrypted' });
  expect(finding?.hint).toContain(`openssl pkey -in ${join(dir, 'encrypted.key')}`);
});

test('every file that is missing, empty, a folder or something else is named at once', async () => {
  await writeFile(join(dir, 'empty.crt'), '');
  const missing = await findings({ cert: { certFile: 'none.crt', keyFile: '.', caFile: 'empty.crt' } });
  expect(missing.map(({ path, expected }) => [path, expected])).toEqual([
    ['gateway.network.https.cert.certFile', expect.stringContaining('no such file')],
    ['gateway.network.https.cert.keyFile', expect.stringContaining('this is a folder')],
    ['gateway.network.https.cert.caFile', expect.stringContaining('the file is empty')],
  ]);
  const swapped = await findings({ cert: 'good.key', key: 'good.crt' });
  expect(swapped.map(({ hint }) => hint)).toEqual(['Are the two files the other way round?', 'Are the two files the other way round?']);
  await openssl(['x509', '-in', good.certFile, '-outform', 'der', '-out', join(dir, 'good.der')]);
  expect((await findings({ cert: 'good.der', key: 'good.key' }))[0]?.hint).toContain('openssl x509 -inform der');
});

test('a damaged certificate, and a key that is too weak, are refused', async () => {
  const text = await readFile(good.certFile, 'utf8');
  await writeFile(join(dir, 'damaged.crt'), text.replace(/\n[^-\n]{20}/, '\nAAAAAAAAAAAAAAAAAAAA'));
  expect((await findings({ cert: 'damaged.crt', key: 'good.key' }))[0]?.expected).toContain('damaged');
  await makeCertificate(dir, 'weak', { key: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024'] });
  expect((await findings({ cert: 'weak.crt', key: 'weak.key' }))[0]?.hint).toContain('at least 2048 bits');
});

test('a key that everyone can read is taken with a warning', async () => {
  const made = await makeCertificate(dir, 'open');
  await chmod(made.keyFile, 0o644);
  expect((await read({ cert: 'open.crt', key: 'open.key' })).warnings).toEqual([expect.stringContaining(`chmod 600 ${made.keyFile}`)]);
});

test('a certificate whose time is over, not come or soon over is taken, and it is said', async () => {
  const day = 86_400_000;
  const now = Date.now();
  const times: readonly (readonly [number, number, RegExp])[] = [
    [now - 20 * day, now - 10 * day, /^the certificate expired on \d{4}-\d\d-\d\d, so clients refuse it$/],
    [now + 10 * day, now + 20 * day, /^the certificate is good only from .* clock/],
    [now - 80 * day, now + 10.5 * day, /^the certificate expires in 10 days$/],
  ];
  for (const [index, [notBefore, expiresAt, expected]] of times.entries()) {
    await makeCertificate(dir, `time-${index}`, { notBefore, expiresAt });
    const { facts } = await read({ cert: `time-${index}.crt`, key: `time-${index}.key` });
    expect(problemOfTime(facts, now)).toMatch(expected);
  }
  expect(problemOfTime((await read({ cert: 'good.crt', key: 'good.key' })).facts, now)).toBeUndefined();
  expect([61.2 * day, 3_700_000, -3 * day].map((left) => expiresIn(now + left, now))).toEqual(['in 61 days', 'in 1 hour', '3 days ago']);
});
