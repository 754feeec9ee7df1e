/**
 * The checkpoints of a log, for everyone who shows, publishes or exports them. A checkpoint is a signed statement: this log
 * has so many events, and this is the root of the tree over them.
 */
import { GatewayError } from '@openclaw-gateway/events/errors';
import type { FromWriter } from '../sqlite/protocol.ts';
import { checkpointText, formatNote } from './note.ts';
import type { IntegrityReads } from './reads.ts';
import type { CheckpointPage, CheckpointRow } from './rows.ts';

const MAX_PAGE = 1000;

/** Hashes in lowercase hex. */
export type Checkpoint = Omit<CheckpointRow, 'signature'> & {
  /** The signed note: what a witness keeps and anyone can check. */
  readonly note: string;
};

/** Shows that the event at a position lies under the root of a tree of `size` events; see `verifyInclusion`. */
export type EventProof = {
  readonly position: number;
  readonly size: number;
  /** The chain's hash at the position. */
  readonly leaf: string;
  /** From the leaf's neighbour to the root's child. */
  readonly path: readonly string[];
};

export interface CheckpointReads {
  /** What their signatures are checked with: C2SP `name+id+base64`. The name is also the log's name in every checkpoint. */
  readonly verifierKey: string;
  /** Newest first, or with `after` oldest first; at most 1,000. */
  list(page: CheckpointPage): Promise<readonly Checkpoint[]>;
  latest(): Promise<Checkpoint | undefined>;
  /** The first checkpoint that covers a position. */
  covering(position: number): Promise<Checkpoint | undefined>;
  /** That the event is in the log of the first `size` events. `undefined` when there is no such event among them. */
  prove(position: number, size: number): Promise<EventProof | undefined>;
  /** The hashes that show that the log of `size` events begins with the log of `earlier` events; see `verifyConsistency`. */
  proveConsistency(earlier: number, size: number): Promise<readonly string[]>;
}

export interface Checkpoints extends CheckpointReads {
  /** Resolves once a checkpoint covers everything that is stored, with the newest. Rejects with `LOG_UNAVAILABLE`, `LOG_CONTRADICTED`. */
  make(): Promise<Checkpoint | undefined>;
  /** Calls back on every new checkpoint. Returns the unsubscribe function. */
  onMade(listener: (checkpoint: Checkpoint) => void): () => void;
  /**
   * Calls back, now or later, when the log turns out not to be what the checkpoint of a size was signed for: nothing is
   * signed any more then. Returns the unsubscribe function.
   */
  onContradiction(listener: (size: number) => void): () => void;
}

type Read = <Name extends keyof IntegrityReads>(
  name: Name,
  ...values: Parameters<IntegrityReads[Name]>
) => Promise<Awaited<ReturnType<IntegrityReads[Name]>>>;

/** The reads over a reader's thread. */
export function checkpointReads(verifierKey: string, read: Read): CheckpointReads {
  const name = nameOf(verifierKey);
  const list = async (page: CheckpointPage): Promise<readonly Checkpoint[]> => {
    const rows = await read('checkpointRows', { ...page, limit: Math.max(1, Math.min(MAX_PAGE, page.limit)) });
    return rows.map((row) => withNote(name, row));
  };
  return {
    verifierKey,
    list,
    latest: async () => (await list({ limit: 1 }))[0],
    covering: async (position) => (await list({ after: position - 1, limit: 1 }))[0],
    prove: (position, size) => read('eventProof', position, size),
    proveConsistency: (earlier, size) => read('consistencyProof', earlier, size),
  };
}

/** What the writer's thread says of checkpoints, as the main thread hears it. */
export class LiveCheckpoints {
  readonly #ask: () => void;
  readonly #listeners = new Set<(checkpoint: Checkpoint) => void>();
  readonly #alarmed = new Set<(size: number) => void>();
  readonly #asked: PromiseWithResolvers<void>[] = [];
  #name = '';
  #newest: Checkpoint | undefined;
  #contradiction: number | undefined;
  #ended = false;

  /** `ask` has the writer make a checkpoint. */
  constructor(ask: () => void) {
    this.#ask = ask;
  }

  /** Resolves once everything that is stored is covered, with the newest that this process made. Rejects with `LOG_CONTRADICTED`, `SHUTTING_DOWN`. */
  async make(): Promise<Checkpoint | undefined> {
    if (this.#ended) throw new GatewayError('SHUTTING_DOWN');
    const answer = Promise.withResolvers<void>();
    this.#asked.push(answer);
    this.#ask();
    await answer.promise;
    if (this.#contradiction !== undefined) throw new GatewayError('LOG_CONTRADICTED', { details: { size: this.#contradiction } });
    return this.#newest;
  }

  onMade(listener: (checkpoint: Checkpoint) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  onContradiction(listener: (size: number) => void): () => void {
    if (this.#contradiction !== undefined) listener(this.#contradiction);
    this.#alarmed.add(listener);
    return () => void this.#alarmed.delete(listener);
  }

  receive(message: FromWriter): void {
    if (message.kind === 'ready') this.#name = nameOf(message.verifierKey);
    else if (message.kind === 'checkpoint') this.#made(message.row);
    else if (message.kind === 'contradiction') this.#contradict(message.size);
    else if (message.kind === 'checkpointed') this.#asked.shift()?.resolve();
  }

  /** The writer has ended. */
  end(): void {
    this.#ended = true;
    for (const { reject } of this.#asked.splice(0)) reject(new GatewayError('SHUTTING_DOWN'));
  }

  #contradict(size: number): void {
    this.#contradiction = size;
    for (const listener of this.#alarmed) listener(size);
  }

  #made(row: CheckpointRow): void {
    const checkpoint = withNote(this.#name, row);
    this.#newest = checkpoint;
    for (const listener of this.#listeners) listener(checkpoint);
  }
}

function withNote(name: string, { signature, ...row }: CheckpointRow): Checkpoint {
  const text = checkpointText({ origin: name, size: row.size, root: row.root });
  return { ...row, note: formatNote(text, [{ name, keyId: row.keyId, signature }]) };
}

function nameOf(verifierKey: string): string {
  return verifierKey.slice(0, verifierKey.indexOf('+'));
}
