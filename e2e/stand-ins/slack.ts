/** A local Slack: Web API, Socket Mode with acknowledgements and redelivery, a history, and faults on request. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { parseArgs } from 'node:util';
import type { WebSocket } from 'ws';
import { type ApiFault, createFaults } from './faults.ts';
import { runAsProgram, startHttpServer } from './http-server.ts';
import { acceptWebSockets } from './web-socket-server.ts';

export const BOT_TOKEN = 'xoxb-stand-in-bot-token';
export const APP_TOKEN = 'xapp-stand-in-app-token';
export const BOT = { userId: 'UBOT', botId: 'BBOT', name: 'stand_in' } as const;
const MOST_SHUFFLED = 10;
const SCOPES = ['chat:write', 'im:history', 'mpim:history', 'channels:history', 'groups:history', 'app_mentions:read', 'users:read'];

export type SlackSent = {
  readonly channel: string;
  readonly text: string;
  readonly ts: string;
  readonly at: number;
  readonly threadTs?: string;
  readonly blocks?: unknown;
  readonly metadata?: unknown;
  readonly file?: { readonly name: string; readonly bytes: Buffer };
};

export type SlackSaid = {
  readonly text?: string;
  readonly user?: string;
  readonly channel?: string;
  readonly threadTs?: string;
  /** Written while no event about it reaches anybody: only the history knows it. */
  readonly unheard?: boolean;
  /** Further fields of the event, such as `files` or `subtype`. */
  readonly extra?: Readonly<Record<string, unknown>>;
};

export type SlackOptions = {
  readonly port?: number;
  /** After this long an event that was not acknowledged is sent once more. */
  readonly redeliverMs?: number;
  /** Called for every message that the bot sends. */
  readonly onSent?: (sent: SlackSent) => void;
};

export type SlackServer = {
  /** For `slackApiUrl`. */
  readonly url: string;
  readonly sent: readonly SlackSent[];
  readonly statuses: readonly { readonly channel: string; readonly threadTs: string; readonly status: string }[];
  /** How often each method was called. */
  readonly calls: ReadonlyMap<string, number>;
  /** Holds a file as if a person had uploaded it; returns what a message has of it. */
  readonly hold: (name: string, mimetype: string, bytes: Uint8Array) => Readonly<Record<string, unknown>>;
  /** What a person is called. */
  readonly name: (user: string, name: string) => void;
  /** A person writes; returns the message's `ts`. */
  readonly say: (said: SlackSaid) => string;
  readonly edit: (channel: string, ts: string, text: string) => void;
  readonly remove: (channel: string, ts: string) => void;
  /** Any event, and any envelope. */
  readonly push: (event: Readonly<Record<string, unknown>>) => void;
  readonly pushEnvelope: (type: string, payload: unknown) => void;
  /** Brings the last events once more, though they were acknowledged. */
  readonly repeat: (count?: number) => void;
  /** Sends what comes in one moment, a few events at a time, in reverse order from now on. */
  readonly reorder: (on: boolean) => void;
  readonly fail: (method: string, ...faults: readonly ApiFault[]) => void;
  readonly failAlways: (method: string, fault: ApiFault | undefined) => void;
  /** What the bot's token may do from now on. */
  readonly grant: (scopes: readonly string[]) => void;
  /** How far the server's clock is from this machine's, as the Date of its answers says. */
  readonly setClock: (aheadMs: number) => void;
  /** Both tokens are void from now on. */
  readonly revoke: () => void;
  /** Asks every client for a new connection. */
  readonly refresh: (reason?: string) => void;
  readonly connections: () => number;
  readonly unacknowledged: () => number;
  readonly until: (condition: () => boolean, timeoutMs?: number) => Promise<void>;
  readonly dropConnections: () => void;
  readonly close: () => Promise<void>;
};

type Message = Readonly<Record<string, unknown>> & { readonly ts: string; readonly channel: string; readonly thread_ts?: string };
type Pending = { readonly type: string; readonly payload: unknown; envelopeId: string; sentAt: number; tries: number };
type Input = Readonly<Record<string, string>>;

export async function startSlack({ port = 0, redeliverMs = 3_000, onSent = () => {} }: SlackOptions = {}): Promise<SlackServer> {
  const sent: SlackSent[] = [];
  const statuses: { channel: string; threadTs: string; status: string }[] = [];
  const faults = createFaults();
  const history: Message[] = [];
  const files = new Map<string, Uint8Array>();
  let scopes: readonly string[] = SCOPES;
  let clockAheadMs = 0;
  const uploads = new Map<string, { readonly name: string; readonly length: number; bytes?: Buffer }>();
  const names = new Map<string, string>();
  const channels = new Set<string>();
  const clients = new Map<WebSocket, Duplex>();
  const past: Pending[] = [];
  let pending: Pending[] = [];
  let outbox: Pending[] = [];
  let [isReordering, isRevoked, count, lastMicros] = [false, false, 0, 0];

  const nextTs = (): string => {
    lastMicros = Math.max(lastMicros + 1, Date.now() * 1000);
    return (lastMicros / 1e6).toFixed(6);
  };
  const post = (item: Pending) => {
    item.sentAt = Date.now();
    item.tries += 1;
    const retry = item.tries > 1 ? { retry_attempt: item.tries - 1, retry_reason: 'timeout' } : {};
    const envelope = { envelope_id: item.envelopeId, type: item.type, accepts_response_payload: false, payload: item.payload, ...retry };
    // Slack sends an event to one of an app's connections.
    const client = [...clients.keys()].findLast((candidate) => candidate.readyState === candidate.OPEN);
    client?.send(JSON.stringify(envelope));
  };
  const flush = () => {
    const batch = outbox;
    outbox = [];
    if (!isReordering) return batch.forEach(post);
    for (let at = 0; at < batch.length; at += MOST_SHUFFLED) {
      // What is sent in one moment arrives in one piece.
      for (const stream of clients.values()) stream.cork();
      batch
        .slice(at, at + MOST_SHUFFLED)
        .toReversed()
        .forEach(post);
      for (const stream of clients.values()) stream.uncork();
    }
  };
  const enqueue = (type: string, payload: unknown) => {
    const item = { type, payload, envelopeId: `env-${++count}`, sentAt: 0, tries: 0 };
    pending.push(item);
    past.push(item);
    if (outbox.push(item) === 1) setImmediate(flush);
  };
  const push = (event: Readonly<Record<string, unknown>>) =>
    enqueue('events_api', {
      type: 'event_callback',
      team_id: 'T1',
      event_id: `Ev${++count}`,
      event_time: Math.floor(Date.now() / 1000),
      event,
    });
  const redelivery = setInterval(
    () => {
      for (const item of pending) if (item.tries > 0 && Date.now() - item.sentAt >= redeliverMs) post(item);
    },
    Math.max(10, redeliverMs / 4),
  );

  const say = ({ text, user = 'U42', channel = 'D42', threadTs, unheard = false, extra = {} }: SlackSaid): string => {
    const ts = nextTs();
    channels.add(channel);
    const content = { type: 'message', user, ts, channel, client_msg_id: `cm-${ts}`, ...(text !== undefined && { text }) };
    const message = { ...content, ...(threadTs !== undefined && { thread_ts: threadTs }), ...extra } as Message;
    history.push(message);
    if (!unheard) push({ ...message, channel_type: channel.startsWith('D') ? 'im' : 'channel', event_ts: ts });
    return ts;
  };
  const change = (
    channel: string,
    ts: string,
    next: (message: Message) => Message | undefined,
    note: (before: Message, after?: Message) => object,
  ) => {
    const at = history.findIndex((message) => message.channel === channel && message.ts === ts);
    const before = history[at];
    if (!before) throw new Error(`there was no message ${ts} in ${channel}`);
    const after = next(before);
    if (after) history[at] = after;
    else history.splice(at, 1);
    push({ type: 'message', channel, hidden: true, ts: nextTs(), previous_message: before, ...note(before, after) });
  };

  const methods: Readonly<Record<string, (input: Input) => object>> = {
    'auth.test': () => ({
      url: 'https://stand-in.slack.com/',
      team: 'Stand-in',
      team_id: 'T1',
      user: BOT.name,
      user_id: BOT.userId,
      bot_id: BOT.botId,
    }),
    'apps.connections.open': () => ({ url: `${origin.replace('http', 'ws')}/link/?ticket=${++count}` }),
    'chat.postMessage': ({ channel = '', text = '', thread_ts: threadTs, blocks, metadata }) => {
      if (channel === '') return error('channel_not_found');
      if (text === '' && blocks === undefined) return error('no_text');
      if (text.length > 40_000) return error('msg_too_long');
      const ts = nextTs();
      const more = { ...(threadTs && { thread_ts: threadTs }), ...(metadata && { metadata: JSON.parse(metadata) as unknown }) };
      channels.add(channel);
      history.push({ type: 'message', user: BOT.userId, bot_id: BOT.botId, ts, channel, text, ...more });
      const message = {
        ...{ channel, text, ts, at: Date.now() },
        ...(threadTs && { threadTs }),
        ...(blocks && { blocks: JSON.parse(blocks) as unknown }),
        ...(metadata && { metadata: JSON.parse(metadata) as unknown }),
      };
      sent.push(message);
      onSent(message);
      push({ type: 'message', subtype: 'bot_message', bot_id: BOT.botId, user: BOT.userId, channel, ts, text });
      return { channel, ts, message: { text } };
    },
    'files.getUploadURLExternal': ({ filename = '', length = '0' }) => {
      if (filename === '' || !(Number(length) > 0)) return error('invalid_arguments');
      const id = `F${++count}`;
      uploads.set(id, { name: filename, length: Number(length) });
      return { upload_url: `${origin}/upload/${id}`, file_id: id };
    },
    'files.completeUploadExternal': ({ files: listed = '[]', channel_id: channel = '', thread_ts: threadTs }) => {
      const [asked] = JSON.parse(listed) as { id: string; title?: string }[];
      const upload = uploads.get(asked?.id ?? '');
      if (!asked || !upload?.bytes) return error('file_not_found');
      const ts = nextTs();
      const file = { id: asked.id, name: upload.name, title: asked.title ?? upload.name, size: upload.bytes.length };
      history.push({
        type: 'message',
        user: BOT.userId,
        bot_id: BOT.botId,
        ts,
        channel,
        text: '',
        files: [file],
        ...(threadTs && { thread_ts: threadTs }),
      });
      const message = {
        channel,
        text: '',
        ts,
        at: Date.now(),
        file: { name: upload.name, bytes: upload.bytes },
        ...(threadTs && { threadTs }),
      };
      sent.push(message);
      onSent(message);
      return { files: [file] };
    },
    'conversations.history': (input) =>
      page(
        ofChannel(input)
          .filter(({ ts, thread_ts: thread }) => thread === undefined || thread === ts)
          .toReversed(),
        input,
      ),
    'conversations.replies': (input) =>
      page(
        ofChannel(input).filter(({ ts, thread_ts: thread }) => ts === input['ts'] || thread === input['ts']),
        input,
      ),
    'users.info': ({ user = '' }) => {
      if (!scopes.includes('users:read')) return { ok: false, error: 'missing_scope', needed: 'users:read' };
      const name = names.get(user);
      return name === undefined
        ? error('user_not_found')
        : { user: { id: user, name: user.toLowerCase(), profile: { display_name: name } } };
    },
    'users.conversations': ({ types = '' }) => {
      const kindOf = (id: string) => (id.startsWith('D') ? 'im' : id.startsWith('G') ? 'private_channel' : 'public_channel');
      const found = [...channels].filter((id) => types.split(',').includes(kindOf(id)));
      return { channels: found.map((id) => ({ id })), response_metadata: { next_cursor: '' } };
    },
    'assistant.threads.setStatus': ({ channel_id: channel = '', thread_ts: threadTs = '', status = '' }) => {
      statuses.push({ channel, threadTs, status });
      return {};
    },
  };

  function ofChannel({ channel, oldest = '0', include_all_metadata: full }: Input): Message[] {
    const found = history.filter((message) => message.channel === channel && Number(message.ts) > Number(oldest));
    return found.map((message) => {
      const replies = history.filter(({ ts, thread_ts: thread }) => thread === message.ts && ts !== thread).length;
      const { metadata: _, ...plain } = message;
      return { ...(full === 'true' ? message : plain), ...(replies > 0 && { reply_count: replies, thread_ts: message.ts }) } as Message;
    });
  }

  function takeUpload(id: string, bytes: Buffer, response: ServerResponse): void {
    const upload = uploads.get(id);
    if (!upload || upload.length !== bytes.length) return void response.writeHead(400).end();
    upload.bytes = bytes;
    response.writeHead(200).end(`OK - ${bytes.length}`);
  }

  function giveFile(id: string, request: IncomingMessage, response: ServerResponse): void {
    const bytes = files.get(id);
    const isAllowed = request.headers.authorization === `Bearer ${BOT_TOKEN}`;
    if (!isAllowed) return void response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<!DOCTYPE html>Sign in');
    if (!bytes) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(bytes);
  }

  const handle = (request: IncomingMessage, body: string, response: ServerResponse, rawBody: Buffer) => {
    if (clockAheadMs !== 0) response.setHeader('date', new Date(Date.now() + clockAheadMs).toUTCString());
    const [, folder, fileId = ''] = /^\/(files-pri|upload)\/(\w+)/.exec(request.url ?? '') ?? [];
    if (folder === 'upload') return faults.answer('upload', response, () => takeUpload(fileId, rawBody, response));
    if (folder === 'files-pri') return faults.answer('file', response, () => giveFile(fileId, request, response));
    const method = new URL(request.url ?? '/', 'http://stand-in').pathname.replace(/^\/api\//, '');
    const work = () => {
      const token = method === 'apps.connections.open' ? APP_TOKEN : BOT_TOKEN;
      if (request.headers.authorization !== `Bearer ${token}`) return error('invalid_auth');
      if (isRevoked) return error('token_revoked');
      return methods[method]?.(Object.fromEntries(new URLSearchParams(body))) ?? error('unknown_method');
    };
    faults.answer(method, response, (drop) => {
      const answer = work();
      if (drop) return void response.destroy();
      const type = { 'content-type': 'application/json; charset=utf-8' };
      response.writeHead(200, { ...type, 'x-oauth-scopes': scopes.join(',') });
      response.end(JSON.stringify({ ok: true, ...answer }));
    });
  };

  const server = await startHttpServer(handle, port);
  const { origin } = server;
  acceptWebSockets(server.server, (socket, stream) => {
    clients.set(socket, stream);
    socket.on('close', () => {
      clients.delete(socket);
      faults.noticed();
    });
    socket.on('message', (data) => {
      const { envelope_id: id } = JSON.parse(String(data)) as { envelope_id?: string };
      pending = pending.filter((item) => item.envelopeId !== id);
      faults.noticed();
    });
    socket.send(JSON.stringify({ type: 'hello', num_connections: clients.size, connection_info: { app_id: 'A1' } }));
    for (const item of pending.filter(({ tries }) => tries > 0)) post(item);
  });
  const dropConnections = () => {
    for (const client of clients.keys()) client.terminate();
    server.dropConnections();
  };

  return {
    url: `${origin}/api/`,
    sent,
    statuses,
    calls: faults.calls,
    hold: (name, mimetype, bytes) => {
      const id = `F${++count}`;
      files.set(id, bytes);
      return {
        id,
        name,
        mimetype,
        size: bytes.length,
        url_private_download: `${origin}/files-pri/${id}/download/${encodeURIComponent(name)}`,
      };
    },
    name: (user, called) => void names.set(user, called),
    say,
    edit: (channel, ts, text) =>
      change(
        channel,
        ts,
        (message) => ({ ...message, text, edited: { user: 'U42', ts: nextTs() } }),
        (_, after) => ({ subtype: 'message_changed', message: after }),
      ),
    remove: (channel, ts) =>
      change(
        channel,
        ts,
        () => undefined,
        () => ({ subtype: 'message_deleted', deleted_ts: ts }),
      ),
    push,
    pushEnvelope: enqueue,
    repeat: (times = 1) => {
      for (const { type, payload } of past.slice(-times)) enqueue(type, payload);
    },
    reorder: (on) => {
      isReordering = on;
    },
    fail: faults.fail,
    failAlways: faults.failAlways,
    grant: (next) => {
      scopes = next;
    },
    setClock: (aheadMs) => {
      clockAheadMs = aheadMs;
    },
    revoke: () => {
      isRevoked = true;
    },
    refresh: (reason = 'refresh_requested') => {
      for (const client of clients.keys()) client.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'stand-in' } }));
    },
    connections: () => clients.size,
    unacknowledged: () => pending.length,
    until: faults.until,
    dropConnections,
    close: async () => {
      clearInterval(redelivery);
      dropConnections();
      await server.close();
    },
  };
}

const error = (name: string): object => ({ ok: false, error: name });

function page(messages: readonly Message[], { limit = '100', cursor = '0' }: Input): object {
  const end = Number(cursor) + Number(limit);
  const more = messages.length > end;
  return { messages: messages.slice(Number(cursor), end), has_more: more, response_metadata: { next_cursor: more ? String(end) : '' } };
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '0' } } });
  await runAsProgram(() => startSlack({ port: Number(values.port) }));
}
