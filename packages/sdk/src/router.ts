import type { Peer } from './channel.ts';

/** What a router is asked about: a message that no binding decided. */
export type RouteQuestion = {
  readonly channel: string;
  readonly account: string;
  readonly peer: Peer;
  readonly senderId: string;
  readonly roles?: readonly string[];
  readonly text: string;
  /** The agents of the configuration. */
  readonly agentIds: readonly string[];
};

/** `agentId` is left out when the router has no opinion. The reason is kept in the log with the decision. */
export type RouteAnswer = { readonly agentId?: string; readonly reason: string };

export type RouterDefinition = {
  readonly name: string;
  /** Says which agent answers. It has half a second; a router that fails or is late has no opinion. Its answer is recorded and not asked for again. */
  readonly route: (question: RouteQuestion) => Promise<RouteAnswer> | RouteAnswer;
};

/** Declares a router. @example export default defineRouter({ name: 'by-word', route: ({ text }) => ({ agentId: text.includes('refund') ? 'billing' : undefined, reason: 'by words' }) }) */
export function defineRouter(definition: RouterDefinition): RouterDefinition {
  return definition;
}
