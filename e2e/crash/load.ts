/**
 * People who keep writing while the gateway is killed under them. Each one sends a message at a time and sends it again, with
 * the same key, until it is acknowledged; what was acknowledged is remembered by its text, which nobody else uses.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { GatewayProcess } from '../gateway-process.ts';
import type { TelegramServer } from '../stand-ins/telegram.ts';

export type Load = {
  /** Texts that the gateway said it has, and under which key. */
  readonly acknowledged: ReadonlySet<string>;
  /** Texts that were put into Telegram's queue. */
  readonly said: ReadonlySet<string>;
  /** What must never happen, in words. */
  readonly violations: readonly string[];
  readonly resume: () => void;
  /** Resolves when nobody waits for an answer any more; an unacknowledged message is sent again after `resume`. */
  readonly pause: () => Promise<void>;
  readonly end: () => Promise<void>;
};

type Person = (text: string, key: string) => Promise<'acknowledged' | 'unknown'>;

const REQUEST_MS = 10_000;
const RETRY_MS = 5;

export function startLoad(gateway: GatewayProcess, telegram: TelegramServer): Load {
  const acknowledged = new Set<string>();
  const said = new Set<string>();
  const violations: string[] = [];
  const idByKey = new Map<string, string>();
  let state: 'running' | 'paused' | 'ended' = 'paused';
  let changed = Promise.withResolvers<void>();
  const turn = (next: typeof state) => {
    state = next;
    changed.resolve();
    changed = Promise.withResolvers();
  };
  const busy = new Set<Promise<unknown>>();

  const live = async (name: string, person: Person) => {
    for (let number = 1; ; ) {
      if (state === 'ended') return;
      if (state === 'paused') {
        await changed.promise;
        continue;
      }
      const text = `${name} #${number}`;
      const sending = person(text, `${name}-${number}`).catch((): 'unknown' => 'unknown');
      busy.add(sending);
      const result = await sending;
      busy.delete(sending);
      if (result === 'acknowledged') {
        acknowledged.add(text);
        number++;
      } else await delay(RETRY_MS);
    }
  };

  const http: Person = async (text, key) => {
    const from = text.split(' ')[0];
    const response = await gateway.request('/api/messages', {
      method: 'POST',
      body: JSON.stringify({ from, text, idempotencyKey: key }),
      signal: AbortSignal.timeout(REQUEST_MS),
    });
    if (response.status !== 202) {
      if (response.status < 500 && response.status !== 429) violations.push(`${key}: ${response.status} ${await response.text()}`);
      return 'unknown';
    }
    const { messageId } = (await response.json()) as { messageId: string };
    const before = idByKey.get(key);
    if (before !== undefined && before !== messageId) violations.push(`${key} became ${before} and then ${messageId}`);
    idByKey.set(key, messageId);
    // Half of all acknowledged messages are sent once more, as a client does that did not hear the answer.
    if (messageId.charCodeAt(messageId.length - 1) % 2 === 0) await repeat(from, text, key, messageId);
    return 'acknowledged';
  };

  const repeat = async (from: string | undefined, text: string, key: string, messageId: string) => {
    const response = await gateway
      .request('/api/messages', {
        method: 'POST',
        body: JSON.stringify({ from, text, idempotencyKey: key }),
        signal: AbortSignal.timeout(REQUEST_MS),
      })
      .catch(() => undefined);
    if (response?.status !== 202) return;
    const again = (await response.json().catch(() => undefined)) as { messageId: string; duplicate: boolean } | undefined;
    if (again && (again.messageId !== messageId || !again.duplicate))
      violations.push(`${key} was taken twice: ${messageId}, ${again.messageId}`);
  };

  const openAi: Person = async (text, key) => {
    const response = await gateway.request('/v1/chat/completions', {
      method: 'POST',
      headers: { 'idempotency-key': key },
      body: JSON.stringify({ model: 'openclaw/default', user: text.split(' ')[0], messages: [{ role: 'user', content: text }] }),
      signal: AbortSignal.timeout(REQUEST_MS),
    });
    if (!response.ok) {
      if (response.status < 500 && response.status !== 429) violations.push(`${key}: ${response.status} ${await response.text()}`);
      return 'unknown';
    }
    const { choices } = (await response.json()) as { choices: { message: { content: string } }[] };
    if (choices[0]?.message.content !== `re: ${text}`) violations.push(`${key} was answered with ${JSON.stringify(choices)}`);
    return 'acknowledged';
  };

  const telegramChat = async (chatId: number) => {
    const replied = new Set<string>();
    let seen = 0;
    for (let number = 1; ; ) {
      if (state === 'ended') return;
      if (state === 'paused') {
        await changed.promise;
        continue;
      }
      for (const sent of telegram.sent.slice(seen)) if (sent.chatId === String(chatId)) replied.add(sent.text);
      seen = telegram.sent.length;
      if (number - 1 - replied.size < 4) {
        const text = `t${chatId} #${number++}`;
        telegram.say({ text, chatId, fromId: chatId });
        said.add(text);
      }
      await delay(10);
    }
  };

  const lives = [
    ...['h1', 'h2', 'h3'].map((name) => live(name, http)),
    ...['v1', 'v2'].map((name) => live(name, openAi)),
    ...['w1', 'w2'].map((name) => live(name, webSocketPerson(gateway, violations))),
    telegramChat(501),
    telegramChat(502),
  ];
  return {
    acknowledged,
    said,
    violations,
    resume: () => turn('running'),
    pause: async () => {
      turn('paused');
      await Promise.all(busy);
    },
    end: async () => {
      turn('ended');
      await Promise.all(lives);
    },
  };
}

/** Sends by `chat.send` over one socket for as long as it holds. */
function webSocketPerson(gateway: GatewayProcess, violations: string[]): Person {
  let connection: Awaited<ReturnType<typeof connect>> | undefined;
  return async (text, key) => {
    if (!connection || connection.socket.readyState !== WebSocket.OPEN) connection = await connect(gateway);
    const answer = await connection.request('chat.send', {
      sessionKey: `agent:main:${text.split(' ')[0]}`,
      message: text,
      idempotencyKey: key,
    });
    if (answer.ok) return 'acknowledged';
    if (!answer.error?.retryable) violations.push(`${key}: ${JSON.stringify(answer.error)}`);
    return 'unknown';
  };
}

type Answer = { readonly id: string; readonly ok: boolean; readonly error?: { readonly retryable?: boolean } };

async function connect(gateway: GatewayProcess) {
  const socket = new WebSocket(gateway.url().replace('http', 'ws'));
  const waiting = new Map<string, (answer: Answer) => void>();
  const closed = Promise.withResolvers<never>();
  closed.promise.catch(() => undefined);
  const challenged = Promise.withResolvers<void>();
  let nextId = 1;
  socket.on('message', (data) => {
    const frame = JSON.parse(data.toString()) as Answer & { type: string; event?: string };
    if (frame.type === 'event' && frame.event === 'connect.challenge') challenged.resolve();
    if (frame.type === 'res') waiting.get(frame.id)?.(frame);
  });
  socket.on('error', () => undefined);
  socket.on('close', () => closed.reject(new Error('the socket closed')));
  const request = (method: string, params: object) => {
    const id = String(nextId++);
    const answered = Promise.withResolvers<Answer>();
    waiting.set(id, answered.resolve);
    socket.send(JSON.stringify({ type: 'req', id, method, params }));
    return Promise.race([answered.promise, closed.promise]).finally(() => waiting.delete(id));
  };
  await Promise.race([challenged.promise, closed.promise]);
  const client = { id: 'cli', version: '1.0.0', platform: 'linux', mode: 'cli' };
  const auth = { token: await gateway.token() };
  const hello = await request('connect', {
    minProtocol: 4,
    maxProtocol: 4,
    client,
    role: 'operator',
    scopes: ['operator.write', 'operator.read'],
    auth,
  });
  if (!hello.ok) {
    socket.close();
    throw new Error(`connect was refused: ${JSON.stringify(hello)}`);
  }
  return { socket, request };
}
