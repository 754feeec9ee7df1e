import { z } from 'zod';
import { pii } from '../define.ts';

/** Opaque ids and short names, checked so that no free text or address slips into them. */
export const name = z.string().min(1).max(128);
export const channelName = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/);
export const hash = z.string().regex(/^[0-9a-f]{8,64}$/);
export const count = z.int().nonnegative();
export const durationMs = z.number().nonnegative();

/** What went wrong: a code of the error registry and a sentence that is safe to show. */
export const problem = z.object({ code: z.string().max(64), message: z.string().max(2000) });

/** Who or what is written to, as the channel names it. */
export const peer = z.object({
  kind: z.enum(['direct', 'group', 'channel', 'thread']),
  id: pii(z.string().min(1).max(512)),
});

export const usage = z.object({ inputTokens: count, outputTokens: count, cachedInputTokens: count.optional() });

/** In US dollars. */
export const costUsd = z.number().nonnegative();

/** A clause of a summary: `code: message`. */
export const explain = (p: z.output<typeof problem>): string => `${p.code}: ${p.message}`;

/** Where a caller came from: the address of its own machine, also behind trusted proxies, and what it speaks. */
export const client = z.object({ address: pii(z.string().min(1).max(64)), scheme: z.enum(['http', 'https']) }).optional();

/**
 * A file that belongs to a message: what it is, and by which hash its bytes are found. Without the hash it was not kept, and
 * `problem` says why.
 */
export const attachment = z.object({
  id: name,
  name: pii(z.string().min(1).max(255)),
  /** As the bytes show it; of one that was not kept, as it was called. */
  mimeType: z.string().min(1).max(127),
  size: count,
  /** SHA-256 of the bytes. */
  hash: pii(z.string().length(64)).optional(),
  /** It may run, or carry what runs, where it is opened: never shown in place. */
  dangerous: z.boolean().optional(),
  problem: problem.optional(),
});

export type Attachment = z.output<typeof attachment>;

/** More than this are not even named. */
export const MOST_ATTACHMENTS = 100;
