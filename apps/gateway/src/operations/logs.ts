/**
 * The log of the process, for people who operate it. What happened to messages is in the event log; here are decisions
 * with the ids that point there, never the text of a message. Lines leave through a worker thread, so that no disk can
 * hold up a message.
 */
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import type { Config } from '../config/index.ts';
import { secrets } from '../config/secrets.ts';
import { logFilePath } from './state-dir.ts';

export type Logger = pino.Logger;

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

type LoggerOptions = {
  /** The state directory. */
  readonly dir: string;
  /** Debug lines, readable, on stderr. */
  readonly verbose?: boolean;
};

const REDACTED_KEYS = ['token', 'secret', 'password', 'apiKey', 'botToken', 'clientSecret', 'authorization', 'cookie'];

/**
 * A logger as the configuration says: JSON lines to the rotating file and to stderr. Its `level` may be changed at any
 * time. Values of keys that hold secrets, and the configured secrets wherever they occur, are written as `***`.
 */
export function createLogger(config: Config, options: LoggerOptions): Logger {
  const settings = config.gateway.logging;
  const known = secrets(config).filter((value) => value.length >= 8);
  const transport = pino.transport({ targets: targets(config, options) });
  // A log that cannot be written must not end what it reports on.
  transport.on('error', (error: Error) => process.stderr.write(`openclaw: the log cannot be written: ${error.message}\n`));
  return pino(
    {
      level: options.verbose ? 'debug' : settings.level,
      base: null,
      redact: { paths: REDACTED_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '***' },
      ...(known.length > 0 && {
        hooks: { streamWrite: (line: string) => known.reduce((text, value) => text.replaceAll(value, '***'), line) },
      }),
    },
    transport,
  );
}

/** Resolves once everything logged so far is written. */
export function flushLogger(logger: Logger): Promise<void> {
  return new Promise((resolve) => logger.flush(() => resolve()));
}

function targets(config: Config, options: LoggerOptions): pino.TransportTargetOptions[] {
  const { file, format } = config.gateway.logging;
  const chosen: pino.TransportTargetOptions[] = [];
  if (file.enabled) {
    chosen.push({
      target: fileURLToPath(import.meta.resolve('./log-file.ts')),
      level: 'debug',
      options: { path: logFilePath(config, options.dir), maxSizeBytes: file.maxSize, maxFiles: file.maxFiles },
    });
  }
  if (file.enabled && process.env['OPENCLAW_BACKGROUND'] === '1') return chosen;
  const readable = options.verbose === true || format === 'text' || process.stderr.isTTY === true;
  if (!readable) return [...chosen, { target: 'pino/file', level: 'debug', options: { destination: 2 } }];
  // Beside the banner of a terminal only what needs attention, unless more was asked for.
  const level = options.verbose || format === 'text' ? 'debug' : 'warn';
  return [
    ...chosen,
    {
      target: 'pino-pretty',
      level,
      options: { destination: 2, colorize: process.stderr.isTTY === true && !process.env['NO_COLOR'], translateTime: 'SYS:HH:MM:ss.l' },
    },
  ];
}
