/**
 * Proof of work: a puzzle that costs a browser a second and a flood its speed. The puzzle and the pass that its solution earns
 * are signed and not kept, so that nobody can fill memory with them; both are good for one address and for a while.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** How long a puzzle may be worked on. */
const PUZZLE_MS = 5 * 60_000;
export const PASS_MS = 15 * 60_000;
/** Leading zero bits that the hash of a solution has: a few ten thousand tries, up to a million. */
export const EASIEST_BITS = 14;
export const HARDEST_BITS = 20;
export const PASS_COOKIE = 'openclaw_proof';
const MAX_ANSWER = 20;

export type Puzzle = { readonly challenge: string; readonly bits: number };

export type Proofs = {
  puzzle(network: string, bits: number): Puzzle;
  /** The pass that a solution earns, or why it earns none. */
  redeem(network: string, challenge: string, answer: string): { readonly pass: string } | { readonly problem: string };
  /** Whether a pass is this address's, still good, and for a puzzle about as hard as this. */
  accepts(network: string, pass: string | undefined, bits: number): boolean;
};

/** The secret lives as long as the process: after a restart puzzles are solved anew. */
export function createProofs({
  secret = randomBytes(32),
  now = Date.now,
}: {
  readonly secret?: Uint8Array;
  readonly now?: () => number;
} = {}): Proofs {
  const sign = (kind: 'puzzle' | 'pass', network: string, content: string) =>
    createHmac('sha256', secret).update(`${kind}\n${network}\n${content}`).digest('base64url').slice(0, 32);
  const seal = (kind: 'puzzle' | 'pass', network: string, content: string) => `${content}.${sign(kind, network, content)}`;
  /** The bits in what was sealed for this address, while it is good. */
  const open = (kind: 'puzzle' | 'pass', network: string, sealed: string): number | undefined => {
    const [, content = '', expires, bits, seal = ''] = /^((\d{1,16})\.(\d{1,2})\.[\w-]{1,32})\.([\w-]{32})$/.exec(sealed) ?? [];
    if (content === '' || !timingSafeEqual(Buffer.from(seal), Buffer.from(sign(kind, network, content)))) return undefined;
    return Number(expires) > now() ? Number(bits) : undefined;
  };
  return {
    puzzle(network, bits) {
      const content = `${now() + PUZZLE_MS}.${bits}.${randomBytes(12).toString('base64url')}`;
      return { challenge: seal('puzzle', network, content), bits };
    },
    redeem(network, challenge, answer) {
      const bits = open('puzzle', network, challenge);
      if (bits === undefined) return { problem: 'This puzzle was made for another address, or its time is over.' };
      if (answer.length > MAX_ANSWER || zeroBits(challenge, answer) < bits) return { problem: 'The answer does not solve the puzzle.' };
      const content = `${now() + PASS_MS}.${bits}.${randomBytes(12).toString('base64url')}`;
      return { pass: seal('pass', network, content) };
    },
    accepts(network, pass, bits) {
      const solved = pass === undefined ? undefined : open('pass', network, pass);
      // Somewhat harder now is good enough: nobody shall solve a puzzle for each page.
      return solved !== undefined && solved >= bits - 1;
    },
  };
}

/** How hard a puzzle is for traffic that is so far beyond the threshold, from 0 to 1. */
export function bitsFor(beyond: number): number {
  return EASIEST_BITS + Math.round(Math.min(1, Math.max(0, beyond)) * (HARDEST_BITS - EASIEST_BITS));
}

/** Zero bits at the beginning of the SHA-256 of `<challenge>:<answer>`. */
export function zeroBits(challenge: string, answer: string): number {
  let bits = 0;
  for (const byte of createHash('sha256').update(`${challenge}:${answer}`).digest()) {
    if (byte !== 0) return bits + Math.clz32(byte) - 24;
    bits += 8;
  }
  return bits;
}
