/**
 * The log of the process, for people who operate it. What happened to messages is in the event log; here are decisions
 * with the ids that point there, never the text of a message. Lines are written asynchronously, so that no disk can
 * hold up a message.
 */
import type { Writable } from 'node:stream';
import { Redactor } from '@openclaw-gateway/db/redact/redactor';
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

/** Keys whose values are never written, whatever they are in. */
export const REDACTED_KEYS = [
  'token',
  'accessToken',
  'refreshToken',
  'botToken',
  'secret',
  'clientSecret',
  'signingSecret',
  'password',
  'passphrase',
  'apiKey',
  'privateKey',
  'authorization',
  'cookie',
  '["set-cookie"]',
  '["x-api-key"]',
  '["x-openclaw-token"]',
];

/** Shorter texts occur by chance. */
const MIN_SECRET_LENGTH = 8;
/** What waits for a reader of stderr that does not read. Then lines are lost rather than memory. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

/** The parts of the gateway whose lines say which part wrote them. */
export const LOG_COMPONENTS = [
  'gateway',
  'doors',
  'pipeline',
  'channels',
  'access',
  'audit',
  'extensions',
  'floods',
  'instances',
  'integrity',
  'mcp',
  'memory',
  'network',
  'remote',
  'retention',
  'schedules',
  'alerts',
  'tls',
  'metrics',
  'traces',
] as const;
export type LogComponent = (typeof LOG_COMPONENTS)[number];

export type OpenLogger = {
  readonly logger: Logger;
  /** The logger of a part: its lines name it. */
  readonly of: (component: LogComponent) => Logger;
  /** The level of all of them, to read and to set. */
  readonly level: Pick<Logger, 'level' | 'warn'>;
  /** These texts are written as `***` from now on, as are those named before. */
  readonly hide: (texts: readonly string[]) => void;
  /** How many lines were lost because the disk was too slow or full. */
  readonly lostLines: () => number;
  /** Writes out what it still holds and ends it. */
  readonly close: () => Promise<void>;
};

/**
 * A logger as the configuration says: JSON lines to the rotating file and to stderr. Its `level` may be changed at any
 * time. Values of keys that hold secrets, and the configured secrets wherever they occur, are written as `***`.
 */
export async function openLogger(config: Config, options: LoggerOptions): Promise<OpenLogger> {
  const hidden = new Set<string>();
  const redactor = new Redactor([], '***');
  const hide = (texts: readonly string[]) => {
    const before = hidden.size;
    for (const text of texts) if (text.length >= MIN_SECRET_LENGTH) hidden.add(text);
    if (hidden.size > before) redactor.set([...hidden]);
  };
  hide(secrets(config));
  const { streams, lostLines } = await openStreams(config, options);
  const logger = pino(
    {
      level: options.verbose ? 'debug' : config.gateway.logging.level,
      base: null,
      redact: { paths: REDACTED_KEYS.flatMap(atAnyDepth), censor: '***' },
      hooks: {
        logMethod(args, method, level) {
          metrics.logLine(pino.levels.labels[level] ?? 'unknown');
          method.apply(this, args);
        },
        streamWrite: (line: string) => redactor.redactLine(line),
      },
    },
    pino.multistream(streams),
  );
  const close = async () => {
    await Promise.all(streams.map(({ stream }) => endStream(stream)));
  };
  const all = [logger];
  const of = (component: LogComponent) => {
    const part = logger.child({ component });
    all.push(part);
    return part;
  };
  return { logger, of, level: levelOf(all), hide, lostLines, close };
}

/** A child of a logger keeps the level that it was made with. */
function levelOf(all: readonly Logger[]): OpenLogger['level'] {
  const [first] = all;
  if (!first) throw new TypeError('there is no logger');
  return {
    get level() {
      return first.level;
    },
    set level(level) {
      for (const each of all) each.level = level;
    },
    warn: first.warn.bind(first),
  };
}

/** As far down as lines of this program go. */
function atAnyDepth(key: string): string[] {
  const below = key.startsWith('[') ? key : `.${key}`;
  return [key, `*${below}`, `*.*${below}`];
}

type Stream = Writable | ReturnType<typeof pino.destination>;
type Streams = { readonly streams: { level: LogLevel; stream: Stream }[]; readonly lostLines: () => number };

async function openStreams(config: Config, options: LoggerOptions): Promise<Streams> {
  const { file, format } = config.gateway.logging;
  const streams: Streams['streams'] = [];
  const counts: (() => number)[] = [];
  const lostLines = () => counts.reduce((sum, count) => sum + count(), 0);
  if (file.enabled) {
    const logFile = new LogFile({ path: logFilePath(config, options.dir), maxSizeBytes: file.maxSize, maxFiles: file.maxFiles });
    streams.push({ level: 'debug', stream: logFile });
    counts.push(() => logFile.lostLines);
  }
  // A service's stderr goes to a file or a journal that nobody looks after.
  if (file.enabled && process.env['OPENCLAW_SERVICE']) return { streams, lostLines };
  const stderr = pino.destination({ dest: 2, sync: false, maxLength: MAX_WAITING_BYTES });
  let lost = 0;
  stderr.on('drop', () => {
    lost += 1;
  });
  counts.push(() => lost);
  const readable = options.verbose === true || format === 'text' || process.stderr.isTTY === true;
  if (!readable) return { streams: [...streams, { level: 'debug', stream: stderr }], lostLines };
  const { default: pretty } = await import('pino-pretty');
  const colorize = process.stderr.isTTY === true && !process.env['NO_COLOR'];
  // Beside the banner of a terminal only what needs attention, unless more was asked for.
  const level = options.verbose || format === 'text' ? 'debug' : 'warn';
  return {
    streams: [...streams, { level, stream: pretty({ destination: stderr, colorize, translateTime: 'SYS:HH:MM:ss.l' }) }],
    lostLines,
  };
}

function endStream(stream: Stream): Promise<void> {
  return new Promise((resolve) => {
    stream.once('close', resolve);
    stream.once('error', () => resolve());
    stream.end();
  });
}
