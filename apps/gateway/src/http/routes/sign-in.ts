/** How a browser signs in and out. The two sign-in routes are open to everyone from the gateway's own pages. */
import { GatewayError } from '@openclaw-gateway/events';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { SignedIn } from '../../access/index.ts';
import { accessRequest } from '../../access/request.ts';
import { refuseUnlessMayGrant } from '../../access/token-grants.ts';
import type { Parts } from '../../parts.ts';
import { callerOf } from '../authenticate.ts';
import { checkSameSite } from '../guard.ts';
import { parse, text } from '../validate.ts';

const codeBody = z.object({ code: text(128, 'the code of a sign-in link') }, { error: 'an object' });
const tokenBody = z.object({ token: text(4096, 'the gateway token') }, { error: 'an object' });

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

  app.post('/api/sign-out', sameSite, async (request, reply) => {
    reply.header('set-cookie', await parts.access.logout(accessRequest(request)));
    return { signedOut: true };
  });

  // A page asks this to learn whether it is signed in: a no is nothing to record.
  app.get('/api/me', async (request) => {
    const caller = await parts.access.identify(accessRequest(request));
    if (caller instanceof GatewayError) throw caller;
    const { loginSessionHash: _, ...known } = caller;
    return { ...known, gatewayId: parts.gatewayId, version: parts.version };
  });
}

/** Makes links that sign a browser in. For callers who are signed in themselves. */
export function signInLinkRoute(app: FastifyInstance, parts: Parts): void {
  app.post('/api/sign-in-links', async (request) => {
    // A browser that is signed in may do everything.
    refuseUnlessMayGrant(callerOf(request), { roles: ['admin'] });
    const { publicUrl } = parts.config.current().config.gateway.network;
    return await parts.access.mintSignInLink(callerOf(request).actor, publicUrl ?? `${request.protocol}://${request.host}`);
  });
}

function answer(reply: { header(name: string, value: string): unknown }, { cookie, userId }: SignedIn) {
  reply.header('set-cookie', cookie);
  return { userId };
}
