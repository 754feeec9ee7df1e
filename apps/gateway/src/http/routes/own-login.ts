/** What everyone who is signed in does with the own account: prove it anew, password, authenticator app, logins. */
import { GatewayError, type UserRecord } from '@openclaw-gateway/events';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { requireFreshProof } from '../../access/people/index.ts';
import { accessRequest } from '../../access/request.ts';
import type { Parts } from '../../parts.ts';
import { callerOf } from '../authenticate.ts';
import { checkSameSite } from '../guard.ts';
import { parse, text } from '../validate.ts';
import { answer } from './sign-in.ts';

const password = text(1024, 'a password');
const code = text(64, 'the code of an authenticator app');
const proofBody = z.union(
  [
    z.strictObject({ password }),
    z.strictObject({ code: text(64, 'the code of an authenticator app, or a recovery code') }),
    z.strictObject({ signInCode: text(128, 'the code of a sign-in link') }),
    z.strictObject({ token: text(4096, 'the gateway token') }),
  ],
  { error: '{ password }, { code }, { signInCode } or { token }' },
);
const passwordBody = z.strictObject({ current: password.optional(), password }, { error: 'an object' });
const codeBody = z.strictObject({ code }, { error: 'an object' });
const revokeBody = z.union([z.strictObject({ id: text(64, 'the id of a login') }), z.strictObject({ others: z.literal(true) })], {
  error: '{ id } or { others: true }',
});

export function ownLoginRoutes(app: FastifyInstance, parts: Parts): void {
  const { people } = parts.access;
  const { accounts, proofs, sessions } = people;

  app.post('/auth/step-up', async (request, reply) => {
    checkSameSite(request, parts);
    const proof = parse(proofBody, request.body);
    return answer(reply, await proofs.stepUp(proof, accessRequest(request)));
  });

  app.post('/api/me/password', async (request) => {
    const user = userOf(request, parts);
    const body = parse(passwordBody, request.body);
    // Who has none yet has nothing to type, so the login itself must be fresh.
    if (user.passwordSetAt === undefined) requireFreshProof(callerOf(request));
    else await proofs.checkOwnPassword(user, body.current ?? '', accessRequest(request));
    await accounts.setPassword(user, body.password, callerOf(request).actor, accessRequest(request));
    return { changed: true };
  });

  app.post('/api/me/totp', async (request) => {
    requireFreshProof(callerOf(request));
    return await accounts.beginTotp(userOf(request, parts));
  });

  app.post('/api/me/totp/confirm', async (request) => {
    requireFreshProof(callerOf(request));
    await accounts.confirmTotp(userOf(request, parts), parse(codeBody, request.body).code, callerOf(request).actor);
    return { enabled: true };
  });

  app.post('/api/me/totp/remove', async (request) => {
    requireFreshProof(callerOf(request));
    await accounts.resetTotp(userOf(request, parts), callerOf(request).actor, accessRequest(request));
    return { enabled: false };
  });

  app.get('/api/me/logins', async (request) => {
    const { userId } = userOf(request, parts);
    return { logins: await sessions.list(accessRequest(request), userId) };
  });

  app.post('/api/me/logins/revoke', async (request) => {
    const { userId } = userOf(request, parts);
    const body = parse(revokeBody, request.body);
    const by = { actor: callerOf(request).actor, reason: 'signed out by the user' };
    if ('others' in body) return { ended: (await sessions.revoke({ all: true, userId }, { ...by, keep: accessRequest(request) })).logins };
    return { ended: (await sessions.revoke({ id: body.id, userId }, by)).logins };
  });
}

/** The user behind a login. Throws `BAD_REQUEST` for a program, which has no account. */
function userOf(request: FastifyRequest, { access }: Parts): UserRecord {
  const { method, actor } = callerOf(request);
  const user = method === 'session' ? access.people.users.byId(actor.id) : undefined;
  if (user) return user;
  const remedy = 'Sign in at the dashboard, or use /api/access/users and /api/access/logins.';
  throw new GatewayError('BAD_REQUEST', { message: 'A token is no user, so it has no password and no logins.', details: { remedy } });
}
