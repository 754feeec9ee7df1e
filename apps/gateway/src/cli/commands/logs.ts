import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GatewayError } from '@openclaw-gateway/events';
import { parseDuration } from '../../config/units.ts';
import { asideOf } from '../../operations/log-line.ts';
import { endOfLog, follow, type LogFilter, readAll, readTail } from '../../operations/log-reader.ts';
import type { LogLevel } from '../../operations/logs.ts';
import { logFilePath } from '../../operations/state-dir.ts';
import type { Context } from '../context.ts';
import { formatTime, paint, plain, shortPath } from '../output.ts';

type Options = {
  readonly follow?: true;
  readonly tail?: number;
  readonly level?: LogLevel;
  readonly grep?: string;
  readonly since?: string;
  readonly until?: string;
  readonly export?: string;
};

const DEFAULT_TAIL = 100;
const LEVELS: Readonly<Record<LogLevel, number>> = { debug: 20, info: 30, warn: 40, error: 50, fatal: 60 };
const LEVEL_NAMES: Readonly<Record<number, string>> = { 10: 'TRACE', 20: 'DEBUG', 30: 'INFO', 40: 'WARN', 50: 'ERROR', 60: 'FATAL' };

/** The lines of the log file, whether the gateway runs or not. */
export async function logs(context: Context, options: Options): Promise<undefined> {
  if (options.follow && options.until !== undefined) {
    throw new GatewayError('USAGE', {
      message: '--follow goes on with lines as they come, and --until ends before them: give one of the two.',
    });
  }
  const { config } = await context.configOrDefaults();
  const path = logFilePath(config, context.paths.dir);
  const filter: LogFilter = {
    ...(options.level && { minLevel: LEVELS[options.level] }),
    ...(options.grep !== undefined && { grep: options.grep }),
    ...(options.since !== undefined && { sinceMs: timeMeant(options.since, '--since') }),
    ...(options.until !== undefined && { untilMs: timeMeant(options.until, '--until') }),
  };
  if (options.export !== undefined) {
    await exportLines(context, path, filter, options.export, options.tail);
    return;
  }
  const end = await endOfLog(path);
  const lines = await readTail(path, options.tail ?? DEFAULT_TAIL, filter, end);
  for (const line of lines) show(context, line);
  if (options.follow) {
    const stop = new AbortController();
    process.once('SIGINT', () => stop.abort()).once('SIGTERM', () => stop.abort());
    for await (const line of follow(path, filter, stop.signal, end ?? { inode: -1, sizeBytes: 0 })) show(context, line);
    return;
  }
  if (lines.length === 0) context.out.note(await whyNothing(path, config.gateway.logging.file.enabled, filter));
}

/** "15m" ago, or a time. */
function timeMeant(input: string, option: string): number {
  const agoMs = parseDuration(input.replace(/^-/, ''));
  if (agoMs !== undefined) return Date.now() - agoMs;
  const time = /^\d{4}-\d\d-\d\d/.test(input) ? Date.parse(input) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new GatewayError('USAGE', {
    message: `${option} '${input}' is no time. Expected how long ago, such as 15m, or a time such as 2026-11-22T09:30:00Z.`,
  });
}

async function exportLines(context: Context, path: string, filter: LogFilter, file: string, tail: number | undefined): Promise<void> {
  const target = resolve(file);
  let count = 0;
  const lines = tail === undefined ? readAll(path, filter) : Readable.from(await readTail(path, tail, filter));
  const counted = async function* () {
    for await (const line of lines) {
      count++;
      yield `${line}\n`;
    }
  };
  try {
    await pipeline(counted(), createWriteStream(target, { mode: 0o600 }));
  } catch (error) {
    throw new GatewayError('USAGE', {
      message: `${target} cannot be written: ${error instanceof Error ? error.message : String(error)}.`,
      details: { remedy: 'Name a file in a folder that exists and that you may write to.' },
    });
  }
  context.out.result({ ok: true, file: target, lines: count }, () => [
    `Wrote ${count} ${count === 1 ? 'line' : 'lines'} to ${shortPath(target)}.`,
  ]);
}

function show(context: Context, line: string): void {
  const entry = parse(line);
  context.out.item(entry ?? { msg: line }, () => (entry ? render(entry) : plain(line)));
}

function render({ level, time, msg, err, ...rest }: Record<string, unknown>): string {
  const name = (LEVEL_NAMES[Number(level)] ?? String(level)).padEnd(5);
  const coloured = Number(level) >= 50 ? paint('red', name) : Number(level) >= 40 ? paint('yellow', name) : name;
  const parts = [formatTime(Number(time)), coloured, plain(String(msg ?? '')), paint('dim', plain(asideOf(rest, err)))];
  return parts.filter((part) => part !== '').join('  ');
}

async function whyNothing(path: string, enabled: boolean, filter: LogFilter): Promise<string> {
  if (!enabled) return 'There is no log file: gateway.logging.file.enabled is false.';
  const exists = await stat(path).catch(() => undefined);
  if (!exists) return `There is no log yet: ${shortPath(path)} is made when the gateway first starts.`;
  return Object.keys(filter).length > 0 ? 'No line fits.' : 'The log is empty.';
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
