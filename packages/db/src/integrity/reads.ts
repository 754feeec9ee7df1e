/** Reads of checkpoints and proofs in the thread they are called in. */
import type { Connection } from '../sqlite/connection.ts';
import type { EventProof } from './checkpoints.ts';
import { consistencyPath, inclusionPath } from './merkle.ts';
import { type CheckpointPage, type CheckpointRow, CheckpointRows } from './rows.ts';
import { LogTree } from './tree.ts';

export type IntegrityReads = {
  checkpointRows(page: CheckpointPage): Promise<readonly CheckpointRow[]>;
  eventProof(position: number, size: number): Promise<EventProof | undefined>;
  consistencyProof(earlier: number, size: number): Promise<readonly string[]>;
};
export type IntegrityReadName = keyof IntegrityReads;

type Synchronous = {
  readonly [Name in IntegrityReadName]: (...values: Parameters<IntegrityReads[Name]>) => Awaited<ReturnType<IntegrityReads[Name]>>;
};

export class IntegrityReader implements Synchronous {
  readonly #rows: CheckpointRows;
  readonly #tree: LogTree;

  constructor(db: Connection) {
    this.#rows = new CheckpointRows(db);
    this.#tree = new LogTree(db);
  }

  checkpointRows(page: CheckpointPage): readonly CheckpointRow[] {
    return this.#rows.page(page);
  }

  eventProof(position: number, size: number): EventProof | undefined {
    const [leaf] = this.#tree.leaves(position - 1, 1);
    if (leaf === undefined || position > size) return undefined;
    return { position, size, leaf, path: inclusionPath(this.#tree.subtreeRoot, position - 1, size) };
  }

  consistencyProof(earlier: number, size: number): readonly string[] {
    return consistencyPath(this.#tree.subtreeRoot, earlier, size);
  }
}
