/** Whether a checkpoint vouches for the events up to it: its root is that of the events, and a key that is trusted signed it. */
import { checkpointText, type VerifierKey, verifyNote } from './note.ts';
import type { CheckpointRow } from './rows.ts';
import type { Stop } from './stops.ts';
import type { Finding } from './verdict.ts';

/** The events as they were read up to the checkpoint. Hashes in lowercase hex. */
export type Reached = { readonly root: string; readonly hash: string; readonly time: number };

export class Vouching {
  readonly #keys: readonly VerifierKey[];
  checkpoints = 0;
  witnessed = 0;
  checkpointedTo = 0;
  witnessedTo = 0;

  /** Without keys no signature is checked. */
  constructor(keys: readonly VerifierKey[]) {
    this.#keys = keys;
  }

  /** The last position that a good checkpoint covers. */
  get vouchedTo(): number {
    return Math.max(this.checkpointedTo, this.witnessedTo);
  }

  /** What is wrong with the checkpoints at a size, the witness's first: nobody who owns this machine wrote that. */
  check({ size, row, notes }: Stop, reached: Reached): Finding | undefined {
    for (const note of notes) {
      if (note.root !== reached.root) return { reason: 'witness_root', expected: note.root, actual: reached.root };
    }
    const finding = row && this.#checkRow(row, reached);
    if (finding) return finding;
    for (const note of notes) {
      // What the log itself kept, byte for byte, was checked just now.
      const isOwn = row !== undefined && note.signatures.some(({ signature }) => Buffer.compare(signature, row.signature) === 0);
      const verdict = isOwn ? 'good' : this.#verify(note);
      const keyId = note.signatures[0]?.keyId ?? '';
      if (verdict === 'bad') return { reason: 'witness_signature', expected: 'a good signature', actual: keyId };
      if (verdict === 'unknown_key') return { reason: 'witness_key', expected: this.#keyIds(), actual: keyId };
      this.witnessed += 1;
      this.witnessedTo = size;
    }
    if (row) {
      this.checkpoints += 1;
      this.checkpointedTo = size;
    }
    return undefined;
  }

  #checkRow(row: CheckpointRow, { root, hash, time }: Reached): Finding | undefined {
    if (row.root !== root) return { reason: 'checkpoint_root', expected: row.root, actual: root };
    if (row.hash !== hash) return { reason: 'checkpoint_changed', expected: hash, actual: row.hash };
    if (row.time !== time) return { reason: 'checkpoint_changed', expected: String(time), actual: String(row.time) };
    if (this.#keys.length === 0) return undefined;
    const key = this.#keys.find(({ keyId }) => keyId === row.keyId);
    if (!key) return { reason: 'checkpoint_key', expected: this.#keyIds(), actual: row.keyId };
    const text = checkpointText({ origin: key.name, size: row.size, root: row.root });
    const signatures = [{ name: key.name, keyId: row.keyId, signature: row.signature }];
    if (verifyNote({ text, signatures }, key) === 'good') return undefined;
    return { reason: 'checkpoint_signature', expected: 'a good signature', actual: Buffer.from(row.signature).toString('hex') };
  }

  #verify(note: Parameters<typeof verifyNote>[0]): ReturnType<typeof verifyNote> {
    if (this.#keys.length === 0) return 'good';
    const verdicts = this.#keys.map((key) => verifyNote(note, key)).filter((verdict) => verdict !== 'unknown_key');
    return verdicts[0] ?? 'unknown_key';
  }

  #keyIds(): string {
    return this.#keys.map(({ keyId }) => keyId).join(', ');
  }
}
