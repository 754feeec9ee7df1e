/** Users and their logins, as an admin manages them. */
import { GatewayError, type UserRecord } from '@openclaw-gateway/events';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { requireFreshProof } from '../../access/people/index.ts';
import { accessRequest } from '../../access/request.ts';
import { ROLE_NAMES } from '../../access/roles.ts';
import type { Parts } from '../../parts.ts';
import { callerOf } from '../authenticate.ts';
import { defined, parse, text } from '../validate.ts';
import { linkBase } from './sign-in.ts';

const LINK_MS = 60 * 60_000;
const MAX_LINK_MS = 7 * 24 * 60 * 60_000;

const roles = z
  .array(z.enum(ROLE_NAMES, { error: ROLE_NAMES.join(', ') }), { error: 'a list of roles' })
  .min(1, { error: 'at least one role' })
  .max(ROLE_NAMES.length, { error: 'each role once' });
const password = text(1024, 'a password');
const userBody = z.strictObject(
  {
    name: text(64, 'a name'),
    roles,
    email: z.email({ error: 'an e-mail address' }).max(320, { error: 'at most 320 characters' }).optional(),
    password: password.optional(),
  },
  { error: 'an object' },
);
const rolesBody = z.strictObject({ roles }, { error: 'an object' });
const passwordBody = z.strictObject({ password: password.optional() }, { error: 'an object' }).nullish();
const codeBody = z.strictObject({ code: text(64, 'the code of an authenticator app') }, { error: 'an object' });
const linkBody = z
  .strictObject(
    {
      lifetimeMs: z
        .int({ error: 'a number of milliseconds' })
        .min(1000, { error: 'at least 1000' })
        .max(MAX_LINK_MS, { error: 'at most 7 days' })
        .optional(),
    },
    { error: 'an object' },
  )
  .nullish();
const loginsQuery = z.object({ user: text(64, 'the name of a user').optional() });
const revokeBody = z.union(
  [
    z.strictObject({ id: text(64, 'the id of a login') }),
    z.strictObject({ all: z.literal(true), user: text(64, 'the name of a user').optional() }),
  ],
  { error: '{ id } or { all: true, user }' },
);

type Named = { Params: { name: string } };

/** `/api/access/users` and `/api/access/logins`. Reading needs `access.read`, everything else `access.manage` and a fresh proof. */
export function peopleRoutes(app: FastifyInstance, parts: Parts): void {
  const { people } = parts.access;
  const { accounts, sessions, users } = people;

  async function userNamed(name: string): Promise<UserRecord> {
    // The owner is there from the beginning, but its first login is what writes it down.
    await people.ownerId();
    return users.named(name);
  }

  /** The user whom a changing call is about, once the caller has proved who it is. */
  async function subjectOf(request: FastifyRequest<Named>): Promise<UserRecord> {
    requireFreshProof(callerOf(request));
    return userNamed(request.params.name);
  }

  app.get('/api/access/users', async () => {
    await people.ownerId();
    return { users: users.list().map(shownUser) };
  });

  app.post('/api/access/users', async (request, reply) => {
    requireFreshProof(callerOf(request));
    const user = await accounts.add(parse(userBody, request.body), callerOf(request).actor);
    return reply.status(201).send(shownUser(user));
  });

  app.post<Named>('/api/access/users/:name/roles', async (request) => {
    const body = parse(rolesBody, request.body);
    return shownUser(await accounts.setRoles(await subjectOf(request), body.roles, callerOf(request).actor));
  });

  app.post<Named>('/api/access/users/:name/disable', async (request) =>
    shownUser(await accounts.setDisabled(await subjectOf(request), true, callerOf(request).actor)),
  );

  app.post<Named>('/api/access/users/:name/enable', async (request) =>
    shownUser(await accounts.setDisabled(await subjectOf(request), false, callerOf(request).actor)),
  );

  app.post<Named>('/api/access/users/:name/remove', async (request) => {
    await accounts.remove(await subjectOf(request), callerOf(request).actor);
    return { removed: true };
  });

  app.post<Named>('/api/access/users/:name/password', async (request) => {
    const { password: fresh } = parse(passwordBody, request.body) ?? {};
    const user = await subjectOf(request);
    if (fresh === undefined) await accounts.clearPassword(user, callerOf(request).actor);
    else await accounts.setPassword(user, fresh, callerOf(request).actor, accessRequest(request));
    return { password: fresh !== undefined };
  });

  app.post<Named>('/api/access/users/:name/sign-in-link', async (request) => {
    const { lifetimeMs = LINK_MS } = parse(linkBody, request.body) ?? {};
    const { userId, disabled } = await subjectOf(request);
    if (disabled) throw new GatewayError('BAD_REQUEST', { message: 'This user is disabled, so a link would sign nobody in.' });
    return await parts.access.mintSignInLink(callerOf(request).actor, linkBase(request, parts), { userId, lifetimeMs });
  });

  app.post<Named>('/api/access/users/:name/totp', async (request) => await accounts.beginTotp(await subjectOf(request)));

  app.post<Named>('/api/access/users/:name/totp/confirm', async (request) => {
    const { code } = parse(codeBody, request.body);
    await accounts.confirmTotp(await subjectOf(request), code, callerOf(request).actor);
    return { enabled: true };
  });

  app.post<Named>('/api/access/users/:name/totp/reset', async (request) => {
    await accounts.resetTotp(await subjectOf(request), callerOf(request).actor, accessRequest(request));
    return { enabled: false };
  });

  app.post<Named>('/api/access/users/:name/recovery-codes', async (request) => {
    if (callerOf(request).method === 'session') {
      const remedy = "Run `openclaw users recovery-codes <name>` on the gateway's machine.";
      throw new GatewayError('FORBIDDEN', { message: 'Recovery codes are made on the command line only.', details: { remedy } });
    }
    return { codes: await accounts.makeRecoveryCodes(await userNamed(request.params.name), callerOf(request).actor) };
  });

  app.get('/api/access/logins', async (request) => {
    const { user } = parse(loginsQuery, request.query);
    const userId = user === undefined ? undefined : (await userNamed(user)).userId;
    return { logins: await sessions.list(accessRequest(request), userId) };
  });

  app.post('/api/access/logins/revoke', async (request) => {
    requireFreshProof(callerOf(request));
    const body = parse(revokeBody, request.body);
    const by = { actor: callerOf(request).actor, reason: 'ended by an admin' };
    if ('id' in body) return { ended: (await sessions.revoke({ id: body.id }, by)).logins };
    const userId = body.user === undefined ? undefined : (await userNamed(body.user)).userId;
    return { ended: (await sessions.revoke({ all: true, ...defined({ userId }) }, by)).logins };
  });
}

/** A user as the API shows it. */
function shownUser({ passwordSetAt, external, ...user }: UserRecord) {
  return {
    ...user,
    password: passwordSetAt !== undefined,
    ...(passwordSetAt !== undefined && { passwordSetAt }),
    ...(external && { signedInBy: external.issuer }),
  };
}
