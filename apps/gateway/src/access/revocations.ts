/** What is open on the strength of a credential, so that it can be ended in the moment in which the credential stops being good. */
import type { Caller } from './index.ts';

/** The gateway token as an actor, as a credential, and as what device tokens were granted by. */
export const GATEWAY_TOKEN_ID = 'gateway-token';

/** What can stop being good: a service or device token, a login session by the hash that its events carry, a user, the gateway token. */
export type CredentialKey = `token:${string}` | `session:${string}` | `user:${string}` | typeof GATEWAY_TOKEN_ID;

export type Revocations = {
  /** Calls `end` once when the caller's credential stops being good. It says whether there was something to end. Returns what undoes it. */
  onRevoked(caller: Caller, end: () => boolean): () => void;
  /** Ends what a credential holds open. Returns how much that was. */
  emit(key: CredentialKey): number;
};

export function createRevocations(): Revocations {
  const open = new Map<CredentialKey, Set<() => boolean>>();

  function forget(keys: readonly CredentialKey[], end: () => boolean): void {
    for (const key of keys) {
      const ends = open.get(key);
      ends?.delete(end);
      if (ends?.size === 0) open.delete(key);
    }
  }

  return {
    onRevoked(caller, end) {
      const keys = credentialKeys(caller);
      // It is there once for each call, and called once whichever of its credentials ends first.
      const once = (): boolean => {
        forget(keys, once);
        return end();
      };
      for (const key of keys) {
        const ends = open.get(key);
        if (ends) ends.add(once);
        else open.set(key, new Set([once]));
      }
      return () => forget(keys, once);
    },
    emit(key) {
      let ended = 0;
      for (const end of [...(open.get(key) ?? [])]) if (end()) ended += 1;
      return ended;
    },
  };
}

/** The credentials that a caller stands on. None where nobody had to prove anything. */
export function credentialKeys({ actor, tokenId, loginSessionHash }: Caller): readonly CredentialKey[] {
  if (tokenId !== undefined) return [`token:${tokenId}`];
  if (actor.type === 'service_account') return [GATEWAY_TOKEN_ID];
  if (actor.type !== 'user') return [];
  return loginSessionHash === undefined ? [`user:${actor.id}`] : [`user:${actor.id}`, `session:${loginSessionHash}`];
}
