/** What each WebSocket method is for the audit trail. A method that is not named is taken for a look or an act, by its scope. */
import { GatewayError } from '@openclaw-gateway/events';
import type { Acting, Asker, Looking } from '../audit/index.ts';
import type { Parts } from '../parts.ts';
import type { Member } from './connection.ts';
import type { Method } from './methods/method.ts';

type Call = { readonly looking: Looking } | { readonly acting: Acting } | undefined;
type Params = { readonly sessionKey?: string; readonly agentId?: string; readonly sessionId?: string };
type Describe = (params: Params, parts: Parts) => Call;

const neither: Describe = () => undefined;
const look =
  (operation: Looking['operation'], kind: string): Describe =>
  () => ({ looking: { operation, target: { kind } } });
const sessionOf = ({ sessionKey, agentId }: Params, { pipeline }: Parts) => {
  return sessionKey === undefined ? {} : { id: pipeline.resolveSession(sessionKey, agentId).sessionId };
};

const CALLS: Readonly<Record<string, Describe>> = {
  health: neither,
  status: neither,
  'channels.status': neither,
  'events.unsubscribe': neither,
  // A message is recorded as one.
  'chat.send': neither,
  agent: neither,
  'agent.wait': neither,
  'chat.history': (params, parts) => ({ looking: { operation: 'read', target: { kind: 'session', ...sessionOf(params, parts) } } }),
  'chat.abort': (params, parts) => ({ acting: { action: 'run.stop', target: { kind: 'session', ...sessionOf(params, parts) } } }),
  'device.token.rotate': () => ({ acting: { action: 'device.token.rotate', target: { kind: 'gateway' } } }),
  'sessions.list': look('list', 'sessions'),
  'config.get': look('read', 'config'),
  'logs.tail': look('read', 'logs'),
  'events.subscribe': ({ sessionId }) => ({
    looking: { operation: 'follow', target: sessionId === undefined ? { kind: 'events' } : { kind: 'session', id: sessionId } },
  }),
};

/** Whoever may read is told of every conversation as it goes on. */
export const FOLLOWS_CHATS: Looking = { operation: 'follow', target: { kind: 'sessions' } };

export function askerOf({ caller, credential }: Member): Asker {
  return { caller, socket: credential.socket, door: 'websocket' };
}

/** Runs a method between what is recorded of it, and masks what it shows. */
export async function recorded(parts: Parts, member: Member, method: Method, params: unknown, run: () => Promise<object>): Promise<object> {
  const asker = askerOf(member);
  const call = callOf(method, params as Params, parts);
  try {
    if (!call) return await run();
    if ('acting' in call) return await parts.audit.act(asker, call.acting, run);
    parts.audit.look(asker, call.looking);
    return parts.audit.shown(asker, call.looking.target, await run());
  } catch (error) {
    if (error instanceof GatewayError && error.status === 403) recordRefusal(parts, member, method, error.code, error);
    throw error;
  }
}

/** Records that somebody asked for what it may not do. */
export function recordRefusal(
  { access }: Parts,
  { caller, credential }: Member,
  { name }: Method,
  rule: string,
  error: GatewayError,
): void {
  access.recordRefusal({ door: 'websocket', caller, target: name, rule, error, client: credential.socket });
}

function callOf(method: Method, params: Params, parts: Parts): Call {
  const describe = CALLS[method.name];
  if (describe) return describe(params, parts);
  if (method.scope === 'operator.read') return { looking: { operation: 'read', target: { kind: method.name } } };
  return { acting: { action: method.name, target: { kind: 'gateway' } } };
}
