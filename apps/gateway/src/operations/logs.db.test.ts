import { appendFile, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../config/read.ts';
import { LogFile } from './log-file.ts';
import { follow, readAll, readTail } from './log-reader.ts';
import { openLogger } from './logs.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw-logs-'));
});
afterEach(() => rm(dir, { recursive: true }));

const config = (value: unknown) => readConfig(JSON.stringify(value), { env: {} }).config;
const line = (level: number, msg: string) => `{"level":${level},"time":1,"msg":"${msg}"}`;

describe('openLogger', () => {
  it('writes JSON lines from the configured level on, without a secret, and its level can change', async () => {
    const settings = config({ gateway: { auth: { token: 'hunter2-hunter2' }, logging: { level: 'warn' } } });
    const { logger, close } = await openLogger(settings, { dir });
    logger.info('left out');
    logger.warn({ token: 'abc', request: { headers: { authorization: 'def' } }, messageId: 'msg_1' }, 'with hunter2-hunter2 inside');
    logger.level = 'debug';
    logger.debug('now taken');
    await close();
    const path = join(dir, 'logs', 'gateway.log');
    const lines = (await readFile(path, 'utf8')).trim().split('\n');
    expect(lines.map((text) => JSON.parse(text) as object)).toMatchObject([
      { level: 40, token: '***', request: { headers: { authorization: '***' } }, messageId: 'msg_1', msg: 'with *** inside' },
      { level: 20, msg: 'now taken' },
    ]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });
});

describe('the log file', () => {
  it('is set aside at its size, and no more files are kept than configured', async () => {
    const file = new LogFile({ path: join(dir, 'gateway.log'), maxSizeBytes: 100, maxFiles: 3 });
    for (let index = 0; index < 20; index++) file.write(`${line(30, `message ${index}`)}\n`);
    await new Promise<void>((resolve) => file.end(resolve));
    expect((await readdir(dir)).sort()).toEqual(['gateway.1.log', 'gateway.2.log', 'gateway.log']);
    expect(await readFile(join(dir, 'gateway.log'), 'utf8')).toContain('message 19');
    for (const name of await readdir(dir)) expect((await stat(join(dir, name))).size).toBeLessThanOrEqual(100);
  });
});

describe('reading the log', () => {
  const path = () => join(dir, 'gateway.log');

  it('B11 gives the newest lines across rotated files, oldest first', async () => {
    await writeFile(join(dir, 'gateway.1.log'), `${line(30, 'a')}\n${line(30, 'b')}\n`);
    await writeFile(path(), `${line(30, 'c')}\n`);
    expect(await readTail(path(), 2, {})).toEqual([line(30, 'b'), line(30, 'c')]);
    expect(await readTail(path(), 9, {})).toHaveLength(3);
    expect(await Array.fromAsync(readAll(path(), {}))).toEqual([line(30, 'a'), line(30, 'b'), line(30, 'c')]);
  });

  it('B11 filters by level and by text before it counts', async () => {
    await writeFile(path(), [line(50, 'Old trouble'), line(20, 'noise'), line(40, 'care'), line(20, 'trouble'), ''].join('\n'));
    expect(await readTail(path(), 1, { minLevel: 40 })).toEqual([line(40, 'care')]);
    expect(await readTail(path(), 9, { grep: 'TROUBLE' })).toEqual([line(50, 'Old trouble'), line(20, 'trouble')]);
  });

  it('B11 reads lines longer than a chunk, with characters of several bytes', async () => {
    const long = line(30, 'é'.repeat(100_000));
    await writeFile(path(), `${line(30, 'first')}\n${long}\n${line(30, 'last')}\n`);
    expect(await readTail(path(), 3, {})).toEqual([line(30, 'first'), long, line(30, 'last')]);
  });

  it('B11 follows what is added, also over a rotation', async () => {
    await writeFile(path(), `${line(30, 'before')}\n`);
    const stop = new AbortController();
    const lines = follow(path(), {}, stop.signal);
    const first = lines.next();
    // The generator has opened the file once it waits for more.
    await new Promise((resolve) => setImmediate(resolve));
    const writer = setInterval(() => void appendFile(path(), `${line(30, 'one')}\n`), 20);
    expect((await first).value).toBe(line(30, 'one'));
    clearInterval(writer);
    await rename(path(), join(dir, 'gateway.1.log'));
    await writeFile(path(), `${line(30, 'two')}\n`);
    for await (const text of lines) if (text === line(30, 'two')) break;
    stop.abort();
  });

  it('B11 finds nothing where there is no file', async () => {
    expect(await readTail(path(), 5, {})).toEqual([]);
  });
});
