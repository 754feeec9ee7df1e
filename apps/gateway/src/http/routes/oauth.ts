/** Sign-in by a provider: the way there, the way back, what the sign-in page offers, and access tokens of people who are signed in. */
import { toGatewayError } from '@openclaw-gateway/events';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { clientOf } from '../../access/client.ts';
import { isCallbackPath, LOGIN_PATH, oauthIn, TOKEN_PATH } from '../../access/oauth/settings.ts';
import { accessRequest } from '../../access/request.ts';
import type { Parts } from '../../parts.ts';
import { sendError } from '../errors.ts';
import { checkSameSite } from '../guard.ts';
import { sendSignInFailure } from '../sign-in-failure.ts';

const METHODS_PATH = '/auth/methods';
const CALLBACK_PATH = '/auth/callback';
const MAX_NEXT = 2000;

/** Open to everyone: whoever comes here has no login yet, or none that the browser sends along. */
export function oauthRoutes(app: FastifyInstance, parts: Parts): void {
  const { oauth } = parts.access;
  const open = { onRequest: async (_: FastifyRequest, reply: FastifyReply) => void reply.header('cache-control', 'no-store') };

  app.get(METHODS_PATH, open, async () => ({ oauth: oauth.offer() ?? null }));

  app.get(LOGIN_PATH, open, async (request, reply) => {
    try {
      const { next, account, moved } = request.query as Readonly<Record<string, unknown>>;
      const elsewhere = moved === undefined ? placeOfReturn(request, parts) : undefined;
      if (elsewhere !== undefined) return await reply.redirect(elsewhere, 303);
      const begun = await oauth.begin(accessRequest(request), { next: ownPath(next), chooseAccount: account === 'choose' });
      return await reply.header('set-cookie', begun.cookie).redirect(begun.url, 303);
    } catch (error) {
      return fail(error, request, reply);
    }
  });

  const finish = async (request: FastifyRequest, reply: FastifyReply) => {
    const credential = accessRequest(request);
    try {
      const { signedIn, next, cookie } = await oauth.finish(credential, queryOf(request));
      return await reply.header('set-cookie', [signedIn.cookie, signedIn.deviceCookie, cookie]).redirect(next, 303);
    } catch (error) {
      reply.header('set-cookie', oauth.clearCookie(credential));
      return fail(error, request, reply);
    }
  };
  for (const path of callbackPaths(parts)) {
    // Not another's, such as a hook's: that is no reason not to start.
    if (!app.hasRoute({ method: 'GET', url: path })) app.get(path, { ...open, exposeHeadRoute: false }, finish);
  }

  app.post(TOKEN_PATH, open, async (request) => {
    checkSameSite(request, parts);
    const { token, expiresAt } = await parts.access.issueAccessToken(accessRequest(request));
    return { access_token: token, token_type: 'Bearer', expires_in: Math.max(0, Math.floor((expiresAt - Date.now()) / 1000)) };
  });
}

/**
 * The same page at the address that the provider sends the browser back to, where that is another than this one: the cookie of
 * the sign-in would not be sent there. It is tried once: behind a proxy the gateway may not know by which name it was called.
 */
function placeOfReturn(request: FastifyRequest, parts: Parts): string | undefined {
  const redirectUri = oauthIn(parts.config.current().config)?.redirectUri;
  const back = redirectUri === undefined ? undefined : new URL(redirectUri);
  if (back === undefined || back.host === (clientOf(request.raw)?.host ?? request.host)) return undefined;
  const query = new URLSearchParams(queryOf(request));
  query.set('moved', '1');
  return `${back.origin}${LOGIN_PATH}?${query}`;
}

function callbackPaths(parts: Parts): ReadonlySet<string> {
  const { oauth } = parts.config.current().config.gateway.auth;
  return new Set([CALLBACK_PATH, ...(oauth ? [new URL(oauth.redirectUri).pathname] : [])].filter(isCallbackPath));
}

function queryOf(request: FastifyRequest): string {
  const at = request.url.indexOf('?');
  return at < 0 ? '' : request.url.slice(at);
}

/** Where to go afterwards: a page of this gateway, whatever was asked for. */
function ownPath(asked: unknown): string {
  if (typeof asked !== 'string' || asked.length > MAX_NEXT || !asked.startsWith('/')) return '/';
  const base = 'http://gateway.invalid';
  const url = URL.parse(asked, base);
  return url?.origin === base && !asked.includes('\\') && !url.pathname.startsWith('//') ? url.pathname + url.search : '/';
}

/** A page for people, JSON for programs. */
function fail(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (!String(request.headers.accept).includes('text/html')) return sendError(error, request, reply);
  return sendSignInFailure(toGatewayError(error), request, reply);
}
