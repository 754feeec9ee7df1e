import type { IncomingHttpHeaders } from 'node:http';
import type { AccessRequest } from './index.ts';

/** The server decides when a login ends; the cookie only has to live longer than any login. */
const COOKIE_MAX_AGE_S = 400 * 24 * 60 * 60;

/** The token a program presents: `Authorization: Bearer …` or `x-openclaw-token`. */
export function readBearer(headers: IncomingHttpHeaders): string | undefined {
  const [scheme, token] = headers.authorization?.split(' ', 2) ?? [];
  if (scheme?.toLowerCase() === 'bearer') return token?.trim() ?? '';
  const plain = headers['x-openclaw-token'];
  return typeof plain === 'string' ? plain.trim() : undefined;
}

/** Whether the browser's side of the connection is TLS: here, or at a trusted proxy (access/client.ts). */
export function isSecure(request: AccessRequest): boolean {
  return request.socket?.encrypted === true;
}

/** The secret in the login cookie. Under TLS only a `__Host-` cookie counts, which no other host or path can have set. */
export function readCookie(request: AccessRequest, name: string): string | undefined {
  const wanted = `${cookieName(name, isSecure(request))}=`;
  for (const part of request.headers.cookie?.split(';') ?? []) {
    const cookie = part.trim();
    if (cookie.startsWith(wanted)) return cookie.slice(wanted.length);
  }
  return undefined;
}

/** The Set-Cookie value that stores a login secret, or clears it when there is none. */
export function sessionCookie(name: string, secret: string | undefined, secure: boolean): string {
  const maxAge = secret === undefined ? 0 : COOKIE_MAX_AGE_S;
  const cookie = `${cookieName(name, secure)}=${secret ?? ''}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAge}`;
  return secure ? `${cookie}; Secure` : cookie;
}

/** The Set-Cookie value for a browser that goes to a provider and comes back: also from there it must be sent, so it is not Strict. */
export function flowCookie(name: string, secret: string | undefined, lifetimeMs: number, request: AccessRequest): string {
  const secure = isSecure(request);
  const cookie = `${cookieName(name, secure)}=${secret ?? ''}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${Math.round(lifetimeMs / 1000)}`;
  return secure ? `${cookie}; Secure` : cookie;
}

function cookieName(name: string, secure: boolean): string {
  return secure ? `__Host-${name}` : name;
}
