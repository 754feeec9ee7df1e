/** Where the log of a simulated gateway lies, and what a process gets that opens it. */
import type { ChainedRow, EventLog } from '@openclaw-gateway/db';
import type { GatewayError, StoredEvent } from '@openclaw-gateway/events';
import type { Machine, Owner } from './machine.ts';

/** An event as the laws hear of it. */
export type LoggedEvent = {
  readonly position: number;
  /** Its place in the chain, in hex. */
  readonly hash: string;
  /** Gives it anew each time. */
  readonly read: () => StoredEvent;
  /** The number of the process that appended it, where processes may live at the same time. */
  readonly by?: number | undefined;
};

export type OpenLog = {
  readonly log: EventLog;
  readonly events: StoredEvents;
  /** Resolves when nothing can be appended any more. */
  readonly failed: Promise<GatewayError>;
  /** Leaves the log to others, in good order. */
  readonly close: () => Promise<void>;
};

export type Opening = {
  readonly opened: (log: OpenLog) => void;
  /** The log could not be opened, so that the process ends. */
  readonly refused: (error: GatewayError) => void;
};

export interface LogHome {
  /** A process opens the log. Of what it asked for, nothing happens any more once it has ended. */
  open(life: Owner, opening: Opening): void;
  /** The process that has the log open is gone, whatever it was doing. */
  lose(): void;
  /** Something will go wrong with the log. */
  disturb(): void;
  /** From now on nothing goes wrong. */
  calm(): void;
  /** Everything that the log holds. */
  rows(): Promise<readonly ChainedRow[]>;
  close(): Promise<void>;
}

export type HomeOptions = {
  readonly machine: Machine;
  /** Whether new messages are refused because little space is left. */
  readonly isLow: () => boolean;
  /** Hears of every commit that is safe, before anybody else does. */
  readonly onDurable: (events: readonly LoggedEvent[]) => void;
};

export type OpenHome = (options: HomeOptions) => Promise<LogHome>;

/** What can be read of a log at this very moment, for those who look at it and not at what a process was told. */
export class StoredEvents {
  readonly #events: StoredEvent[] = [];
  readonly #byStream = new Map<string, StoredEvent[]>();

  add(event: StoredEvent): void {
    this.#events.push(event);
    const stream = this.#byStream.get(event.streamId) ?? [];
    this.#byStream.set(event.streamId, stream);
    stream.push(event);
  }

  get length(): number {
    return this.#events.length;
  }

  get newest(): StoredEvent | undefined {
    return this.#events.at(-1);
  }

  /** Those after a position, `until` included. */
  between(after: number, until: number): StoredEvent[] {
    return this.#events.slice(after, until);
  }

  of(streamId: string): readonly StoredEvent[] {
    return this.#byStream.get(streamId) ?? [];
  }

  /** In the order in which they began. */
  streams(): Iterable<string> {
    return this.#byStream.keys();
  }
}
