/** Who answers for what an actor does. Pure: where two people are needed, one must not count as two by signing in twice. */
import type { Actor } from '@openclaw-gateway/events';
import { GATEWAY_TOKEN_ID } from './revocations.ts';

type Known = {
  /** Who made a token. */
  readonly makerOf: (tokenId: string) => Actor | undefined;
  /** Whom the gateway token signs in. */
  readonly ownerId: string | undefined;
};

/**
 * An opaque id: a user's, or that of the user who made a token, however many tokens are in between. Whoever holds the gateway token
 * is the owner. Nothing for who has not said who it is.
 */
export function personBehind(actor: Actor, { makerOf, ownerId }: Known): string | undefined {
  if (isNobody(actor)) return undefined;
  const passed = new Set<string>();
  let at = actor;
  while (!passed.has(at.id)) {
    passed.add(at.id);
    const maker = at.type === 'service_account' ? makerOf(at.id) : undefined;
    if (maker && !isNobody(maker)) at = maker;
  }
  return at.id === ownerId ? GATEWAY_TOKEN_ID : at.id;
}

const isNobody = ({ type }: Actor) => type === 'unauthenticated' || type === 'system';
