/**
 * The services that people chat through, and the network between them and the gateway: calls are refused, lost on the way there or on
 * the way back, answered late, or never. A call that left a process may arrive after that process has died.
 */
import { GatewayError } from '@openclaw-gateway/events';
import { type ChannelDefinition, defineChannel, type Inbound, type Outbound } from '@openclaw-gateway/sdk';
import { Api, GrammyError, HttpError } from 'grammy';
import { z } from 'zod';
import type { Laws } from './laws.ts';
import type { Machine, Owner } from './machine.ts';

export type Network = {
  /** How likely a call goes wrong. Zero once the faults have stopped. */
  faultiness: number;
};

type Update = { readonly update_id: number; readonly message?: unknown; readonly text?: string };

const LONG_POLL_MS = 25_000;
/** When the Bot API's client gives up a call by itself. */
const CALL_LIMIT_MS = 35_000;
const MOST_LATENCY_MS = 2_000;
const ANSWERED_WITH = [
  { error_code: 429, description: 'Too Many Requests: retry after 3', parameters: { retry_after: 3 } },
  { error_code: 502, description: 'Bad Gateway' },
  { error_code: 500, description: 'Internal Server Error' },
  { error_code: 403, description: 'Forbidden: bot was blocked by the user' },
] as const;

export class ChatService {
  readonly #machine: Machine;
  readonly #laws: Laws;
  readonly #network: Network;
  readonly #taken = new Set<string>();
  #updates: { readonly update: Update; readonly text: string | undefined }[] = [];
  #nextId = 1;

  constructor(machine: Machine, laws: Laws, network: Network) {
    this.#machine = machine;
    this.#laws = laws;
    this.#network = network;
  }

  /** How many updates the gateway has not confirmed. */
  get unconfirmed(): number {
    return this.#updates.length;
  }

  /** Somebody writes to the bot. */
  say(chatId: number, text: string): void {
    const from = { id: chatId, is_bot: false, first_name: 'Ada' };
    const id = this.#nextId++;
    const update = { update_id: id, message: { message_id: id, from, chat: { id: chatId, type: 'private' }, text } };
    this.#updates.push({ update, text });
  }

  /** The service sends something that no bot understands. */
  babble(): void {
    const id = this.#nextId++;
    this.#updates.push({ update: { update_id: id, message: { nonsense: id } }, text: undefined });
  }

  /** What the Bot API does for a process. */
  api(owner: Owner): Pick<Api, 'getMe' | 'getUpdates' | 'sendMessage'> {
    const call = <T>(name: string, signal: unknown, mostMs: number, arrives: () => T): Promise<T> =>
      this.#call({ owner, name, mostMs, arrives, ...(signal ? { signal: signal as AbortSignal } : {}) });
    return {
      getMe: (signal) =>
        call('getMe', signal, MOST_LATENCY_MS, () => ({ id: 1, is_bot: true, first_name: 'Bot', username: 'bot' })) as ReturnType<
          Api['getMe']
        >,
      getUpdates: (options, signal) =>
        call('getUpdates', signal, options?.timeout ? LONG_POLL_MS : MOST_LATENCY_MS, () => this.#poll(options?.offset)) as ReturnType<
          Api['getUpdates']
        >,
      sendMessage: (chatId, text, _other, signal) => {
        this.#laws.sendDeparts(text);
        const arrives = () => {
          this.#laws.sendArrives(text);
          return { message_id: this.#nextId++, date: 0, chat: { id: Number(chatId), type: 'private' }, text };
        };
        return call('sendMessage', signal, MOST_LATENCY_MS, arrives) as unknown as ReturnType<Api['sendMessage']>;
      },
    };
  }

  /** A channel whose service knows a repeated reply by its id, and which brings messages by itself until they are taken. */
  nativeChannel(owner: Owner): ChannelDefinition {
    return defineChannel({
      id: 'native',
      config: z.looseObject({}),
      capabilities: { idempotency: 'native' },
      start: async (context) => {
        context.connected('native');
        this.#bring = (inbound) => context.receive(inbound);
        return { send: (outbound, signal) => this.#takeNative(owner, outbound, signal), probe: async () => [], stop: async () => {} };
      },
    });
  }

  #bring: ((inbound: Inbound) => Promise<unknown>) | undefined;

  /** Brings a message through the native channel. Rejects when the gateway did not take it, or is not there. */
  async bring(inbound: Inbound): Promise<unknown> {
    if (!this.#bring) throw new GatewayError('STARTING');
    return this.#bring(inbound);
  }

  /** The process has ended: nobody takes what is brought. */
  disconnect(): void {
    this.#bring = undefined;
  }

  #takeNative(owner: Owner, outbound: Outbound, signal: AbortSignal): Promise<{ providerMessageId: string }> {
    this.#laws.sendDeparts(outbound.text);
    const arrives = () => {
      if (!this.#taken.has(outbound.deliveryId)) this.#laws.sendArrives(outbound.text);
      this.#taken.add(outbound.deliveryId);
      return { providerMessageId: `p-${outbound.deliveryId}` };
    };
    return this.#call({ owner, name: 'native send', mostMs: MOST_LATENCY_MS, arrives, signal }).catch((thrown: unknown) => {
      const cause = thrown instanceof HttpError ? thrown.error : thrown;
      const wasSent = !(cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED');
      throw new GatewayError('CHANNEL_UNAVAILABLE', { details: { mayHaveArrived: wasSent } });
    });
  }

  /** A poll with an offset confirms everything below it; what is not confirmed comes again. */
  #poll(offset: number | undefined): Update[] {
    if (offset !== undefined) {
      for (const { update, text } of this.#updates) if (update.update_id < offset) this.#laws.confirmed(update, text);
      this.#updates = this.#updates.filter(({ update }) => update.update_id >= offset);
    }
    const updates = this.#updates.slice(0, 1 + this.#machine.random.below(5)).map(({ update }) => update);
    return this.#network.faultiness > 0 && this.#machine.random.chance(0.2) ? updates.reverse() : updates;
  }

  #call<T>(call: {
    readonly owner: Owner;
    readonly name: string;
    readonly mostMs: number;
    readonly arrives: () => T;
    readonly signal?: AbortSignal;
  }): Promise<T> {
    const { owner, name, mostMs, arrives, signal } = call;
    const machine = this.#machine;
    const { random } = machine;
    return new Promise((resolve, reject) => {
      const cut = () => reject(new HttpError(`Network request for '${name}' failed!`, new DOMException('aborted', 'AbortError')));
      if (signal?.aborted) return cut();
      signal?.addEventListener('abort', cut, { once: true });
      const breaks = (code: string, delayMs: number) => {
        const error = Object.assign(new Error(code), { code });
        machine.after(delayMs, `${name} breaks`, () => reject(new HttpError(`Network request for '${name}' failed!`, error)), owner);
      };
      const fate = random.chance(this.#network.faultiness)
        ? random.pick(['refused', 'lost', 'unheard', 'hangs', 'declined'] as const)
        : 'ok';
      if (fate === 'refused') return breaks('ECONNREFUSED', machine.latency(mostMs));
      if (fate === 'lost') return breaks('ECONNRESET', machine.latency(mostMs));
      machine.after(machine.latency(mostMs), `${name} arrives`, () => {
        if (fate === 'declined') {
          const body = { ok: false as const, parameters: {}, ...random.pick(ANSWERED_WITH) };
          const declined = new GrammyError(`Call to '${name}' failed!`, body, name, {});
          return machine.after(machine.latency(MOST_LATENCY_MS), `${name} declined`, () => reject(declined), owner);
        }
        const isHanging = fate === 'hangs';
        if (isHanging) breaks('ETIMEDOUT', CALL_LIMIT_MS);
        if (isHanging && random.chance(0.5)) return;
        const answer = arrives();
        if (isHanging) return;
        if (fate === 'unheard') return breaks('ECONNRESET', machine.latency(MOST_LATENCY_MS));
        machine.after(machine.latency(MOST_LATENCY_MS), `${name} answers`, () => resolve(answer), owner);
      });
    });
  }
}

/** Makes the real Telegram adapter talk to a simulated service. Returns the way back. */
export function installTelegram(current: () => Pick<Api, 'getMe' | 'getUpdates' | 'sendMessage'>): () => void {
  const { getMe, getUpdates, sendMessage } = Api.prototype;
  Object.assign(Api.prototype, {
    getMe: (...args: Parameters<Api['getMe']>) => current().getMe(...args),
    getUpdates: (...args: Parameters<Api['getUpdates']>) => current().getUpdates(...args),
    sendMessage: (...args: Parameters<Api['sendMessage']>) => current().sendMessage(...args),
  });
  return () => void Object.assign(Api.prototype, { getMe, getUpdates, sendMessage });
}
