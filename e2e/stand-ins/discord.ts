/** A local Discord: REST API with nonces and rate limits, gateway with sessions that can be resumed, and faults on request. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseArgs } from 'node:util';
import type { WebSocket } from 'ws';
import { type ApiFault, createFaults } from './faults.ts';
import { runAsProgram, startHttpServer } from './http-server.ts';
import { acceptWebSockets } from './web-socket-server.ts';

export const BOT_TOKEN = 'stand-in.discord.bot-token';
export const BOT_ID = '900000000000000001';
export const GUILD = '800000000000000001';
/** Of two shards the first has this one, and the second the other. */
export const OTHER_GUILD = '800000000004194305';
const ROLE = { id: '800000000000000009', name: 'crew' };
const EPOCH_MS = 1_420_070_400_000;
const MESSAGE_CONTENT = 1 << 15;

export type DiscordSent = {
  readonly id: string;
  readonly channelId: string;
  readonly text: string;
  readonly at: number;
  readonly replyTo?: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly files?: readonly StandInFile[];
};

export type StandInFile = { readonly name: string; readonly bytes: Buffer };

export type DiscordSaid = {
  readonly text?: string;
  readonly userId?: string;
  /** The direct conversation of the user when left out; one of the server otherwise. */
  readonly channelId?: string;
  readonly mentionsBot?: boolean;
  /** Where the channel is, when nothing was written in it yet. */
  readonly guildId?: string;
  /** Answers a message of the bot. */
  readonly answersBot?: boolean;
  /** Written while no dispatch about it is made: only the history knows it. */
  readonly unheard?: boolean;
  readonly extra?: Readonly<Record<string, unknown>>;
};

export type DiscordOptions = {
  readonly port?: number;
  readonly heartbeatMs?: number;
  /** For how long a nonce is remembered. */
  readonly nonceMs?: number;
  /** Whether the application may read all messages. */
  readonly messageContent?: boolean;
  readonly onSent?: (sent: DiscordSent) => void;
  /** How many shards it recommends; with fewer none is let in. */
  readonly shards?: number;
  /** How many of them may identify at once. */
  readonly concurrency?: number;
  /** When the next ones may; who comes earlier is told that the session is invalid. At any time when left out. */
  readonly identifyEveryMs?: number;
};

export type DiscordServer = {
  /** For `apiRoot`. */
  readonly url: string;
  readonly sent: readonly DiscordSent[];
  readonly typed: readonly string[];
  /** The shards that identified, as `[id, count]`, and the ids of those that resumed. */
  readonly identified: readonly Shard[];
  readonly resumed: readonly number[];
  /** How often each method was called, such as `POST /channels/:id/messages`; also `gateway`, `identify` and `resume`. */
  readonly calls: ReadonlyMap<string, number>;
  /** Holds a file as if a person had sent it; returns what a message has of it. */
  readonly hold: (filename: string, contentType: string, bytes: Uint8Array) => Readonly<Record<string, unknown>>;
  /** A person writes; returns the message's id. */
  readonly say: (said: DiscordSaid) => string;
  readonly edit: (id: string, text: string) => void;
  readonly remove: (id: string) => void;
  /** Opens a thread in a channel of the server; returns its id. */
  readonly openThread: (parentId: string) => string;
  readonly push: (name: string, data: unknown) => void;
  /** Dispatches the last messages once more. */
  readonly repeat: (count?: number) => void;
  readonly fail: (method: string, ...faults: readonly ApiFault[]) => void;
  readonly failAlways: (method: string, fault: ApiFault | undefined) => void;
  readonly revoke: () => void;
  /** How far the server's clock is from this machine's, as the Date of its answers says. */
  readonly setClock: (aheadMs: number) => void;
  /** Forgets all sessions: what cannot be resumed must be begun anew. */
  readonly forgetSessions: () => void;
  /** Recommends another number of shards, and lets nobody in with fewer. */
  readonly recommendShards: (count: number) => void;
  readonly forgetNonces: () => void;
  /** Asks the client to connect again (7), or says that its session is over (9). */
  readonly tell: (op: 7 | 9, resumable?: boolean) => void;
  /** Leaves heartbeats unanswered from now on. */
  readonly ignoreHeartbeats: (on: boolean) => void;
  /** Whether the last heartbeat said that every dispatch was taken care of. */
  readonly isAcknowledged: () => boolean;
  readonly connections: () => number;
  readonly until: (condition: () => boolean, timeoutMs?: number) => Promise<void>;
  /** Of one shard, or all. */
  readonly dropConnections: (shard?: number) => void;
  readonly close: () => Promise<void>;
};

type Message = Readonly<Record<string, unknown>> & { readonly id: string; readonly channel_id: string; readonly content: string };
type Shard = readonly [id: number, count: number];
type Session = {
  readonly id: string;
  readonly shard: Shard;
  readonly log: { readonly s: number; readonly t: string; readonly d: unknown }[];
  sequence: number;
  /** What the last heartbeat said. */
  heard: number;
  socket?: WebSocket;
};

export async function startDiscord(options: DiscordOptions = {}): Promise<DiscordServer> {
  const { port = 0, heartbeatMs = 40_000, nonceMs = 300_000, messageContent = true, onSent = () => {} } = options;
  const { concurrency = 1, identifyEveryMs = 0 } = options;
  const sent: DiscordSent[] = [];
  const typed: string[] = [];
  const faults = createFaults();
  const messages: Message[] = [];
  const nonces = new Map<string, { readonly message: Message; readonly at: number }>();
  const guildChannels = new Map<string, { readonly guildId: string; readonly parent?: string }>();
  const sessions = new Map<string, Session>();
  const sockets = new Set<WebSocket>();
  /** Of each shard the session that was begun last. */
  const current = new Map<number, Session>();
  const identified: Shard[] = [];
  const resumed: number[] = [];
  const identifiedAt = new Map<number, number>();
  let shards = options.shards ?? 1;
  let clockAheadMs = 0;
  let [isRevoked, isDeaf, lastId, count] = [false, false, 0n, 0];

  const nextId = (): string => {
    const id = BigInt(Date.now() - EPOCH_MS) << 22n;
    lastId = id > lastId ? id : lastId + 1n;
    return String(lastId);
  };
  const dispatch = (t: string, d: unknown, session: Session | undefined = current.get(shardOf(d))) => {
    if (!session) return;
    const frame = { op: 0, s: ++session.sequence, t, d };
    session.log.push(frame);
    session.socket?.send(JSON.stringify(frame));
  };
  /** The shard that is told of something: of what belongs to no server it is the first. */
  const shardOf = (d: unknown): number => {
    const { guild_id: guildId } = d as { readonly guild_id?: string };
    return guildId === undefined ? 0 : guildShard(guildId);
  };
  const guildShard = (guildId: string): number => Number((BigInt(guildId) >> 22n) % BigInt([...current.values()][0]?.shard[1] ?? 1));
  const note = (name: string) => faults.answer(name, undefined as never, () => {});
  const isDirect = (channelId: string) => channelId.startsWith('7');
  const directOf = (userId: string) => `7${userId.slice(1)}`;
  const broadcast = (t: string, { guild_id: _, ...d }: Readonly<Record<string, unknown>> & { readonly channel_id: string }) =>
    dispatch(t, isDirect(d.channel_id) ? d : { ...d, guild_id: guildChannels.get(d.channel_id)?.guildId ?? GUILD });

  const say = ({
    text = '',
    userId = '600000000000000042',
    channelId = directOf(userId),
    guildId = GUILD,
    mentionsBot,
    answersBot,
    unheard,
    extra,
  }: DiscordSaid): string => {
    if (!isDirect(channelId) && !guildChannels.has(channelId)) guildChannels.set(channelId, { guildId });
    const message = {
      ...{ id: nextId(), channel_id: channelId, type: answersBot ? 19 : 0, content: text, timestamp: new Date().toISOString() },
      author: { id: userId, username: `user${userId.slice(-2)}`, global_name: 'Ada' },
      mentions: mentionsBot ? [{ id: BOT_ID, username: 'stand_in', bot: true }] : [],
      ...{ attachments: [], embeds: [], pinned: false, tts: false, mention_everyone: false, mention_roles: [], edited_timestamp: null },
      ...(answersBot && { referenced_message: { id: '1', author: { id: BOT_ID, username: 'stand_in' } } }),
      ...extra,
    };
    messages.push(message);
    const member = isDirect(channelId) ? {} : { member: { roles: [ROLE.id], nick: 'Countess' } };
    if (!unheard) broadcast('MESSAGE_CREATE', { ...message, ...member });
    return message.id;
  };

  const guild = (guildId: string) => {
    const own = [...guildChannels].filter(([, place]) => place.guildId === guildId);
    const channels = own.map(([id, { parent }]) => {
      const last = messages.findLast((message) => message.channel_id === id)?.id ?? null;
      return { id, type: parent === undefined ? 0 : 11, name: `channel-${id}`, parent_id: parent ?? null, last_message_id: last };
    });
    const isThread = ({ type }: { type: number }) => type === 11;
    return {
      id: guildId,
      name: 'Stand-in',
      roles: [ROLE],
      channels: channels.filter((one) => !isThread(one)),
      threads: channels.filter(isThread),
    };
  };

  const held = new Map<string, Uint8Array>();
  const post = (channelId: string, body: Readonly<Record<string, unknown>>, files: readonly StandInFile[]): readonly [number, object] => {
    const content = String(body['content'] ?? '');
    if (content === '' && files.length === 0) return [400, { code: 50006, message: 'Cannot send an empty message' }];
    if ([...content].length > 2000) return [400, { code: 50035, message: 'Invalid Form Body' }];
    const nonce = typeof body['nonce'] === 'string' ? `${channelId}:${body['nonce']}` : undefined;
    const known = nonce === undefined ? undefined : nonces.get(nonce);
    if (known && body['enforce_nonce'] === true && Date.now() - known.at < nonceMs) return [200, known.message];
    const reference = body['message_reference'] as { message_id?: string } | undefined;
    const message: Message = {
      ...{ id: nextId(), channel_id: channelId, type: reference ? 19 : 0, content, timestamp: new Date().toISOString() },
      author: { id: BOT_ID, username: 'stand_in', bot: true },
      ...(reference && { message_reference: { ...reference, channel_id: channelId } }),
      attachments: files.map(({ name, bytes }, at) => ({ id: String(at), filename: name.replaceAll(' ', '_'), size: bytes.length })),
    };
    messages.push(message);
    if (nonce) nonces.set(nonce, { message, at: Date.now() });
    const record = {
      id: message.id,
      channelId,
      text: content,
      at: Date.now(),
      body,
      ...(files.length > 0 && { files }),
      ...(reference?.message_id && { replyTo: reference.message_id }),
    };
    sent.push(record);
    onSent(record);
    broadcast('MESSAGE_CREATE', { ...message, nonce: body['nonce'] });
    return [200, message];
  };

  const work = (
    method: string,
    path: string,
    query: URLSearchParams,
    body: Readonly<Record<string, unknown>>,
    files: readonly StandInFile[],
  ): readonly [number, object?] => {
    const [, channelId = '', what] = /^\/channels\/(\d+)\/(\w+)$/.exec(path) ?? [];
    if (path === '/users/@me') return [200, { id: BOT_ID, username: 'stand_in', bot: true }];
    if (path === '/applications/@me') return [200, { id: BOT_ID, flags: messageContent ? 1 << 19 : 0 }];
    if (path === '/gateway/bot') {
      return [
        200,
        { url: gatewayUrl, shards, session_start_limit: { total: 1000, remaining: 999, reset_after: 0, max_concurrency: concurrency } },
      ];
    }
    if (path === '/users/@me/channels') return [200, { id: directOf(String(body['recipient_id'])), type: 1 }];
    if (what === 'typing') {
      typed.push(channelId);
      return [204];
    }
    if (what === 'messages' && method === 'POST') return post(channelId, body, files);
    if (what === 'messages') {
      const after = BigInt(query.get('after') ?? '0');
      const found = messages.filter((message) => message.channel_id === channelId && BigInt(message.id) > after);
      return [200, found.slice(0, Number(query.get('limit') ?? 50)).toReversed()];
    }
    return [404, { code: 0, message: '404: Not Found' }];
  };

  const handle = async (request: IncomingMessage, text: string, response: ServerResponse, rawBody: Buffer) => {
    if (clockAheadMs !== 0) response.setHeader('date', new Date(Date.now() + clockAheadMs).toUTCString());
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://stand-in');
    const path = pathname.replace(/^\/api\/v10/, '');
    const method = request.method ?? 'GET';
    const { body, files } = await readBody(request, text, rawBody);
    if (path.startsWith('/cdn/')) {
      faults.answer('file', response, () => {
        const bytes = held.get(path.split('/')[2] ?? '');
        response.writeHead(bytes ? 200 : 404, { 'content-type': 'application/octet-stream' }).end(bytes);
      });
      return;
    }
    faults.answer(`${method} ${path.replace(/\d{5,}/g, ':id')}`, response, (drop) => {
      const isKnown = request.headers.authorization === `Bot ${BOT_TOKEN}` && !isRevoked;
      const [status, answer] = isKnown ? work(method, path, searchParams, body, files) : [401, { code: 0, message: '401: Unauthorized' }];
      if (drop) return void response.destroy();
      response.writeHead(status, { 'content-type': 'application/json', 'x-ratelimit-remaining': '4', 'x-ratelimit-reset-after': '1' });
      response.end(answer === undefined ? '' : JSON.stringify(answer));
    });
  };

  const server = await startHttpServer((...call) => void handle(...call), port);
  const gatewayUrl = `${server.origin.replace('http', 'ws')}/gateway`;

  const identify = (socket: WebSocket, data: { readonly token?: string; readonly intents?: number; readonly shard?: Shard }) => {
    if (data.token !== BOT_TOKEN || isRevoked) return socket.close(4004, 'Authentication failed.');
    if ((data.intents ?? 0) & MESSAGE_CONTENT && !messageContent) return socket.close(4014, 'Disallowed intent(s).');
    const { shard = [0, 1] } = data;
    const [id, of] = shard;
    if (id >= of) return socket.close(4010, 'Invalid shard.');
    if (of < shards) return socket.close(4011, 'Sharding required.');
    const [turn, now] = [id % concurrency, performance.now()];
    if (now - (identifiedAt.get(turn) ?? -identifyEveryMs) < identifyEveryMs) return socket.send(JSON.stringify({ op: 9, d: false }));
    identifiedAt.set(turn, now);
    identified.push(shard);
    note('identify');
    const session: Session = { id: `session-${++count}`, shard, log: [], sequence: 0, heard: -1, socket };
    sessions.set(session.id, session);
    if ([...current.values()].some((other) => other.shard[1] !== of)) current.clear();
    current.set(id, session);
    const guilds = [GUILD, OTHER_GUILD].filter((guildId) => Number((BigInt(guildId) >> 22n) % BigInt(of)) === id);
    const ready = { v: 10, user: { id: BOT_ID }, shard, session_id: session.id, resume_gateway_url: gatewayUrl };
    dispatch('READY', { ...ready, guilds: guilds.map((guildId) => ({ id: guildId, unavailable: true })) }, session);
    for (const guildId of guilds) dispatch('GUILD_CREATE', guild(guildId), session);
  };
  const resume = (socket: WebSocket, data: { readonly token?: string; readonly session_id?: string; readonly seq?: number }) => {
    if (data.token !== BOT_TOKEN || isRevoked) return socket.close(4004, 'Authentication failed.');
    note('resume');
    const session = sessions.get(data.session_id ?? '');
    if (!session) return socket.send(JSON.stringify({ op: 9, d: false }));
    resumed.push(session.shard[0]);
    current.set(session.shard[0], session);
    delete session.socket;
    for (const { s, t, d } of session.log) if (s > (data.seq ?? 0)) socket.send(JSON.stringify({ op: 0, s, t, d }));
    session.socket = socket;
    dispatch('RESUMED', {}, session);
  };

  const sessionOf = (socket: WebSocket) => [...current.values()].find((session) => session.socket === socket);

  acceptWebSockets(server.server, (socket) => {
    let isUp = false;
    faults.answer('gateway', { destroy: () => socket.terminate() } as never, () => {
      isUp = true;
    });
    if (!isUp) return;
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      const session = sessionOf(socket);
      if (session) delete session.socket;
      faults.noticed();
    });
    socket.on('message', (text) => {
      const { op, d } = JSON.parse(String(text)) as { readonly op: number; readonly d: never };
      if (op === 1) {
        const session = sessionOf(socket);
        if (session) session.heard = (d as number | null) ?? 0;
        if (!isDeaf) socket.send(JSON.stringify({ op: 11 }));
        note('heartbeat');
      } else if (op === 2) identify(socket, d);
      else if (op === 6) resume(socket, d);
    });
    socket.send(JSON.stringify({ op: 10, d: { heartbeat_interval: heartbeatMs } }));
  });
  const dropConnections = (shard?: number) => {
    if (shard !== undefined) return current.get(shard)?.socket?.terminate();
    for (const socket of sockets) socket.terminate();
    server.dropConnections();
  };
  const update = (id: string) => {
    const at = messages.findIndex((message) => message.id === id);
    const before = messages[at];
    if (!before) throw new Error(`there was no message ${id}`);
    return { at, before };
  };

  return {
    url: `${server.origin}/api`,
    sent,
    typed,
    identified,
    resumed,
    calls: faults.calls,
    hold: (filename, contentType, bytes) => {
      const id = `f${++count}`;
      held.set(id, bytes);
      return {
        id,
        filename,
        content_type: contentType,
        size: bytes.length,
        url: `${server.origin}/cdn/${id}/${encodeURIComponent(filename)}`,
      };
    },
    say,
    edit: (id, text) => {
      const { at, before } = update(id);
      const after = { ...before, content: text, edited_timestamp: new Date().toISOString() };
      messages[at] = after;
      broadcast('MESSAGE_UPDATE', after);
    },
    remove: (id) => {
      const { at, before } = update(id);
      messages.splice(at, 1);
      broadcast('MESSAGE_DELETE', { id, channel_id: before.channel_id });
    },
    openThread: (parentId) => {
      const id = nextId();
      const guildId = guildChannels.get(parentId)?.guildId ?? GUILD;
      guildChannels.set(id, { guildId, parent: parentId });
      dispatch('THREAD_CREATE', { id, type: 11, parent_id: parentId, guild_id: guildId, newly_created: true });
      return id;
    },
    push: (name, data) => dispatch(name, data),
    repeat: (times = 1) => {
      const past = [...current.values()].flatMap(({ log }) => log.filter(({ t }) => t === 'MESSAGE_CREATE')).slice(-times);
      for (const { t, d } of past) dispatch(t, d);
    },
    fail: faults.fail,
    failAlways: faults.failAlways,
    setClock: (aheadMs) => {
      clockAheadMs = aheadMs;
    },
    revoke: () => {
      isRevoked = true;
    },
    forgetSessions: () => sessions.clear(),
    recommendShards: (next) => {
      shards = next;
    },
    forgetNonces: () => nonces.clear(),
    tell: (op, resumable = true) => {
      for (const socket of sockets) socket.send(JSON.stringify({ op, d: op === 9 ? resumable : null }));
    },
    ignoreHeartbeats: (on) => {
      isDeaf = on;
    },
    isAcknowledged: () => current.size > 0 && [...current.values()].every(({ heard, sequence }) => heard >= sequence),
    connections: () => sockets.size,
    until: faults.until,
    dropConnections,
    close: async () => {
      dropConnections();
      await server.close();
    },
  };
}

type Body = { readonly body: Readonly<Record<string, unknown>>; readonly files: readonly StandInFile[] };

/** JSON, or a form with it and files. */
async function readBody({ headers }: IncomingMessage, text: string, rawBody: Buffer): Promise<Body> {
  const type = headers['content-type'] ?? '';
  if (!type.startsWith('multipart/')) return { body: text ? (JSON.parse(text) as Body['body']) : {}, files: [] };
  const form = await new Response(Uint8Array.from(rawBody), { headers: { 'content-type': type } }).formData();
  const files: StandInFile[] = [];
  for (const [name, value] of form) {
    if (/^files\[\d+\]$/.test(name) && value instanceof File)
      files.push({ name: value.name, bytes: Buffer.from(await value.arrayBuffer()) });
  }
  return { body: JSON.parse(String(form.get('payload_json'))) as Body['body'], files };
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '0' } } });
  await runAsProgram(() => startDiscord({ port: Number(values.port) }));
}
