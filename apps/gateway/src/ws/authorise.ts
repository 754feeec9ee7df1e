/** What a client may do here: its scopes within its roles, the rules for paths, and for each method its permission. */
import { judgeByAcl, SOCKET_PATHS } from '../access/acl.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/index.ts';
import { type Reach, reachOf, SOCKET_METHODS } from '../access/permissions.ts';
import { permissionsOf } from '../access/roles.ts';
import type { Parts } from '../parts.ts';
import type { Member } from './connection.ts';
import { METHODS } from './methods/index.ts';
import { boundScopes } from './scopes.ts';

const CONNECTING = { method: 'GET', paths: SOCKET_PATHS };
/** Whoever may read a conversation is told what happens in it. */
const FOLLOWING = SOCKET_METHODS['chat.history'] ?? 'own-check';

/** Throws when a method is not in the table of permissions. */
export function requireListing(): void {
  const unlisted = [...METHODS.keys()].find((name) => !Object.hasOwn(SOCKET_METHODS, name));
  if (unlisted !== undefined) throw new TypeError(`${unlisted} is not in the table of permissions (access/permissions.ts)`);
}

/** The member with the scopes that its roles allow. Throws `FORBIDDEN` where the rules for paths do not let it connect. */
export function admitMember(parts: Parts, member: Member): Member {
  const { caller, credential } = member;
  authorise(parts, { door: 'websocket', caller, need: 'signed-in', target: 'connect', client: credential.socket, acl: CONNECTING });
  return { ...member, scopes: boundScopes(member.scopes, caller), reach: reachOf(caller, FOLLOWING) };
}

/** Whether a connection may stay: the caller, asked for again, has the rights that the member was let in with, and the rules let it in still. */
export function stillStands({ config }: Parts, member: Member, caller: Caller): boolean {
  const isSame = permissionsOf(caller).join() === permissionsOf(member.caller).join();
  return isSame && judgeByAcl(config.current().config.gateway.auth.acl, CONNECTING, caller.roles).allowed;
}

/** Whose conversations the member reaches by a method. Records a refusal and throws `FORBIDDEN`. */
export function reachByMethod(parts: Parts, { caller, credential }: Member, method: string): Reach {
  const need = SOCKET_METHODS[method];
  if (need === undefined) throw new TypeError(`${method} is not in the table of permissions`);
  return authorise(parts, { door: 'websocket', caller, need, target: method, client: credential.socket });
}

/** The methods that are not refused whatever they are called with. */
export function methodsOf({ caller }: Member): string[] {
  return [...METHODS.keys()].filter((name) => reachOf(caller, SOCKET_METHODS[name] ?? 'own-check') !== undefined);
}
