/**
 * What makes the log one that can be trusted: checkpoints that are signed and published, proofs against them, and the check
 * of the whole log. Nothing here writes an event.
 */
export type { Checkpoint, CheckpointReads, Checkpoints, EventProof } from './checkpoints.ts';
export { verifyConsistency, verifyInclusion } from './merkle.ts';
export { findCheckpoints, parseCheckpoint, parseVerifierKey, verifyNote } from './note.ts';
export type { CheckpointPage } from './rows.ts';
export type { Break, BreakReason, VerifyProgress, VerifyResult } from './verdict.ts';
export { type VerifyRequest, verifyLog } from './verify-log.ts';
