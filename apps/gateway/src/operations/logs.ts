/**
 * The log of the process, for people who operate it. What happened to messages is in the event log; here are decisions
 * with the ids that point there, never the text of a message. Lines are written asynchronously, so that no disk can
 * hold up a message.
 */
import type { Writable } from 'node:stream';
import pino from 'pino';
import type { Config } from '../config/index.ts';
import { secrets } from '../config/secrets.ts';
import { LogFile } from './log-file.ts';
import { metrics } from './metrics/index.ts';
import { logFilePath } from './state-dir.ts';

export type Logger = pino.Logger;

export type LogLevel = Config['gateway']['logging']['level'];

type LoggerOptions = {
  /** The state directory. */
  readonly dir: string;
  /** Debug lines, readable, on stderr. */
  readonly verbose?: boolean;
};

const REDACTED_KEYS = ['token', 'secret', 'password', 'apiKey', 'botToken', 'clientSecret', 'authorization', 'cookie'];

/** A logger, how many of its lines were lost, and the way to write out what it still holds and end it. */
export type OpenLogger = { readonly logger: Logger; readonly droppedLines: () => number; readonly close: () => Promise<void> };

/**
 * A logger as the configuration says: JSON lines to the rotating file and to stderr. Its `level` may be changed at any
 * time. Values of keys that hold secrets, and the configured secrets wherever they occur, are written as `***`.
 */
export async function openLogger(config: Config, options: LoggerOptions): Promise<OpenLogger> {
  const known = secrets(config).filter((value) => value.length >= 8);
  const streams = await openStreams(config, options);
  const logger = pino(
    {
      level: options.verbose ? 'debug' : config.gateway.logging.level,
      base: null,
      redact: { paths: REDACTED_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '***' },
      hooks: {
        logMethod(args, method, level) {
          metrics.logLine(pino.levels.labels[level] ?? 'unknown');
          method.apply(this, args);
        },
        ...(known.length > 0 && {
          streamWrite: (line: string) => known.reduce((text, value) => text.replaceAll(value, '***'), line),
        }),
      },
    },
    pino.multistream(streams),
  );
  const close = async () => {
    await Promise.all(streams.map(({ stream }) => endStream(stream)));
  };
  const droppedLines = () => streams.reduce((sum, { stream }) => sum + (stream instanceof LogFile ? stream.droppedLines : 0), 0);
  return { logger, droppedLines, close };
}

type Stream = Writable | ReturnType<typeof pino.destination>;

async function openStreams(config: Config, options: LoggerOptions): Promise<{ level: LogLevel; stream: Stream }[]> {
  const { file, format } = config.gateway.logging;
  const streams: { level: LogLevel; stream: Stream }[] = [];
  if (file.enabled) {
    const path = logFilePath(config, options.dir);
    streams.push({ level: 'debug', stream: new LogFile({ path, maxSizeBytes: file.maxSize, maxFiles: file.maxFiles }) });
  }
  if (file.enabled && process.env['OPENCLAW_BACKGROUND'] === '1') return streams;
  const readable = options.verbose === true || format === 'text' || process.stderr.isTTY === true;
  if (!readable) return [...streams, { level: 'debug', stream: pino.destination({ dest: 2, sync: false }) }];
  const { default: pretty } = await import('pino-pretty');
  const colorize = process.stderr.isTTY === true && !process.env['NO_COLOR'];
  // Beside the banner of a terminal only what needs attention, unless more was asked for.
  const level = options.verbose || format === 'text' ? 'debug' : 'warn';
  return [...streams, { level, stream: pretty({ destination: 2, colorize, translateTime: 'SYS:HH:MM:ss.l' }) }];
}

function endStream(stream: Stream): Promise<void> {
  return new Promise((resolve) => {
    stream.once('close', resolve);
    stream.once('error', () => resolve());
    stream.end();
  });
}
