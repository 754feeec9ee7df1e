/** What the keys of gateway.logging do, seen in the files and on stderr. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, existsSync } from 'node:fs';
import { appendFile, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readConfig } from '../config/read.ts';
import { LogFile } from './log-file.ts';
import { controlLogLevel } from './log-level.ts';
import { endOfLog, follow, readAll, readTail } from './log-reader.ts';
import { openLogger, REDACTED_KEYS } from './logs.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw-log-keys-'));
});
afterEach(() => rm(dir, { recursive: true }));

const configured = (logging: object, more: object = {}) =>
  readConfig(JSON.stringify({ gateway: { logging, ...more } }), { env: {} }).config;
const line = (time: number, msg: string, level = 30) => `{"level":${level},"time":${time},"msg":"${msg}"}`;

async function written(logging: object, write: (logger: Awaited<ReturnType<typeof openLogger>>['logger']) => void): Promise<string[]> {
  const { logger, close } = await openLogger(configured(logging), { dir });
  write(logger);
  await close();
  const text = await readFile(join(dir, 'logs/gateway.log'), 'utf8').catch(() => '');
  return text.split('\n').filter((each) => each !== '');
}

/** What a logger of this configuration writes to stderr in a process of its own. */
async function onStderr(logging: object): Promise<string> {
  const script = `
    const { readConfig } = await import(${JSON.stringify(join(import.meta.dirname, '../config/read.ts'))});
    const { openLogger } = await import(${JSON.stringify(join(import.meta.dirname, 'logs.ts'))});
    const { logger, close } = await openLogger(readConfig(${JSON.stringify(JSON.stringify({ gateway: { logging } }))}, { env: {} }).config, { dir: ${JSON.stringify(dir)} });
    logger.info({ sessionId: 'ses_1' }, 'hello there');
    await close();`;
  const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    env: { PATH: process.env['PATH'] },
  });
  return stderr;
}

describe('the keys', () => {
  it('gateway.logging.level error leaves out what is less important', async () => {
    const lines = await written({ level: 'error' }, (logger) => {
      for (const level of ['debug', 'info', 'warn', 'error', 'fatal'] as const) logger[level](level);
    });
    expect(lines.map((each) => (JSON.parse(each) as { msg: string }).msg)).toEqual(['error', 'fatal']);
  });

  it('gateway.logging.format json writes JSON to stderr, text writes for people; the file is JSON in both', async () => {
    expect(JSON.parse(await onStderr({ format: 'json' }))).toMatchObject({ level: 30, sessionId: 'ses_1', msg: 'hello there' });
    expect(await onStderr({ format: 'text' })).toMatch(/^\[\d\d:\d\d:\d\d\.\d+\] INFO: hello there\n\s+sessionId: "ses_1"/);
    const lines = (await readFile(join(dir, 'logs/gateway.log'), 'utf8')).trim().split('\n');
    expect(lines.map((each) => (JSON.parse(each) as { msg: string }).msg)).toEqual(['hello there', 'hello there']);
  });

  it('gateway.logging.file.enabled false writes no file', async () => {
    expect(JSON.parse(await onStderr({ file: { enabled: false } }))).toMatchObject({ msg: 'hello there' });
    expect(existsSync(join(dir, 'logs'))).toBe(false);
  });

  it('gateway.logging.file.path puts the file elsewhere, below the state directory when it is relative', async () => {
    await written({ file: { path: 'elsewhere/my.log' } }, (logger) => logger.info('here'));
    expect(await readFile(join(dir, 'elsewhere/my.log'), 'utf8')).toContain('here');
  });

  it('gateway.logging.file.maxSize sets the file aside at its size, gateway.logging.file.maxFiles keeps so many', async () => {
    const lines = await written({ file: { maxSize: '1k', maxFiles: 3 } }, (logger) => {
      for (let index = 0; index < 200; index++) logger.info({ index }, 'a line that is about as long as a line is');
    });
    expect(lines.at(-1)).toContain('"index":199');
    const files = await readdir(join(dir, 'logs'));
    expect(files.toSorted()).toEqual(['gateway.1.log', 'gateway.2.log', 'gateway.log']);
    for (const file of files) expect((await stat(join(dir, 'logs', file))).size).toBeLessThanOrEqual(1024);
    // Nothing is missing in between.
    const kept = (await Array.fromAsync(readAll(join(dir, 'logs/gateway.log'), {}))).map(
      (each) => (JSON.parse(each) as { index: number }).index,
    );
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, index) => 200 - kept.length + index));
  });
});

describe('secrets', () => {
  it.each(REDACTED_KEYS)('%s is written as ***, however deep it is', async (key) => {
    const name = key.replaceAll(/[["\]]/g, '');
    const lines = await written({}, (logger) =>
      logger.info({ [name]: 'canary-1', a: { [name]: 'canary-2', b: { [name]: 'canary-3' } } }, 'x'),
    );
    expect(lines.join()).not.toContain('canary');
    expect(lines.join().match(/\*\*\*/g)).toHaveLength(3);
  });

  it('what is hidden later is hidden from then on, in any place of a line', async () => {
    const { logger, hide, close } = await openLogger(configured({}, { auth: { token: 'configured-secret' } }), { dir });
    logger.info({ url: 'https://x/?k=configured-secret' }, 'a');
    hide(['learned-later', 'short']);
    logger.info({ err: new Error('refused learned-later') }, 'learned-later, and a short word');
    await close();
    const text = await readFile(join(dir, 'logs/gateway.log'), 'utf8');
    expect(text).not.toMatch(/configured-secret|learned-later/);
    expect(text).toContain('and a short word');
  });
});

it('a disk that is too slow costs lines, which are counted and told, not memory', async () => {
  const path = join(dir, 'pipe.log');
  // Opening a pipe for writing waits for its reader, as a disk that hangs would.
  await promisify(execFile)('mkfifo', [path]);
  const file = new LogFile({ path, maxSizeBytes: Number.MAX_SAFE_INTEGER, maxFiles: 1 });
  file.on('error', () => undefined);
  const text = `${line(1, 'x'.repeat(64 * 1024))}\n`;
  for (let index = 0; index < 400; index++) file.write(text);
  expect(file.writableLength).toBeLessThanOrEqual(17 * 1024 * 1024);
  expect(file.lostLines).toBeGreaterThan(100);
  const { lostLines } = file;
  const reader = createReadStream(path, 'utf8');
  let tail = '';
  reader.on('data', (chunk) => {
    tail = (tail + chunk).slice(-500);
  });
  const ended = once(reader, 'end');
  file.write(`${line(2, 'last')}\n`);
  file.end();
  await ended;
  expect(tail).toContain(`${lostLines + (file.lostLines - lostLines)} lines of the log were lost: the disk is too slow`);
});

describe('the level at run time', () => {
  it('B11 returns by itself, records both changes first, and takes up a new configuration', async () => {
    vi.useFakeTimers();
    try {
      const logger = { level: 'info', warn: () => undefined };
      const recorded: { type: string; data: unknown; level: string }[] = [];
      let inConfig: 'info' | 'error' = 'info';
      const control = controlLogLevel({
        logger,
        configured: () => inConfig,
        lostLines: () => 0,
        record: async ({ type, data }) => void recorded.push({ type, data, level: logger.level }),
      });
      await control.set('debug', { forMs: 60_000, actor: { type: 'user', id: 'usr_1' } });
      expect(logger.level).toBe('debug');
      expect(control.current()).toMatchObject({ level: 'debug', configured: 'info', until: Date.now() + 60_000 });
      inConfig = 'error';
      control.apply();
      expect(logger.level).toBe('debug');
      await vi.advanceTimersByTimeAsync(60_000);
      expect(logger.level).toBe('error');
      expect(recorded).toEqual([
        { type: 'gateway.log_level_changed', data: { from: 'info', to: 'debug', cause: 'asked', forMs: 60_000 }, level: 'info' },
        { type: 'gateway.log_level_changed', data: { from: 'debug', to: 'error', cause: 'expired' }, level: 'error' },
      ]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('reading', () => {
  const path = () => join(dir, 'gateway.log');

  it('B11 --since and --until choose by time, over rotated files', async () => {
    await writeFile(join(dir, 'gateway.1.log'), `${line(1_000_000, 'a')}\n${line(2_000_000, 'b')}\n`);
    await writeFile(path(), `${line(3_000_000, 'c')}\n${line(4_000_000, 'd')}\n`);
    expect(await readTail(path(), 9, { sinceMs: 2_000_000, untilMs: 3_000_000 })).toEqual([line(2_000_000, 'b'), line(3_000_000, 'c')]);
    expect(await readTail(path(), 1, { untilMs: 3_500_000 })).toEqual([line(3_000_000, 'c')]);
    expect(await Array.fromAsync(readAll(path(), { sinceMs: 3_500_000 }))).toEqual([line(4_000_000, 'd')]);
  });

  it('B11 --follow goes on where the tail ended, over several rotations between two looks, and over characters that are cut', async () => {
    await writeFile(path(), `${line(1, 'before')}\n`);
    const end = await endOfLog(path());
    await appendFile(path(), `${line(2, 'one é')}\n`);
    const stop = new AbortController();
    expect(await readTail(path(), 9, {}, end)).toEqual([line(1, 'before')]);
    await rename(path(), join(dir, 'gateway.1.log'));
    await writeFile(path(), `${line(3, 'two')}\n`);
    await rename(join(dir, 'gateway.1.log'), join(dir, 'gateway.2.log'));
    await rename(path(), join(dir, 'gateway.1.log'));
    await writeFile(path(), `${line(4, 'three')}\n`);
    const seen: string[] = [];
    for await (const each of follow(path(), {}, stop.signal, end)) {
      seen.push(each);
      if (each.includes('three')) {
        const half = Buffer.from(`${line(5, 'é')}\n`);
        const cut = half.indexOf(0xc3) + 1;
        await appendFile(path(), half.subarray(0, cut));
        setTimeout(() => void appendFile(path(), half.subarray(cut)), 600);
      }
      if (seen.length === 4) break;
    }
    expect(seen).toEqual([line(2, 'one é'), line(3, 'two'), line(4, 'three'), line(5, 'é')]);
  });

  it('B11 --follow sees a file that is emptied rather than set aside, and one that is not there yet', async () => {
    const stop = new AbortController();
    const lines = follow(path(), {}, stop.signal, { inode: -1, sizeBytes: 0 });
    const first = lines.next();
    await writeFile(path(), `${line(1, 'a long line comes first')}\n`);
    expect((await first).value).toContain('first');
    const second = lines.next();
    setTimeout(() => void writeFile(path(), `${line(2, 'b')}\n`), 300);
    expect((await second).value).toBe(line(2, 'b'));
    await lines.return(undefined);
  });
});

it('B11 `logs --follow` of the command line goes on while a real writer rotates, and loses nothing', async () => {
  await writeFile(join(dir, 'openclaw.json'), '{ gateway: { logging: { file: { maxSize: "2k", maxFiles: 5 } } } }');
  const launcher = join(import.meta.dirname, '../../bin/openclaw.mjs');
  await written({ file: { maxSize: '2k', maxFiles: 5 } }, (logger) => logger.info({ index: -1 }, 'begin'));
  const child = spawn(process.execPath, [launcher, 'logs', '--follow', '--json'], {
    env: { PATH: process.env['PATH'], OPENCLAW_STATE_DIR: dir },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const seen: number[] = [];
    const done = Promise.withResolvers<void>();
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) seen.push((JSON.parse(part) as { index: number }).index);
      if (seen.at(-1) === 99) done.resolve();
    });
    for (const deadline = Date.now() + 25_000; seen.length === 0 && Date.now() < deadline; )
      await new Promise((resolve) => setTimeout(resolve, 10));
    const { logger, close } = await openLogger(configured({ file: { maxSize: '2k', maxFiles: 5 } }), { dir });
    for (let index = 0; index < 100; index++) {
      logger.info({ index }, 'a line that is about as long as a line is');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await close();
    await done.promise;
    expect(seen).toEqual([-1, ...Array.from({ length: 100 }, (_, index) => index)]);
  } finally {
    child.kill('SIGKILL');
  }
});
