import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../config/schema/index.ts';
import { toEntry } from './log-line.ts';
import { readLogLines } from './log-lines.ts';
import { readLogPage } from './log-page.ts';
import { scanPage } from './log-page-scan.ts';
import { tailLog } from './log-tail.ts';
import { openLogger } from './logs.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw-log-page-'));
});
afterEach(() => rm(dir, { recursive: true }));

const path = () => join(dir, 'gateway.log');
const line = (level: number, time: number, msg: string, more: object = {}) => JSON.stringify({ level, time, ...more, msg });
const never = () => false;
const messages = (page: { rows: readonly { message: string }[] }) => page.rows.map(({ message }) => message);

describe('pages of the log', () => {
  it('B11 go back from the newest line over set-aside files, without gap or repetition, while lines are added', async () => {
    const all = Array.from({ length: 500 }, (_, index) => line(30, index, `line ${index} ${'é'.repeat(index)}`));
    await writeFile(join(dir, 'gateway.1.log'), `${all.slice(0, 250).join('\n')}\n`);
    await writeFile(path(), `${all.slice(250).join('\n')}\n`);
    const seen: string[] = [];
    let page = scanPage(path(), { limit: 70 }, never);
    for (;;) {
      seen.push(...messages(page));
      await appendFile(path(), `${line(30, 999, 'added')}\n`);
      if (!page.next) break;
      page = scanPage(path(), { limit: 70, before: page.next }, never);
    }
    expect(seen.map((message) => message.split(' ')[1])).toEqual(Array.from({ length: 500 }, (_, index) => String(499 - index)));
  });

  it('find by level, component, text and expression, also in the lines that belong to an entry', async () => {
    const lines = [
      line(30, 1, 'ready', { component: 'gateway' }),
      line(50, 2, 'it broke', { component: 'channels', err: { message: 'no', stack: 'Error: no\n    at telegram.ts:7' } }),
      'a warning of the runtime,',
      '  over two lines: Teapot',
      line(40, 3, 'slow', { component: 'channels' }),
    ];
    await writeFile(path(), `${lines.join('\n')}\n`);
    const found = (query: object) => messages(scanPage(path(), { limit: 9, ...query }, never));
    expect(found({})).toEqual(['slow', 'it broke', 'ready']);
    expect(found({ minLevel: 50 })).toEqual(['it broke']);
    expect(found({ component: 'channels' })).toEqual(['slow', 'it broke']);
    expect(found({ grep: 'TEAPOT' })).toEqual(['it broke']);
    expect(found({ regex: 'telegram\\.ts:\\d' })).toEqual(['it broke']);
    expect(found({ sinceMs: 2, untilMs: 2 })).toEqual(['it broke']);
    const [entry] = scanPage(path(), { limit: 1, grep: 'broke' }, never).rows;
    expect(entry?.detail).toContain('Error: no\n    at telegram.ts:7');
    expect(entry?.detail).toContain('a warning of the runtime,\n  over two lines: Teapot');
  });

  it('say where they stopped when there is no more time, and go on from there', async () => {
    await writeFile(path(), `${Array.from({ length: 9 }, (_, index) => line(30, index, `line ${index}`)).join('\n')}\n`);
    let looks = 0;
    const first = scanPage(path(), { limit: 9, grep: 'line 1' }, () => ++looks === 3);
    expect(first).toMatchObject({ rows: [], partial: true });
    expect(messages(scanPage(path(), { limit: 9, grep: 'line 1', ...(first.next && { before: first.next }) }, never))).toEqual(['line 1']);
  });

  it('come from a thread that an endless expression cannot hold, and refuse what is no expression', async () => {
    await writeFile(path(), `${line(30, 1, `${'a'.repeat(64)}!`)}\n`);
    expect(messages(await readLogPage(path(), { limit: 5 }))).toEqual([`${'a'.repeat(64)}!`]);
    await expect(readLogPage(path(), { limit: 5, regex: '(a+)+$' })).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await expect(readLogPage(path(), { limit: 5, regex: '(' })).rejects.toMatchObject({ code: 'QUERY_INVALID' });
    await expect(readLogPage(path(), { limit: 5, regex: '(a+)+$' }, AbortSignal.timeout(50))).rejects.toMatchObject({
      code: 'QUERY_CANCELLED',
    });
  }, 30_000);
});

describe('a download of the log', () => {
  const downloaded = async (filter: object) => (await Array.fromAsync(readLogLines(path(), filter))).join('');

  it('has the lines of the entries that a page shows, oldest first, as they stand in all files', async () => {
    const ready = line(30, 1, 'ready', { component: 'gateway' });
    const broke = line(50, 2, 'it broke é', { component: 'channels', err: { stack: 'Error: no\n    at telegram.ts:7' } });
    const below = ['a warning of the runtime,', '  over two lines: Teapot'];
    const slow = line(40, 3, 'slow', { component: 'channels' });
    await writeFile(join(dir, 'gateway.1.log'), `${[ready, broke, ...below].join('\n')}\n`);
    await writeFile(path(), `${slow}\n`);
    const text = (...lines: readonly string[]) => lines.map((each) => `${each}\n`).join('');
    expect(await downloaded({})).toBe(text(ready, broke, ...below, slow));
    expect(await downloaded({ component: 'channels' })).toBe(text(broke, ...below, slow));
    expect(await downloaded({ regex: 'TELEGRAM\\.ts:\\d' })).toBe(text(broke, ...below));
    expect(await downloaded({ component: 'channels', grep: 'teapot' })).toBe(text(broke, ...below));
    expect(await downloaded({ minLevel: 40, sinceMs: 3 })).toBe(text(slow));
    expect(await downloaded({ component: 'gateway', regex: 'slow' })).toBe('');
  });

  it('goes on over more than one batch, and ends an expression that does not', async () => {
    const all = Array.from({ length: 5000 }, (_, index) => line(30, index, `line ${index} ${'é'.repeat(100)}`));
    await writeFile(path(), `${all.join('\n')}\n`);
    expect(await downloaded({})).toBe(`${all.join('\n')}\n`);
    await appendFile(path(), `${line(30, 1, `${'a'.repeat(64)}!`)}\n`);
    await expect(downloaded({ regex: '(a+)+$' })).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(() => readLogLines(path(), { regex: '(' })).toThrow(expect.objectContaining({ code: 'QUERY_INVALID' }));
  }, 30_000);
});

describe('an entry', () => {
  it('leads to the event, the message and the session that it is about', () => {
    const text = line(30, 7, 'taken', { component: 'pipeline', messageId: 'msg_1', sessionId: 'ses_1', position: 4, tries: 2 });
    expect(toEntry(text)).toEqual({
      level: 'info',
      time: 7,
      component: 'pipeline',
      message: 'taken',
      aside: 'tries=2',
      detail: '{\n  "tries": 2\n}',
      correlationId: 'msg_1',
      sessionId: 'ses_1',
      position: 4,
    });
  });

  it('says the beginning of its other fields and its error on one line', () => {
    const text = line(50, 1, 'request', {
      route: '/api/messages',
      status: 500,
      from: { port: 1 },
      err: { message: 'no\nanswer', stack: 'x' },
    });
    expect(toEntry(text).aside).toBe('route=/api/messages status=500 from={"port":1} error: no answer');
    expect(toEntry(line(30, 1, 'x', { text: 'y'.repeat(1_000) })).aside).toHaveLength(300);
  });

  it('is as it stands where it is no line of this program, and says when it was cut', () => {
    expect(toEntry('plain')).toEqual({ message: 'plain' });
    const long = toEntry(line(30, 1, 'x'.repeat(5_000)));
    expect([long.message.length, long.truncated]).toEqual([2_000, true]);
  });
});

it('the tail gives what is written from then on, and counts what was too much', async () => {
  await writeFile(path(), `${line(30, 1, 'before')}\n`);
  const stop = new AbortController();
  const tail = tailLog(path(), 30, stop.signal);
  expect((await tail.next()).value).toEqual({ rows: [], dropped: 0 });
  const added = [...Array.from({ length: 700 }, (_, index) => line(30, index, `line ${index}`)), line(20, 1, 'too fine')];
  await appendFile(path(), `${added.join('\n')}\n`);
  let count = 0;
  for await (const { rows, dropped } of tail) {
    count += rows.length + dropped;
    expect(messages({ rows })).not.toContain('too fine');
    if (count === 700) break;
  }
  stop.abort();
  expect(count).toBe(700);
});

it('the lines of a part name it, and its level changes with that of the others', async () => {
  const { of, level, close } = await openLogger(configSchema.parse({}), { dir });
  const channels = of('channels');
  level.level = 'warn';
  channels.info('left out');
  level.level = 'debug';
  channels.debug('taken');
  await close();
  const page = await readLogPage(join(dir, 'logs', 'gateway.log'), { limit: 9 });
  expect(page.rows.map(({ component, message }) => [component, message])).toEqual([['channels', 'taken']]);
});
