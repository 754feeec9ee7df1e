import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GatewayError } from '@openclaw-gateway/events';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { askForNextStart, openBoot, readBootRecord } from './boot-record.ts';

let dir: string;
const path = () => join(dir, 'boot.json');
const rules = { fingerprint: 'same', crashes: 3, withinMs: 300_000 };
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw-boot-'));
});
afterEach(() => rm(dir, { recursive: true }));

it('three starts that end without a word lead to safe mode, a clean end or a healthy minute does not count', async () => {
  await openBoot(path()).begin(rules);
  const clean = openBoot(path());
  await clean.begin(rules);
  clean.endedWell();
  await openBoot(path()).begin(rules);
  expect(await openBoot(path()).begin(rules)).toBeUndefined();
  expect(await openBoot(path()).begin(rules)).toMatchObject({ crashes: 3 });
  await askForNextStart(path(), 'normal');
  const healthy = openBoot(path());
  expect(await healthy.begin(rules)).toBeUndefined();
  await healthy.isHealthy();
  expect((await readBootRecord(path())).attempts).toEqual([]);
  expect((await stat(path())).mode & 0o777).toBe(0o600);
});

it('a start that must not be repeated is written down and does not count as a crash', async () => {
  const boot = openBoot(path());
  await boot.begin(rules);
  boot.failed(new GatewayError('PORT_TAKEN', { message: 'Port 1 is taken.', details: { remedy: 'Take another.' } }));
  expect(await readBootRecord(path())).toMatchObject({ attempts: [], refused: { code: 'PORT_TAKEN', remedy: 'Take another.' } });
});

it('a request for the next start outlasts the end of the process that runs', async () => {
  const boot = openBoot(path());
  await boot.begin(rules);
  await askForNextStart(path(), 'safe');
  boot.endedWell();
  expect(await openBoot(path()).begin(rules)).toMatchObject({ asked: true });
});

it('a file that is broken or cannot be written keeps nobody from starting', async () => {
  await writeFile(path(), '{"attempts": 3');
  expect(await openBoot(path()).begin(rules)).toBeUndefined();
  expect(JSON.parse(await readFile(path(), 'utf8'))).toMatchObject({ attempts: [{ pid: process.pid }] });
  const nowhere = openBoot(join(path(), 'boot.json'));
  expect(await nowhere.begin(rules)).toBeUndefined();
  nowhere.failed(new Error('boom'));
});
