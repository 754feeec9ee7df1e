/** A local Bot API server: long polling with real offsets and confirmation, webhooks, sending, and faults on request. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseArgs } from 'node:util';
import { type Caller, createCaller } from './caller.ts';
import { runAsProgram, startHttpServer } from './http-server.ts';

export const BOT_TOKEN = '123456:stand-in-bot-token';

export type TelegramFault =
  | { readonly fault: 'status'; readonly status: number; readonly description?: string; readonly retryAfterSeconds?: number }
  /** The socket breaks before the method did anything. */
  | { readonly fault: 'drop' }
  /** The method does its work, then the socket breaks before the answer. */
  | { readonly fault: 'drop-after' }
  /** 200, but not JSON. */
  | { readonly fault: 'garbage' }
  /** 200 and JSON, but not what the method answers. */
  | { readonly fault: 'nonsense' }
  | { readonly fault: 'hang' };

export type SentMessage = {
  readonly chatId: string;
  readonly text: string;
  readonly threadId?: number;
  readonly file?: { readonly kind: 'photo' | 'document'; readonly name: string; readonly bytes: Buffer };
  /** The message that is quoted. */
  readonly replyTo?: number;
  readonly entities?: readonly unknown[];
  readonly messageId: number;
  readonly at: number;
};

export type IncomingText = {
  readonly text?: string;
  readonly chatId?: number;
  readonly chatType?: 'private' | 'group' | 'supergroup' | 'channel';
  readonly fromId?: number;
  readonly fromName?: string;
  readonly fromBot?: boolean;
  readonly threadId?: number;
  /** Edits the message with this id. */
  readonly edits?: number;
  /** Further fields of the message, such as `photo`. */
  readonly extra?: Readonly<Record<string, unknown>>;
};

export type TelegramOptions = {
  readonly port?: number;
  readonly token?: string;
  readonly username?: string;
  /** Called for every message that the bot sends. */
  readonly onSent?: (sent: SentMessage) => void;
  /** Where the address that the bot registered is reached. */
  readonly reach?: (webhookUrl: string) => string;
};

export type TelegramServer = {
  readonly url: string;
  readonly token: string;
  readonly sent: readonly SentMessage[];
  /** The chats that were shown that the bot is typing. */
  readonly typing: readonly string[];
  /** How often each method was called. */
  readonly calls: ReadonlyMap<string, number>;
  /** Puts a message from a user into the bot's queue; returns its message id. */
  readonly say: (message: IncomingText) => number;
  /** Holds a file as if a user had sent it; returns its file_id. `pace` answers in pieces, each when it resolves. */
  readonly hold: (bytes: Uint8Array, pace?: () => Promise<void>) => string;
  /** Puts any update into the queue, also one that is not an update; an `update_id` is added where there is none. */
  readonly push: (update: Readonly<Record<string, unknown>>) => number;
  /** Sends the updates with these ids once more, though they were confirmed. */
  readonly repeat: (...updateIds: readonly number[]) => void;
  /** Answers updates of one request in reverse order from now on. */
  readonly reorder: (on: boolean) => void;
  /** The next calls of this method fail like this, one each. */
  readonly fail: (method: string, ...faults: readonly TelegramFault[]) => void;
  /** Every call of this method fails like this until set to `undefined`. */
  readonly failAlways: (method: string, fault: TelegramFault | undefined) => void;
  /** The ids of updates that the bot has not confirmed. */
  readonly unconfirmed: () => readonly number[];
  /** Resolves when `condition` holds; it is looked at after each call of the bot. */
  readonly until: (condition: () => boolean, timeoutMs?: number) => Promise<void>;
  readonly setWebhook: (url: string) => void;
  /** What the bot registered last. */
  readonly webhook: () => Webhook | undefined;
  /** From now on a group has another id: what is sent to the old one is refused with the new one. */
  readonly migrate: (from: number, to: number) => void;
  /** How far the server's clock is from this machine's, as the Date of its answers says. */
  readonly setClock: (aheadMs: number) => void;
  /** Whether the bot sees all messages of its groups, or only those that speak to it. */
  readonly setPrivacy: (on: boolean) => void;
  readonly dropConnections: () => void;
  readonly close: () => Promise<void>;
};

const MOST_FILE_BYTES = 20 * 1024 * 1024;
const SENT_FILES: Readonly<Record<string, 'photo' | 'document'>> = { sendPhoto: 'photo', sendDocument: 'document' };

export type Webhook = { readonly url: string; readonly secret: string; readonly allowed: readonly string[]; readonly atOnce: number };
type Update = Readonly<Record<string, unknown>> & { readonly update_id: number };
type Poller = { readonly response: ServerResponse; readonly answer: () => void };
type Parameters = Readonly<Record<string, unknown>>;

/** Starts the server; a bot is pointed at it with `apiRoot: url`. */
export async function startTelegram(options: TelegramOptions = {}): Promise<TelegramServer> {
  const token = options.token ?? BOT_TOKEN;
  const bot = { id: Number(token.split(':')[0]), is_bot: true, first_name: 'Stand-in', username: options.username ?? 'stand_in_bot' };
  const sent: SentMessage[] = [];
  const typing: string[] = [];
  const migrated = new Map<string, number>();
  const calls = new Map<string, number>();
  const faults = new Map<string, TelegramFault[]>();
  const standing = new Map<string, TelegramFault>();
  const history = new Map<number, Update>();
  const watchers = new Set<() => void>();
  const repeated = new WeakSet<Update>();
  let queue: Update[] = [];
  let poller: Poller | undefined;
  let nextUpdateId = 1000;
  let nextMessageId = 1;
  let reordered = false;
  let webhookUrl = '';
  let webhook: Webhook | undefined;
  let caller: Caller<Update> | undefined;
  let lastProblem = '';
  let clockAheadMs = 0;
  let isPrivate = true;

  const files = new Map<string, { readonly bytes: Uint8Array; readonly pace?: () => Promise<void> }>();

  const wake = () => {
    if (!caller) return poller?.answer();
    caller.add(...(reordered ? queue.toReversed() : queue));
    queue = [];
  };

  const setWebhook = (parameters: Parameters, response: ServerResponse) => {
    const { url = '', secret_token: secret = '', allowed_updates: allowed, max_connections: atOnce = 40 } = parameters;
    const left = stopCalling();
    webhookUrl = String(url);
    webhook = { url: webhookUrl, secret: String(secret), allowed: (allowed ?? []) as string[], atOnce: Number(atOnce) };
    caller = webhookUrl === '' ? undefined : startCalling(webhook);
    queue = [...left, ...queue];
    wake();
    succeed(response, true);
  };

  const startCalling = ({ url, secret, atOnce }: Webhook) =>
    createCaller<Update>({
      atOnce,
      call: (update) => ({
        url: options.reach?.(url) ?? url,
        headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': secret },
        body: JSON.stringify(update),
      }),
      onAnswer: (_, status) => {
        lastProblem = status === 200 ? '' : status === 0 ? 'Connection refused' : `Wrong response from the webhook: ${status}`;
        for (const watcher of watchers) watcher();
      },
    });

  const stopCalling = (): readonly Update[] => {
    const left = caller?.waiting() ?? [];
    void caller?.close();
    caller = undefined;
    return left;
  };

  const push = (content: Readonly<Record<string, unknown>>): number => {
    const id = typeof content['update_id'] === 'number' ? content['update_id'] : nextUpdateId++;
    const update = { update_id: id, ...content };
    history.set(id, update);
    queue.push(update);
    wake();
    return id;
  };

  const say = (message: IncomingText): number => {
    const { fromId = 42, fromName = 'Ada', chatId = fromId, chatType = 'private', edits } = message;
    const messageId = edits ?? nextMessageId++;
    const content = {
      message_id: messageId,
      date: nowSeconds(),
      ...(chatType === 'channel' ? {} : { from: { id: fromId, is_bot: message.fromBot ?? false, first_name: fromName } }),
      chat: { id: chatId, type: chatType, ...(chatType === 'private' ? { first_name: fromName } : { title: 'A group' }) },
      ...(chatType === 'channel' ? { sender_chat: { id: chatId, type: chatType, title: 'A channel' } } : {}),
      ...(message.text === undefined ? {} : { text: message.text }),
      ...(message.threadId === undefined ? {} : { is_topic_message: true, message_thread_id: message.threadId }),
      ...(edits === undefined ? {} : { edit_date: nowSeconds() }),
      ...message.extra,
    };
    const kind = chatType === 'channel' ? 'channel_post' : 'message';
    push({ [edits === undefined ? kind : `edited_${kind}`]: content });
    return messageId;
  };

  const getUpdates = (parameters: Parameters, response: ServerResponse) => {
    if (webhookUrl)
      return fail(
        response,
        409,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
      );
    if (poller) {
      const previous = poller;
      poller = undefined;
      fail(previous.response, 409, 'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running');
    }
    const offset = Number(parameters['offset'] ?? 0);
    if (offset > 0) queue = queue.filter((update) => update.update_id >= offset || repeated.has(update));
    const limit = Math.min(100, Number(parameters['limit'] ?? 100));
    const answer = () => {
      clearTimeout(timer);
      poller = undefined;
      const page = queue.slice(0, limit);
      succeed(response, reordered ? page.toReversed() : page);
      // A repeated update was confirmed before: it is delivered once more, not kept.
      queue = queue.filter((update) => !(repeated.has(update) && page.includes(update)));
    };
    const timer = setTimeout(answer, Number(parameters['timeout'] ?? 0) * 1000);
    if (queue.length > 0 || !parameters['timeout']) return answer();
    poller = { response, answer };
    // The response, not its socket: that one is kept alive and carries many polls.
    response.once('close', () => {
      clearTimeout(timer);
      if (poller?.response === response) poller = undefined;
    });
  };

  const sendMessage = (parameters: Parameters, response: ServerResponse, drop: boolean) => {
    const { chat_id: chatId, text, message_thread_id: threadId, reply_parameters: quoted } = parameters;
    const next = migrated.get(String(chatId));
    if (next !== undefined) {
      return fail(response, 400, 'Bad Request: group chat was upgraded to a supergroup chat', { migrate_to_chat_id: next });
    }
    const replyTo = (quoted as { message_id?: number } | undefined)?.message_id;
    if (typeof text !== 'string' || text === '') return fail(response, 400, 'Bad Request: message text is empty');
    if (text.length > 4096) return fail(response, 400, 'Bad Request: message is too long');
    const message = {
      chatId: String(chatId),
      text,
      messageId: nextMessageId++,
      at: Date.now(),
      ...(typeof threadId === 'number' ? { threadId } : {}),
      ...(replyTo === undefined ? {} : { replyTo }),
      ...(Array.isArray(parameters['entities']) ? { entities: parameters['entities'] } : {}),
    };
    sent.push(message);
    options.onSent?.(message);
    if (drop) return void response.destroy();
    succeed(response, {
      message_id: message.messageId,
      date: nowSeconds(),
      chat: { id: Number(chatId), type: 'private' },
      from: bot,
      text,
    });
  };

  const sendFile = (kind: 'photo' | 'document', request: IncomingMessage, body: Buffer, response: ServerResponse, drop: boolean) => {
    const parts = readMultipart(request.headers['content-type'] ?? '', body);
    const text = (name: string) => parts.get(name)?.bytes.toString('utf8');
    // A library names the part that holds the file, and the parameter points to it.
    const named = /^attach:\/\/(.+)$/.exec(text(kind) ?? '')?.[1] ?? kind;
    const file = parts.get(named);
    if (!file?.filename || file.bytes.length === 0) return fail(response, 400, `Bad Request: there is no ${kind} in the request`);
    const [chatId, threadId] = [text('chat_id'), text('message_thread_id')];
    const message = {
      chatId: String(chatId),
      text: '',
      file: { kind, name: file.filename, bytes: file.bytes },
      messageId: nextMessageId++,
      at: Date.now(),
      ...(threadId === undefined ? {} : { threadId: Number(threadId) }),
    };
    sent.push(message);
    options.onSent?.(message);
    if (drop) return void response.destroy();
    succeed(response, { message_id: message.messageId, date: nowSeconds(), chat: { id: Number(chatId), type: 'private' }, from: bot });
  };

  const getFile = ({ file_id: id }: Parameters, response: ServerResponse) => {
    const file = files.get(String(id));
    if (!file) return fail(response, 400, 'Bad Request: wrong file_id or the file is temporarily unavailable');
    if (file.bytes.length > MOST_FILE_BYTES) return fail(response, 400, 'Bad Request: file is too big');
    succeed(response, { file_id: id, file_unique_id: `u${id}`, file_size: file.bytes.length, file_path: `documents/${id}` });
  };

  const download = async (id: string, response: ServerResponse) => {
    const file = files.get(id);
    if (!file) return fail(response, 404, 'Not Found');
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    if (!file.pace) return void response.end(file.bytes);
    for (let at = 0; at < file.bytes.length && !response.destroyed; at += 1024) {
      response.write(file.bytes.subarray(at, at + 1024));
      await file.pace();
    }
    response.end();
  };

  const call = (method: string, parameters: Parameters, response: ServerResponse, drop: boolean) => {
    switch (method) {
      case 'getMe':
        return succeed(response, {
          ...bot,
          can_join_groups: true,
          can_read_all_group_messages: !isPrivate,
          supports_inline_queries: false,
        });
      case 'getUpdates':
        return getUpdates(parameters, response);
      case 'sendMessage':
        return sendMessage(parameters, response, drop);
      case 'getFile':
        return getFile(parameters, response);
      case 'getWebhookInfo':
        return succeed(response, {
          url: webhookUrl,
          has_custom_certificate: false,
          pending_update_count: queue.length + (caller?.waiting().length ?? 0),
          ...(lastProblem !== '' && { last_error_date: nowSeconds(), last_error_message: lastProblem }),
        });
      case 'setWebhook':
        return setWebhook(parameters, response);
      case 'sendChatAction':
        typing.push(String(parameters['chat_id']));
        return succeed(response, true);
      case 'deleteWebhook':
        webhookUrl = '';
        queue = [...stopCalling(), ...queue];
        return succeed(response, true);
      default:
        return fail(response, 404, 'Not Found: method not found');
    }
  };

  const server = await startHttpServer((request, body, response, rawBody) => {
    if (clockAheadMs !== 0) response.setHeader('date', new Date(Date.now() + clockAheadMs).toUTCString());
    const [, of, fileId = ''] = /^\/file\/bot([^/]+)\/documents\/(\w+)/.exec(request.url ?? '') ?? [];
    const [, given = of, method = fileId ? 'file' : ''] = /^\/bot([^/]+)\/(\w+)/.exec(request.url ?? '') ?? [];
    calls.set(method, (calls.get(method) ?? 0) + 1);
    if (given !== token) fail(response, 401, 'Unauthorized');
    else {
      const fault = faults.get(method)?.shift() ?? standing.get(method);
      const works = !fault || fault.fault === 'drop-after';
      const kind = SENT_FILES[method];
      if (works && method === 'file') void download(fileId, response);
      else if (works && kind) sendFile(kind, request, rawBody, response, fault !== undefined);
      else if (works) call(method, readParameters(request, body), response, fault !== undefined);
      else misbehave(fault, response);
    }
    for (const watcher of watchers) watcher();
  }, options.port);

  return {
    url: server.origin,
    token,
    sent,
    typing,
    calls,
    say,
    hold: (bytes, pace) => {
      const id = `file${files.size + 1}`;
      files.set(id, { bytes, ...(pace && { pace }) });
      return id;
    },
    push,
    repeat: (...ids) => {
      for (const id of ids) {
        const update = history.get(id);
        if (!update) throw new Error(`there was no update ${id}`);
        const copy = { ...update };
        repeated.add(copy);
        queue.push(copy);
      }
      wake();
    },
    reorder: (on) => {
      reordered = on;
    },
    fail: (method, ...next) => {
      faults.set(method, [...(faults.get(method) ?? []), ...next]);
    },
    failAlways: (method, fault) => {
      if (fault) standing.set(method, fault);
      else standing.delete(method);
    },
    unconfirmed: () => [...(caller?.waiting() ?? []), ...queue].map((update) => update.update_id),
    until: (condition, timeoutMs = 10_000) => waitUntil(condition, watchers, timeoutMs),
    setWebhook: (url) => {
      webhookUrl = url;
    },
    webhook: () => webhook,
    migrate: (from, to) => void migrated.set(String(from), to),
    setClock: (aheadMs) => {
      clockAheadMs = aheadMs;
    },
    setPrivacy: (on) => {
      isPrivate = on;
    },
    dropConnections: server.dropConnections,
    close: async () => {
      stopCalling();
      await server.close();
    },
  };
}

function waitUntil(condition: () => boolean, watchers: Set<() => void>, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (error?: Error) => {
      clearTimeout(timer);
      watchers.delete(look);
      if (error) reject(error);
      else resolve();
    };
    const look = () => {
      if (condition()) end();
    };
    const timer = setTimeout(() => end(new Error(`the bot did not do it within ${timeoutMs} ms: ${condition}`)), timeoutMs);
    watchers.add(look);
    look();
  });
}

function readParameters(request: IncomingMessage, body: string): Parameters {
  const query = Object.fromEntries(new URL(request.url ?? '/', 'http://stand-in').searchParams);
  if (!body) return query;
  return { ...query, ...(JSON.parse(body) as Parameters) };
}

type Part = { readonly filename?: string; readonly bytes: Buffer };

/** The parts of a form by their names, as RFC 7578 writes them; file names also without quotes, as the Bot API takes them. */
function readMultipart(contentType: string, body: Buffer): Map<string, Part> {
  const parts = new Map<string, Part>();
  const boundary = /boundary="?([^";]+)/.exec(contentType)?.[1];
  if (boundary === undefined) return parts;
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  const whole = Buffer.concat([Buffer.from('\r\n'), body]);
  for (let at = whole.indexOf(delimiter); at >= 0; ) {
    const next = whole.indexOf(delimiter, at + delimiter.length);
    if (next < 0) break;
    const part = whole.subarray(at + delimiter.length + 2, next);
    const end = part.indexOf('\r\n\r\n');
    const head = part.subarray(0, Math.max(0, end)).toString('utf8');
    const name = /;\s*name="([^"]*)"/i.exec(head)?.[1];
    const [, quoted, bare] = /;\s*filename=(?:"([^"]*)"|([^\r\n;]+))/i.exec(head) ?? [];
    const filename = quoted ?? bare;
    if (name !== undefined && end >= 0) parts.set(name, { bytes: Buffer.from(part.subarray(end + 4)), ...(filename && { filename }) });
    at = next;
  }
  return parts;
}

function succeed(response: ServerResponse, result: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ok: true, result }));
}

function fail(response: ServerResponse, status: number, description: string, parameters?: object): void {
  const body = { ok: false, error_code: status, description, ...(parameters ? { parameters } : {}) };
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function misbehave(fault: Exclude<TelegramFault, { fault: 'drop-after' }>, response: ServerResponse): void {
  switch (fault.fault) {
    case 'hang':
      return;
    case 'drop':
      response.destroy();
      return;
    case 'nonsense':
      succeed(response, { surprise: true });
      return;
    case 'garbage':
      response.writeHead(200, { 'content-type': 'application/json' }).end('<html>{');
      return;
    default: {
      const retry = fault.retryAfterSeconds === undefined ? undefined : { retry_after: fault.retryAfterSeconds };
      fail(response, fault.status, fault.description ?? 'Scripted error', retry);
    }
  }
}

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

if (import.meta.main) {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '0' }, token: { type: 'string', default: BOT_TOKEN } } });
  await runAsProgram(() => startTelegram({ port: Number(values.port), token: values.token }));
}
