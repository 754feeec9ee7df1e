/** A client by hand, for what a well-behaved one never does. It holds every frame against the published schema. */
import { WebSocket } from 'ws';
import { conformEvent, conformRequest, conformResponse } from './protocol.ts';

type Frame = { readonly type: string; readonly [key: string]: unknown };
export type EventFrame = {
  readonly type: 'event';
  readonly event: string;
  readonly payload: Record<string, unknown>;
  readonly seq?: number;
};
export type ResponseFrame = {
  readonly type: 'res';
  readonly id: string;
  readonly ok: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into payloads of every method
  readonly payload?: any;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly retryable?: boolean;
    readonly retryAfterMs?: number;
    readonly details?: Record<string, unknown>;
  };
};

export class RawClient {
  readonly events: EventFrame[] = [];
  readonly responses: ResponseFrame[] = [];
  /** What the schema objected to. */
  readonly objections: unknown[] = [];
  readonly socket: WebSocket;
  /** How often the gateway asked whether it is still there. */
  pings = 0;
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #methods = new Map<string, string>();
  readonly #watchers = new Set<() => void>();
  #ended = false;
  #nextId = 1;

  constructor(url: string, options: { readonly headers?: Record<string, string> } = {}) {
    this.socket = new WebSocket(url, options);
    this.socket.on('message', (data) => this.#take(JSON.parse(data.toString()) as Frame));
    this.socket.on('error', () => undefined);
    this.socket.on('ping', () => {
      this.pings += 1;
      this.#wake();
    });
    this.closed = new Promise((resolve) =>
      this.socket.once('close', (code, reason) => {
        this.#ended = true;
        this.#wake();
        resolve({ code, reason: reason.toString() });
      }),
    );
  }

  /** Sends a request that conforms and resolves with its answer. */
  async request(method: string, params?: unknown): Promise<ResponseFrame> {
    const frame = { type: 'req' as const, id: String(this.#nextId++), method, ...(params === undefined ? {} : { params }) };
    conformRequest(frame);
    return this.answerTo(frame);
  }

  /** The same without a look at the schema. */
  async rawRequest(method: string, params?: unknown, id: string = String(this.#nextId++)): Promise<ResponseFrame> {
    return this.answerTo({ type: 'req', id, method, params });
  }

  async answerTo(frame: {
    readonly type: 'req';
    readonly id: string;
    readonly method: string;
    readonly params?: unknown;
  }): Promise<ResponseFrame> {
    this.#methods.set(frame.id, frame.method);
    const seen = this.responses.length;
    this.socket.send(JSON.stringify(frame));
    return this.until(() => this.responses.slice(seen).find(({ id }) => id === frame.id));
  }

  /** The first event from `from` on that fits. */
  async event(name: string, fits: (payload: Record<string, unknown>) => boolean = () => true, from = 0): Promise<EventFrame> {
    return this.until(() => this.events.slice(from).find(({ event, payload }) => event === name && fits(payload)));
  }

  /** Resolves once there is a value; rejects when the socket closes first. */
  until<T>(find: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = find();
        if (found === undefined && !this.#ended) return;
        this.#watchers.delete(look);
        if (found === undefined) reject(new Error('the socket closed'));
        else resolve(found);
      };
      this.#watchers.add(look);
      look();
    });
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }

  #take(frame: Frame): void {
    try {
      if (frame.type === 'event') conformEvent(frame as unknown as EventFrame);
      else conformResponse(this.#methods.get(String(frame['id'])), frame as unknown as ResponseFrame);
    } catch (error) {
      this.objections.push(error);
    }
    if (frame.type === 'event') this.events.push(frame as unknown as EventFrame);
    else this.responses.push(frame as unknown as ResponseFrame);
    this.#wake();
  }

  #wake(): void {
    for (const look of [...this.#watchers]) look();
  }
}
