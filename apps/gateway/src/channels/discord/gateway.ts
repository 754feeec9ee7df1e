/** One connection to Discord's gateway: identifying or resuming, the heartbeat, and how it ends. */
import { GatewayError } from '@openclaw-gateway/events';
import { z } from 'zod';
import { type Closed, openChatSocket } from '../chat-socket.ts';
import { discordWay } from './api.ts';

/** GUILDS, GUILD_MESSAGES, DIRECT_MESSAGES; and MESSAGE_CONTENT, which Discord must have been asked for. */
const INTENTS = (1 << 0) | (1 << 9) | (1 << 12);
const MESSAGE_CONTENT = 1 << 15;
/** Kept open for longer than a heartbeat, which is the connection's own watch. */
const MOST_SILENCE_MS = 120_000;
/** Discord keeps a session that is not closed by 1000 or 1001. */
const CLOSE_TO_RESUME = 4900;

const frame = z.looseObject({ op: z.int(), d: z.unknown().optional(), s: z.int().nullish(), t: z.string().nullish() });
const hello = z.looseObject({ heartbeat_interval: z.number().positive() });
const ready = z.looseObject({ session_id: z.string(), resume_gateway_url: z.string() });

export type Session = { readonly id: string; readonly resumeUrl: string; sequence: number };

/** How reading from Discord is stopped and taken up again. */
export type Flow = { readonly pause: () => void; readonly resume: () => void };

export type GatewayOptions = {
  readonly url: string;
  readonly apiRoot: string;
  readonly botToken: string;
  readonly messageContent: boolean;
  /** Which of how many connections it is. */
  readonly shard: { readonly id: number; readonly count: number };
  /** Resolves when a new session may be begun. */
  readonly turn: () => Promise<void>;
  readonly signal: AbortSignal;
  /** The session to go on with; a new one is begun when left out. */
  readonly session?: Session | undefined;
  /** What Discord is told, and resumes after: the last dispatch up to which all are taken care of. */
  readonly sequence: () => number;
  readonly onReady: (session: Session) => void;
  readonly onResumed: () => void;
  readonly onDispatch: (name: string, data: unknown, sequence: number) => void;
  /** Called with what stops and restarts the reading. */
  readonly onOpen: (flow: Flow) => void;
};

/** How to go on after a connection: with the same session, or with a new one. */
export type Next = 'resume' | 'identify';

/**
 * Holds the connection until it must be made again; resolves with how, or with why it never worked. Throws a CHANNEL_ code when Discord will
 * not have it.
 */
export async function holdGateway(options: GatewayOptions): Promise<Next | GatewayError> {
  const { session, signal, onDispatch } = options;
  let isReady = false;
  let next: Next | undefined;
  let isAnswered = true;
  let beat: NodeJS.Timeout | undefined;
  const url = `${options.url.replace(/\/+$/, '')}/?v=10&encoding=json`;
  const socket = openChatSocket(url, { way: discordWay(options.apiRoot), signal, mostSilenceMs: MOST_SILENCE_MS, onMessage });
  options.onOpen(socket);
  const closed = await socket.closed;
  clearTimeout(beat);
  if (signal.aborted) return 'identify';
  const fatal = fatalFailure(closed);
  if (fatal) throw fatal;
  if (next === 'identify' || closed.code === 4007 || closed.code === 4009) return 'identify';
  return isReady ? 'resume' : lost(closed);

  function onMessage(message: unknown): void {
    const parsed = frame.safeParse(message);
    if (!parsed.success) return;
    const { op, d, s, t } = parsed.data;
    if (op === 10) greet(d);
    else if (op === 11) isAnswered = true;
    else if (op === 1) heartbeat();
    else if (op === 7) end('resume');
    else if (op === 9) end(d === true ? 'resume' : 'identify');
    else if (op === 0 && typeof t === 'string') dispatched(t, d, s ?? 0);
  }

  function greet(data: unknown): void {
    const everyMs = hello.safeParse(data).data?.heartbeat_interval ?? 41_250;
    // The first comes at a random moment, so that many clients do not beat at once.
    beat = setTimeout(() => pulse(everyMs), everyMs * Math.random());
    if (session) socket.send({ op: 6, d: { token: options.botToken, session_id: session.id, seq: session.sequence } });
    else void options.turn().then(identify);
  }

  function identify(): void {
    const { botToken: token, shard } = options;
    const intents = INTENTS | (options.messageContent ? MESSAGE_CONTENT : 0);
    const properties = { os: process.platform, browser: 'openclaw', device: 'openclaw' };
    socket.send({ op: 2, d: { token, intents, shard: [shard.id, shard.count], properties } });
  }

  function pulse(everyMs: number): void {
    // A connection that does not answer is none any more.
    if (isAnswered) {
      heartbeat();
      beat = setTimeout(() => pulse(everyMs), everyMs);
    } else end('resume');
  }

  function heartbeat(): void {
    isAnswered = false;
    socket.send({ op: 1, d: options.sequence() || null });
  }

  function end(how: Next): void {
    next = how;
    socket.close(CLOSE_TO_RESUME);
  }

  function dispatched(name: string, data: unknown, sequence: number): void {
    if (name === 'READY') {
      const said = ready.safeParse(data).data;
      isReady = said !== undefined;
      if (said) options.onReady({ id: said.session_id, resumeUrl: said.resume_gateway_url, sequence });
      else end('identify');
    } else if (name === 'RESUMED') {
      isReady = true;
      options.onResumed();
    }
    onDispatch(name, data, sequence);
  }
}

function lost({ code, cause }: Closed): GatewayError {
  return new GatewayError('CHANNEL_UNAVAILABLE', { message: `The connection to Discord ended (${cause ?? `close code ${code}`}).` });
}

function fatalFailure({ code }: Closed): GatewayError | undefined {
  const details = { closeCode: code };
  if (code === 4004) return new GatewayError('CHANNEL_UNAUTHORIZED', { message: 'Discord does not know the bot token.', details });
  if (code === 4014) {
    const message =
      'The application may not read all messages. Switch on Message Content Intent on its page Bot at discord.com/developers/applications, or set messageContent: false.';
    return new GatewayError('CHANNEL_FORBIDDEN', { message, details: { ...details, permission: 'MESSAGE_CONTENT' } });
  }
  if (code === 4011) {
    const message = 'The bot is in more servers than its connections may have: as many as Discord recommends by now are made anew.';
    return new GatewayError('CHANNEL_UNAVAILABLE', { message, details });
  }
  if (code === 4010 || code === 4012 || code === 4013) {
    return new GatewayError('CHANNEL_REFUSED', { message: `Discord does not take the connection (close code ${code}).`, details });
  }
  return undefined;
}
