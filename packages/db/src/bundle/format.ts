/**
 * A bundle: one session in one file that verifies itself. A gzipped tar of events.jsonl (the session's events and the
 * configurations that were in force), manifest.json, README.md, where there is a checkpoint checkpoint.txt and proofs.json, and
 * last SHA256SUMS over all of them.
 */
import { z } from 'zod';

export const BUNDLE_FORMAT = 'openclaw-bundle';
export const BUNDLE_VERSION = 1;

export const FILES = ['README.md', 'manifest.json', 'events.jsonl', 'checkpoint.txt', 'proofs.json', 'SHA256SUMS'] as const;
export type BundleFile = (typeof FILES)[number];

/** What a bundle may be at most: a stranger's file must not fill memory or disk. */
export const LIMITS = { packedBytes: 64 * 1024 ** 2, unpackedBytes: 256 * 1024 ** 2, lineBytes: 4 * 1024 ** 2, events: 100_000 } as const;

export const MASKS = ['none', 'default', 'strict'] as const;
export type Mask = (typeof MASKS)[number];

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const position = z.int().positive();
const base64 = z.string().regex(/^[A-Za-z0-9+/]*=*$/);
const record = z.record(z.string(), z.unknown());

export const bundleLine = z.strictObject({
  position,
  time: z.int().nonnegative(),
  streamId: z.string().min(1).max(512),
  version: position,
  type: z.string().max(128),
  id: z.string().max(64),
  metadata: record,
  /** As it is read today, at `dataVersion` of its schema; masked as the manifest says. */
  dataVersion: position,
  data: z.unknown(),
  /** Somebody whose data this was has been erased. */
  erased: z.literal(true).optional(),
  /** The event as its log has it, which its hash covers. */
  stored: z.strictObject({
    schemaVersion: position,
    metadata: z.string(),
    dataHash: hash,
    previousHash: hash,
    hash,
    /** Salt and JSON, base64; left out where it would show what is masked, or is archived. */
    data: base64.optional(),
    sealed: base64.optional(),
  }),
});
export type BundleLine = z.output<typeof bundleLine>;

export const bundleManifest = z.strictObject({
  format: z.literal(BUNDLE_FORMAT),
  formatVersion: z.literal(BUNDLE_VERSION),
  createdAt: z.iso.datetime(),
  gateway: z.strictObject({ id: z.string().max(64), version: z.string().max(64) }),
  session: z.strictObject({ sessionId: z.string().max(64), events: z.int().nonnegative() }),
  positions: z.strictObject({ first: position, last: position }),
  times: z.strictObject({ first: z.int(), last: z.int() }),
  count: z.int().positive(),
  chain: z.strictObject({ first: hash, last: hash }),
  /** The signed statement about the log that proofs.json leads to, and the key that it can be checked with. */
  checkpoint: z.strictObject({ size: position, root: hash, verifierKey: z.string().max(512), covered: z.int().nonnegative() }).optional(),
  masking: z.strictObject({ profile: z.enum(MASKS), people: z.int().nonnegative() }),
  schemaVersions: z.record(z.string(), z.int()),
  omissions: z.array(z.string().max(500)).max(100),
});
export type BundleManifest = z.output<typeof bundleManifest>;

export const bundleProofs = z.strictObject({
  size: position,
  /** From the leaf's neighbour to the root's child, by position. */
  paths: z.record(z.string().regex(/^\d{1,16}$/), z.array(hash).max(64)),
});
export type BundleProofs = z.output<typeof bundleProofs>;
