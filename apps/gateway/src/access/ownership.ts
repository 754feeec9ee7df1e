/**
 * Whose a conversation is. Somebody who may only write for himself has keys of his own, which nobody else's name can lead to; what
 * is not under one of them is not there for him.
 */
import { GatewayError } from '@openclaw-gateway/events';
import type { Submission } from '../parts.ts';
import type { Caller } from './index.ts';

type Owner = { readonly actor: Pick<Caller['actor'], 'id'> };

/** Conversations over the API, and chats of the dashboard's console. */
const NAMESPACES = ['user', 'web'] as const;
/** A namespace, the owner, and a name, whatever that is. */
const OWNED = new RegExp(`^(?:${NAMESPACES.join('|')}):([^:]+):.`, 's');

/** As events take it. */
const LONGEST_KEY = 512;

/**
 * The key under which a caller's own conversation of this name is kept. One that is his already stays as it is. Throws `BAD_REQUEST`
 * where it gets too long.
 * @example ownKey(alice, 'work') // 'user:usr_alice:work'
 * @example ownKey(alice, 'agent:main:work') // 'agent:main:user:usr_alice:work'
 */
export function ownKey(caller: Owner, key: string): string {
  if (ownsKey(caller, key)) return key;
  const { agent, rest } = split(key);
  const own = `${agent}user:${idOf(caller)}:${rest}`;
  if (own.length <= LONGEST_KEY) return own;
  throw new GatewayError('BAD_REQUEST', {
    message: `sessionKey: with the caller's own beginning it is longer than ${LONGEST_KEY} characters.`,
  });
}

/** The key of a chat of the dashboard's console. */
export function consoleKey(caller: Owner, chat: string): string {
  return `web:${idOf(caller)}:${chat}`;
}

/** Whether a conversation's key is one of the caller's own. */
export function ownsKey(caller: Owner, key: string): boolean {
  return ownerOf(key) === idOf(caller);
}

/** Who owns the conversation of a key, as the key has it; nothing where nobody does. */
export function ownerOf(key: string): string | undefined {
  return OWNED.exec(split(key).rest)?.[1];
}

/** What the caller's own conversations with these agents begin with. */
export function ownPrefixes(caller: Owner, agentIds: readonly string[]): string[] {
  return agentIds.flatMap((agent) => NAMESPACES.map((namespace) => `agent:${agent}:${namespace}:${idOf(caller)}:`));
}

/**
 * A message of somebody who may only write for himself: whatever he says, he is the sender, the conversation is one of his own, and
 * his request ids are no one else's. What he called the sender is the name that is shown.
 */
export function ownSubmission(submission: Submission, caller: Owner): Submission {
  const { id } = caller.actor;
  const { channel, inbound, sessionKey } = submission;
  const { sender, externalId } = inbound;
  const name = sender.name ?? (sender.id === id ? undefined : sender.id);
  return {
    ...submission,
    sessionKey: ownKey(caller, sessionKey ?? `${channel}:${sender.id}`),
    inbound: {
      ...inbound,
      sender: { id, ...(name !== undefined && { name: name.slice(0, 512) }) },
      peer: { kind: 'direct', id },
      ...(externalId !== undefined && { externalId: `${idOf(caller)}:${externalId}` }),
    },
  };
}

type Sessions = { session(sessionId: string): Promise<{ readonly sessionKey: string } | undefined> };
type OwnMessage = { readonly sessionId?: string; readonly senderId: string };

/** Takes as long for what is not there as for what is somebody else's. */
const NOBODYS = 'ses_00000000000000000000000000';

/** Whether a message, if there is one, is the caller's own: in his conversation, or rejected before it had one. */
export async function ownsMessage(views: Sessions, caller: Owner, message: OwnMessage | undefined): Promise<boolean> {
  const session = await views.session(message?.sessionId ?? NOBODYS);
  if (!message) return false;
  if (message.sessionId === undefined) return message.senderId === caller.actor.id;
  return session !== undefined && ownsKey(caller, session.sessionKey);
}

/** Throws `SESSION_NOT_FOUND` unless this is a conversation of the caller's own. */
export function refuseOthers(caller: Owner, session: { readonly sessionKey: string } | undefined): void {
  if (!session || !ownsKey(caller, session.sessionKey)) throw new GatewayError('SESSION_NOT_FOUND');
}

function split(key: string): { readonly agent: string; readonly rest: string } {
  const agent = /^agent:[^:]+:(?=.)/s.exec(key)?.[0] ?? '';
  return { agent, rest: key.slice(agent.length) };
}

/** Without a colon, which ends it in a key. */
function idOf({ actor }: Owner): string {
  return encodeURIComponent(actor.id);
}
