/**
 * The rules of `gateway.auth.acl`: which roles may call which path. They come on top of the permissions and can only take away.
 * The first rule that fits decides; a call that no rule fits gets the default policy.
 */
import type { Config } from '../config/index.ts';
import type { Role } from './roles.ts';

type Acl = Config['gateway']['auth']['acl'];

export type AclCall = {
  readonly method: string;
  /** Every path by which rules may name what is called. */
  readonly paths: readonly string[];
};

export type AclVerdict = { readonly allowed: boolean /** The key that decided. */; readonly rule: string };

/** The role name that stands for everyone who has proved who he is. */
const ANYONE: Role = 'user';

/** Judges a call of somebody with these roles. */
export function judgeByAcl(acl: Acl, call: AclCall, roles: readonly Role[]): AclVerdict {
  const paths = call.paths.map(canonicalPath);
  const index = acl.rules.findIndex((rule) => fitsMethod(rule, call.method) && paths.some((path) => fitsPath(rule.path, path)));
  const rule = acl.rules[index];
  if (!rule) return { allowed: acl.defaultPolicy === 'allow', rule: 'gateway.auth.acl.defaultPolicy' };
  return {
    allowed: rule.allow.includes(ANYONE) || rule.allow.some((role) => roles.includes(role)),
    rule: `gateway.auth.acl.rules[${index}]`,
  };
}

/**
 * The paths of a route as it was called: its own parts as they are registered, and each parameter as one part whatever is in it. No
 * spelling of a path — encoded or doubled slashes, dots, capitals — reaches a route by another name than this.
 * @example routePath('/api/sessions/:id', { id: '../events' }) // '/api/sessions/..%2Fevents'
 */
export function routePath(pattern: string, params: Readonly<Record<string, unknown>>): string {
  const parts = pattern.split('/').map((part) => {
    if (part.startsWith(':')) return encodeURIComponent(String(params[part.slice(1)] ?? ''));
    return part === '*'
      ? String(params['*'] ?? '')
          .split('/')
          .map(encodeURIComponent)
          .join('/')
      : part;
  });
  return parts.join('/');
}

/** What the dashboard's calls are called in rules. */
export const procedurePaths = (procedure: string): readonly string[] => [`/trpc/${procedure}`, `/api/trpc/${procedure}`];

/** What a WebSocket client's connection is called in rules. */
export const SOCKET_PATHS: readonly string[] = ['/ws', '/api/ws'];

function fitsMethod({ methods }: { readonly methods?: readonly string[] }, method: string): boolean {
  return methods === undefined || methods.includes(method) || (method === 'HEAD' && methods.includes('GET'));
}

function fitsPath(written: string, path: string): boolean {
  const below = written.endsWith('/*');
  if (!below && !written.endsWith('*')) return canonicalPath(written) === path;
  const prefix = canonicalPath(written.slice(0, below ? -2 : -1) || '/');
  if (!below) return path.startsWith(prefix);
  return prefix === '/' || path === prefix || path.startsWith(`${prefix}/`);
}

/** One spelling for all of a path: small letters, no slash at its end. */
function canonicalPath(path: string): string {
  return path.toLowerCase().replace(/(?<=.)\/+$/, '');
}
