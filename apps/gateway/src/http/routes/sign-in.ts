/** How a browser signs in and out. These routes are open to everyone from the gateway's own pages. */
import { GatewayError } from '@openclaw-gateway/events';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { SignedIn } from '../../access/index.ts';
import { checkOwnCredentials, requireFreshProof } from '../../access/people/index.ts';
import { accessRequest } from '../../access/request.ts';
import { refuseUnlessMayGrant } from '../../access/token-grants.ts';
import type { Parts } from '../../parts.ts';
import { callerOf } from '../authenticate.ts';
import { checkSameSite } from '../guard.ts';
import { parse, text } from '../validate.ts';

const LINK_MS = 60_000;

const codeBody = z.object({ code: text(128, 'the code of a sign-in link') }, { error: 'an object' });
const tokenBody = z.object({ token: text(4096, 'the gateway token') }, { error: 'an object' });
const passwordBody = z.object(
  {
    user: text(64, 'the name of a user'),
    password: text(1024, 'a password'),
    code: text(64, 'the code of an authenticator app, or a recovery code').optional(),
  },
  { error: 'an object' },
);

export function signInRoutes(app: FastifyInstance, parts: Parts): void {
  const sameSite = { onRequest: async (request: Parameters<typeof checkSameSite>[0]) => checkSameSite(request, parts) };

  app.post('/api/sign-in', sameSite, async (request, reply) => {
    const { code } = parse(codeBody, request.body);
    const signedIn = await parts.access.redeem(code, accessRequest(request));
    return answer(reply, signedIn);
  });

  app.post('/api/sign-in/token', sameSite, async (request, reply) => {
    const { token } = parse(tokenBody, request.body);
    const signedIn = await parts.access.signInWithToken(token, accessRequest(request));
    return answer(reply, signedIn);
  });

  app.post('/api/sign-in/password', sameSite, async (request, reply) => {
    const { user, password, code } = parse(passwordBody, request.body);
    const signedIn = await parts.access.people.proofs.signInWithPassword({ name: user, password, code }, accessRequest(request));
    return answer(reply, signedIn);
  });

  app.post('/api/sign-out', sameSite, async (request, reply) => {
    reply.header('set-cookie', await parts.access.logout(accessRequest(request)));
    return { signedOut: true };
  });

  // A page asks this to learn whether it is signed in: a no is nothing to record.
  app.get('/api/me', async (request) => {
    const caller = await parts.access.identify(accessRequest(request));
    if (caller instanceof GatewayError) throw caller;
    const { loginSessionHash: _, ...known } = caller;
    const user = parts.access.people.users.byId(caller.actor.id)?.name;
    return { ...known, ...(user !== undefined && { user }), gatewayId: parts.gatewayId, version: parts.version };
  });
}

/**
 * Makes links that sign a browser in: whoever holds the token gets one for the owner, whoever is signed in one for the own
 * account. A link counts as a proof, so a login that was left open must not make one.
 */
export function signInLinkRoute(app: FastifyInstance, parts: Parts): void {
  app.post('/api/sign-in-links', async (request) => {
    const caller = callerOf(request);
    requireFreshProof(caller);
    const isSession = caller.method === 'session';
    if (isSession) checkOwnCredentials(parts.access.people.users.byId(caller.actor.id));
    // Who is not signed in gets a link for the owner, who may do everything.
    if (!isSession) refuseUnlessMayGrant(caller, { roles: ['admin'] });
    const self = isSession ? { userId: caller.actor.id, lifetimeMs: LINK_MS } : undefined;
    return await parts.access.mintSignInLink(caller.actor, linkBase(request, parts), self);
  });
}

/** The address that a link shall lead to. */
export function linkBase(request: FastifyRequest, parts: Parts): string {
  return parts.config.current().config.gateway.network.publicUrl ?? `${request.protocol}://${request.host}`;
}

/** Gives the browser its cookies. */
export function answer(reply: FastifyReply, { cookie, deviceCookie, userId }: SignedIn) {
  reply.header('set-cookie', [cookie, deviceCookie]);
  return { userId };
}
