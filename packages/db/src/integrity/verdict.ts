/** What a check of the log says. Hashes in lowercase hex, positions from 1. */
import type { Verified } from './memory.ts';

export type BreakReason =
  /** Rows: */
  | 'missing'
  | 'data_changed'
  | 'body_missing'
  | 'chain_broken'
  | 'version_gap'
  | 'unreadable'
  /** The log's own checkpoints: */
  | 'checkpoint_root'
  | 'checkpoint_signature'
  | 'checkpoint_key'
  | 'checkpoint_changed'
  | 'tile_changed'
  /** The witness: */
  | 'witness_root'
  | 'witness_signature'
  | 'witness_key'
  | 'witness_unrelated'
  | 'tail_cut';

export type Break = {
  /** The first position that is not as it was written, or that nothing good vouches for. */
  readonly position: number;
  /** Where only a checkpoint tells: the break lies between `position` and this one. */
  readonly through?: number;
  readonly reason: BreakReason;
  readonly expected: string;
  readonly actual: string;
  /** One sentence. */
  readonly message: string;
};

export type VerifyResult = {
  readonly ok: boolean;
  /** The events that were checked. `to` is below `from` when there were none. */
  readonly from: number;
  readonly to: number;
  readonly head: number;
  /** The chain's hash at `to`. */
  readonly hash: string;
  /** The root of the Merkle tree at `to`. */
  readonly root: string;
  /** Checkpoints of the log and of the witness that were found good. */
  readonly checkpoints: number;
  readonly witnessed: number;
  /** The largest of each; 0 when there was none. */
  readonly checkpointedTo: number;
  readonly witnessedTo: number;
  /** Bodies that left the log for an archived segment, and for good because their time was over, as events of the log say. */
  readonly archivedBodies: number;
  readonly removedBodies: number;
  /** When the events before `from` were checked, in milliseconds since 1970, where an earlier check is continued. */
  readonly continues?: number;
  readonly break?: Break;
  /** What this check could not have found, each as one sentence. */
  readonly limits: readonly string[];
  readonly durationMs: number;
};

/** What the check of a part of the log came to. */
export type Found = {
  /** The position before the first that was checked, and the last. */
  readonly after: number;
  readonly to: number;
  readonly head: number;
  readonly hash: string;
  readonly root: string;
  readonly checkpoints: number;
  readonly witnessed: number;
  readonly checkpointedTo: number;
  readonly witnessedTo: number;
  readonly archivedBodies: number;
  /** Those of them whose segment is not here. */
  readonly awayBodies: number;
  readonly removedBodies: number;
  readonly continues: number | undefined;
  readonly broken: Break | undefined;
  /** The largest checkpoint that was found good, to go on from another time. */
  readonly verified: Verified | undefined;
  /** The size of the witness's newest checkpoint of this log, where a witness was asked. */
  readonly witness: { readonly newest: number } | undefined;
  readonly isSignatureChecked: boolean;
};

export type VerifyProgress = { readonly from: number; readonly position: number; readonly to: number };

/** Why a row, a checkpoint or a witness was not good; where it lies is added by whoever was reading. */
export type Finding = { readonly reason: BreakReason; readonly expected: string; readonly actual: string };

const SENTENCES: Readonly<Record<BreakReason, (where: string, finding: Finding) => string>> = {
  missing: (where, { actual }) => `The event at ${where} is missing: ${actual}.`,
  data_changed: (where) => `The data at ${where} is not what was written.`,
  body_missing: (where) => `The data at ${where} is gone, and no event of the log says that it was archived or removed.`,
  chain_broken: (where) => `The event at ${where} is not what was written, or does not follow the one before it.`,
  version_gap: (where, { expected, actual }) =>
    `The event at ${where} is version ${actual} of its stream where version ${expected} belongs.`,
  unreadable: (where, { actual }) => `The event at ${where} cannot be read: ${actual}.`,
  checkpoint_root: (where) => `The events at ${where} are not those that the log's checkpoint was signed for.`,
  checkpoint_signature: (where) => `The signature of the checkpoint over ${where} is not good.`,
  checkpoint_key: (where, { actual }) => `The checkpoint over ${where} is signed with another key (${actual}).`,
  checkpoint_changed: (where) => `The checkpoint over ${where} does not name the event it was made for.`,
  tile_changed: (where) => `The stored tree over ${where} is not that of the events.`,
  witness_root: (where) => `The events at ${where} are not those that the witness has a checkpoint of.`,
  witness_signature: (where) => `The signature of the witness's checkpoint over ${where} is not good.`,
  witness_key: (where, { actual }) => `The witness's checkpoint over ${where} is signed with another key (${actual}) than this log's.`,
  witness_unrelated: () => 'The witness has no checkpoint of this log.',
  tail_cut: (where) => `The log was cut: the events at ${where} were signed for, but are not there.`,
};

export function breakAt(finding: Finding, position: number, through?: number): Break {
  const isRange = through !== undefined && through > position;
  const where = isRange ? `positions ${position} to ${through}` : `position ${position}`;
  return { position, ...(isRange && { through }), ...finding, message: SENTENCES[finding.reason](where, finding) };
}

/** Puts together what the parts of a check came to, in their order. After the first break nothing counts. */
export function verdictOf(parts: readonly Found[], durationMs: number): VerifyResult & { readonly verified?: Verified } {
  const end = parts.findIndex(({ broken }) => broken);
  const counted = end < 0 ? parts : parts.slice(0, end + 1);
  const first = counted[0];
  const last = counted.at(-1);
  if (!first || !last) throw new TypeError('a check has a part');
  const sum = (count: (part: Found) => number): number => counted.reduce((total, part) => total + count(part), 0);
  const most = (size: (part: Found) => number): number => Math.max(...counted.map(size));
  const { broken } = last;
  const verified = counted.findLast((part) => part.verified)?.verified;
  const result = {
    ok: broken === undefined,
    from: first.after + 1,
    to: last.to,
    head: first.head,
    hash: last.hash,
    root: last.root,
    checkpoints: sum((part) => part.checkpoints),
    witnessed: sum((part) => part.witnessed),
    checkpointedTo: most((part) => part.checkpointedTo),
    witnessedTo: most((part) => part.witnessedTo),
    archivedBodies: sum((part) => part.archivedBodies),
    removedBodies: sum((part) => part.removedBodies),
    ...(first.continues !== undefined && { continues: first.continues }),
    ...(broken && { break: broken }),
    durationMs: Math.round(durationMs),
  };
  const limits = broken
    ? []
    : [
        ...limitsOf(
          result,
          first,
          sum((part) => part.awayBodies),
        ),
      ];
  return { ...result, limits, ...(verified && { verified }) };
}

function* limitsOf(result: Omit<VerifyResult, 'limits'>, { after, witness, isSignatureChecked }: Found, away: number): Generator<string> {
  const { to, continues, checkpointedTo, witnessedTo } = result;
  if (after > 0) {
    const when = continues === undefined ? 'were not checked' : `were checked on ${new Date(continues).toISOString()} and not again`;
    yield `Events 1 to ${after} ${when}.`;
  }
  if (!witness) {
    yield 'A cut tail cannot be detected without a witness.';
    yield "Nor can a log that was rewritten and signed anew with this machine's key.";
  } else if (Math.max(witnessedTo, after) < to) {
    yield `The witness has nothing after position ${Math.max(witnessedTo, witness.newest)}: what was changed there together with its checkpoints cannot be detected.`;
  }
  if (!isSignatureChecked) yield 'No key was given and none found: signatures were not checked.';
  const covered = Math.max(checkpointedTo, witnessedTo, after);
  if (covered < to) yield `Events ${covered + 1} to ${to} are under no checkpoint yet: only the chain vouches for them.`;
  if (away > 0) yield `${away} archived bodies were not checked: their segments are not here.`;
}
