/** That nothing is lost when files are set aside between two steps of whoever follows the log. */
import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { rotatedPath } from './log-file.ts';
import { endOfLog, follow } from './log-reader.ts';

/** What happens right before a file is opened or looked at. */
const before = vi.hoisted((): { step?: ((what: 'open' | 'stat', path: string) => Promise<void>) | undefined } => ({}));
vi.mock('node:fs/promises', async (load) => {
  const real = await load<typeof import('node:fs/promises')>();
  return {
    ...real,
    open: async (path: string, flags: string) => {
      await before.step?.('open', path);
      return real.open(path, flags);
    },
    stat: async (path: string) => {
      await before.step?.('stat', path);
      return real.stat(path);
    },
  };
});

let dir: string;
let path: string;
let written: number;
let seen: string[];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw-log-follow-'));
  path = join(dir, 'gateway.log');
  [written, seen] = [0, []];
  await writeFile(path, '');
});
afterEach(async () => {
  before.step = undefined;
  await rm(dir, { recursive: true });
});

const write = () => appendFile(path, `line ${++written}\n`);
async function rotate(): Promise<void> {
  for (let age = 6; age >= 1; age--) await rename(age === 1 ? path : rotatedPath(path, age - 1), rotatedPath(path, age)).catch(() => {});
  await writeFile(path, '');
}
async function followTo(last: number): Promise<void> {
  const from = await endOfLog(path);
  await write();
  for await (const line of follow(path, {}, AbortSignal.timeout(20_000), from)) {
    seen.push(line);
    if (line === 'line 1') await rotate().then(write);
    if (line === `line ${last}`) break;
  }
}
const all = () => Array.from({ length: written }, (_, index) => `line ${index + 1}`);

test.each(['open', 'stat'] as const)('B11 a file whose name another one gets right before the %s is read all the same', async (when) => {
  let isArmed = false;
  before.step = async (what, at) => {
    if (seen.length === 0 || what !== when || at !== path || isArmed) return;
    isArmed = true;
    before.step = undefined;
    await rotate().then(write);
    await rotate().then(write);
  };
  await followTo(4);
  expect(isArmed).toBe(true);
  expect(seen).toEqual(all());
});
