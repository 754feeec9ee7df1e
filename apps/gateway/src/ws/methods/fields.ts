/** Parameters that several methods share. */
import { z } from 'zod';

export const sessionKey = z.string().trim().min(1).max(512);
export const agentId = z.string().min(1).max(128);
export const idempotencyKey = z.string().trim().min(1).max(256);
export const runId = z.string().min(1).max(256);
/** A timer cannot wait longer than 2³¹ milliseconds. */
export const timeoutMs = z.int().nonnegative().max(2_147_483_647);

/** Named by the protocol, but not something this gateway can do: refused rather than silently dropped. */
export const unsupported = z.undefined({ error: 'is not supported by this gateway' }).optional();
/** The same for lists, of which an empty one asks for nothing. */
export const unsupportedList = z.array(z.unknown()).max(0, { error: 'is not supported by this gateway' }).optional();
