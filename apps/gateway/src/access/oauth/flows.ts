/** Sign-ins that were begun at a provider and have not come back. Kept here, so that the browser holds nothing but a secret of its own. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** How long somebody may take at the provider. */
export const FLOW_LIFETIME_MS = 10 * 60_000;
const MAX_FLOWS = 1000;
/** Nobody is at so many sign-ins at once, so one address cannot push out those of others. */
const MAX_PER_ADDRESS = 20;

/** What the answer of the provider is held against. */
export type Flow = {
  readonly nonce: string;
  readonly codeVerifier: string;
  /** Whom it was begun with: an answer counts for this provider and client only. */
  readonly client: string;
  /** The page to show afterwards. */
  readonly next: string;
};

export type Flows = {
  /** `browserSecret` goes into a cookie of the browser, `state` through the provider. */
  begin(flow: Flow, address: string, nowMs: number): { readonly state: string; readonly browserSecret: string };
  /** Uses a flow up, whatever comes of it. */
  take(state: string, browserSecret: string | undefined, nowMs: number): Flow | 'unknown' | 'expired' | 'other_browser';
};

type Kept = { readonly flow: Flow; readonly address: string; readonly browserHash: Buffer; readonly endsAt: number };

export function createFlows(): Flows {
  const flows = new Map<string, Kept>();

  function makeRoom(address: string, nowMs: number): void {
    let ofAddress = 0;
    let oldestOfAddress: string | undefined;
    for (const [key, kept] of flows) {
      if (kept.endsAt <= nowMs) flows.delete(key);
      else if (kept.address === address) {
        ofAddress++;
        oldestOfAddress ??= key;
      }
    }
    const full = flows.size >= MAX_FLOWS ? flows.keys().next().value : undefined;
    const dropped = ofAddress >= MAX_PER_ADDRESS ? oldestOfAddress : full;
    if (dropped !== undefined) flows.delete(dropped);
  }

  return {
    begin(flow, address, nowMs) {
      makeRoom(address, nowMs);
      const state = newSecret();
      const browserSecret = newSecret();
      flows.set(keyOf(state), { flow, address, browserHash: hashOf(browserSecret), endsAt: nowMs + FLOW_LIFETIME_MS });
      return { state, browserSecret };
    },
    take(state, browserSecret, nowMs) {
      const key = keyOf(state);
      const kept = flows.get(key);
      if (!kept) return 'unknown';
      flows.delete(key);
      if (kept.endsAt <= nowMs) return 'expired';
      return browserSecret !== undefined && timingSafeEqual(hashOf(browserSecret), kept.browserHash) ? kept.flow : 'other_browser';
    },
  };
}

function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

function keyOf(state: string): string {
  return hashOf(state).toString('base64url');
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
