/** The thread of a shared log's writer, on the machine: what it and its process tell each other arrives later, in the order in which it was said. */
import { EventEmitter } from 'node:events';
import { serveShared, type WriterPort } from '@openclaw-gateway/db/postgres/serve-shared';
import type { FromWriter, SharedWriterOptions, ToWriter, WriterThread } from '@openclaw-gateway/db/sqlite/protocol';
import { GatewayError } from '@openclaw-gateway/events';
import type { Machine, Owner } from './machine.ts';

export type ThreadOptions = SharedWriterOptions & {
  readonly machine: Machine;
  /** The process: a thread tells nothing to one that has ended. */
  readonly life: Owner;
  /** The thread itself, which may go on for a while when the process does not. */
  readonly own: Owner;
  /** Hears of each event that the process appends, by its id. */
  readonly appends: (eventId: string) => void;
  /** Hears that the copy of the log has grown, before the process does. */
  readonly wrote: () => void;
};

const MOST_ON_THE_WAY_MS = 2;

export class SimulatedThread implements WriterThread {
  readonly #process = new EventEmitter();
  readonly #inside = new EventEmitter();
  readonly #toThread: Letters<ToWriter>;
  readonly #appends: (eventId: string) => void;
  readonly #served: Promise<void>;

  constructor({ machine, life, own, appends, wrote, ...options }: ThreadOptions) {
    this.#appends = appends;
    const toProcess = new Letters<FromWriter | 'exit'>(machine, life, 'the writer says', (letter) => {
      if (letter === 'exit') this.#process.emit('exit');
      else this.#process.emit('message', letter);
    });
    this.#toThread = new Letters(machine, own, 'the writer hears', (letter) => void this.#inside.emit('message', letter));
    const port: WriterPort = {
      postMessage: (message) => {
        if (message.kind === 'results') wrote();
        toProcess.post(message);
      },
      on: (event, listener) => this.#inside.on(event, listener),
    };
    this.#served = serveShared(options, port).then(() => toProcess.post('exit'));
  }

  postMessage(message: ToWriter): void {
    if (message.kind === 'append') for (const { events } of message.requests) for (const [, , , id] of events) this.#appends(id);
    this.#toThread.post(message);
  }

  on(event: string, listener: (value: never) => void): void {
    this.#process.on(event, listener as (value: unknown) => void);
  }

  once(event: string, listener: (value: never) => void): void {
    this.#process.once(event, listener as (value: unknown) => void);
  }

  /** Resolves with what it says first. Rejects when it could not open the log. */
  ready(): Promise<Extract<FromWriter, { kind: 'ready' }>> {
    return new Promise((resolve, reject) => {
      this.once('message', (message: FromWriter) => {
        if (message.kind === 'ready') resolve(message);
        else reject(message.kind === 'refused' ? GatewayError.fromBody(message.error) : new GatewayError('INTERNAL'));
      });
    });
  }

  /** It ends at once, and leaves the files it had open. */
  async end(): Promise<void> {
    this.#inside.emit('message', { kind: 'close' } satisfies ToWriter);
    await this.#served;
  }
}

/** What one says to the other, on its way. */
class Letters<T> {
  readonly #machine: Machine;
  readonly #owner: Owner;
  readonly #name: string;
  readonly #deliver: (letter: T) => void;
  readonly #onTheWay: T[] = [];

  constructor(machine: Machine, owner: Owner, name: string, deliver: (letter: T) => void) {
    this.#machine = machine;
    this.#owner = owner;
    this.#name = name;
    this.#deliver = deliver;
  }

  post(letter: T): void {
    if (this.#onTheWay.push(letter) === 1) this.#carry();
  }

  #carry(): void {
    const arrives = () => {
      const letter = this.#onTheWay.shift();
      if (letter !== undefined) this.#deliver(letter);
      if (this.#onTheWay.length > 0) this.#carry();
    };
    this.#machine.after(this.#machine.latency(MOST_ON_THE_WAY_MS), this.#name, arrives, this.#owner);
  }
}
