/**
 * What stays on its side while a call of the other side works with it: functions by a handle, and files that are fetched piece by
 * piece. Both sides lend; a loan is over when the call that it was for is.
 */
import { randomUUID } from 'node:crypto';
import { GatewayError } from '@openclaw-gateway/events';
import type { InboundAttachment } from '@openclaw-gateway/sdk';
import { z } from 'zod';
import type { CallOptions, Handler } from './rpc.ts';

export const LENT = 'lent';
const MOST_LOANS = 512;
const PIECE_BYTES = 512 * 1024;
const PIECE_MS = 30_000;

const handle = z.string().max(64);
const call = z.object({ handle, args: z.unknown().optional() });
const piece = z.union([z.base64(), z.null()]);

/** A file on its way between the two: `read` is asked for the next piece until there is none. */
export const lentFile = z.object({
  name: z.string().max(1024).exactOptional(),
  mimeType: z.string().max(255).exactOptional(),
  size: z.int().nonnegative().exactOptional(),
  read: handle,
});
export type LentFile = z.output<typeof lentFile>;

type Call = <T>(op: string, args: unknown, options?: CallOptions) => Promise<T>;
type Open = (signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>;

export class Loans {
  readonly #lent = new Map<string, Handler>();

  /** What the other side calls as `LENT`. */
  readonly handler: Handler = ({ args, ...incoming }) => {
    const read = call.safeParse(args);
    const lent = read.success ? this.#lent.get(read.data.handle) : undefined;
    if (!lent) throw new GatewayError('NOT_FOUND', { message: 'What was lent was taken back: the call that it was for is over.' });
    return lent({ args: read.data?.args, ...incoming });
  };

  /** Lends a function until `scope` ends. Throws OVERLOADED. */
  lend(lent: Handler, scope: DisposableStack): string {
    if (this.#lent.size >= MOST_LOANS) throw new GatewayError('OVERLOADED', { message: 'Too much is lent at once.' });
    const made = randomUUID();
    this.#lent.set(made, lent);
    scope.defer(() => this.#lent.delete(made));
    return made;
  }

  lendFile({ name, mimeType, size, open }: InboundAttachment, scope: DisposableStack): LentFile {
    const control = new AbortController();
    scope.defer(() => control.abort());
    const pieces = piecesOf(open, control.signal);
    const read = this.lend(async () => (await pieces.next()).value ?? null, scope);
    return { read, ...(name !== undefined && { name }), ...(mimeType !== undefined && { mimeType }), ...(size !== undefined && { size }) };
  }
}

/** A file that the other side lends, to be read once. */
export function borrowed({ read, ...facts }: LentFile, call: Call): InboundAttachment {
  return { ...facts, open: async (signal) => fetched(read, call, signal) };
}

/** All bytes of one. */
export async function bytesOf(file: InboundAttachment, signal: AbortSignal): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of await file.open(signal)) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function* fetched(handle: string, call: Call, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for (;;) {
    const said = piece.safeParse(await call(LENT, { handle }, { signal, timeoutMs: PIECE_MS }));
    if (!said.success) throw new GatewayError('EXTENSION_MISBEHAVED', { message: 'What it sent is no piece of a file.' });
    if (said.data === null) return;
    yield Buffer.from(said.data, 'base64');
  }
}

async function* piecesOf(open: Open, signal: AbortSignal): AsyncGenerator<string, undefined> {
  for await (const bytes of await open(signal))
    for (let from = 0; from < bytes.length; from += PIECE_BYTES)
      yield Buffer.from(bytes.buffer, bytes.byteOffset + from, Math.min(PIECE_BYTES, bytes.length - from)).toString('base64');
}
