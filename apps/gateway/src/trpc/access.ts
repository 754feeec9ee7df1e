import type { UserRecord } from '@openclaw-gateway/events';
import { z } from 'zod';
import type { Caller } from '../access/index.ts';
import type { LoginView } from '../access/people/index.ts';
import { PERMISSIONS, ROLE_NAMES, ROLES } from '../access/roles.ts';
import { procedure, router } from './procedure.ts';
import { definedOnly } from './wire.ts';

const user = z.object({
  userId: z.string(),
  name: z.string(),
  email: z.string().optional(),
  roles: z.array(z.string()),
  owner: z.boolean(),
  disabled: z.boolean(),
  createdAt: z.number(),
  passwordSetAt: z.number().optional(),
  totp: z.boolean(),
  recoveryCodes: z.number(),
  /** The provider that signs the user in, in place of a password. */
  signedInBy: z.string().optional(),
});

const login = z.object({
  id: z.string(),
  user: z.string(),
  method: z.string(),
  device: z.string().nullable(),
  address: z.string().nullable(),
  createdAt: z.number(),
  lastSeenAt: z.number(),
  endsAt: z.number(),
  current: z.boolean(),
});

const device = z.looseObject({ id: z.string() });
const token = z.object({
  id: z.string(),
  name: z.string(),
  prefix: z.string(),
  roles: z.array(z.string()).readonly(),
  scopes: z.array(z.string()).readonly().optional(),
  state: z.enum(['active', 'expired', 'revoked']),
  createdAt: z.number(),
  issuedAt: z.number(),
  createdBy: z.string().optional(),
  expiresAt: z.number().optional(),
  lastUsedAt: z.number().optional(),
  lastUsedFrom: z.string().optional(),
  endedAt: z.number().optional(),
  reason: z.string().optional(),
  device: device.optional(),
});

/** The access page. It only looks: what is changed goes over the same routes of the API that the command line uses. */
export const accessRouter = router({
  /** The own account and its logins; nothing where a program asks. */
  me: procedure.output(z.object({ user: user.optional(), logins: z.array(login) })).query(async ({ ctx: { parts, caller } }) => {
    const { people } = parts.access;
    const record = caller.method === 'session' ? people.users.byId(caller.actor.id) : undefined;
    if (!record) return { logins: [] };
    const logins = await people.sessions.list(undefined, record.userId);
    return { user: shownUser(record), logins: logins.map((one) => shownLogin(one, caller)) };
  }),

  users: procedure.output(z.object({ users: z.array(user) })).query(async ({ ctx }) => {
    const { people } = ctx.parts.access;
    // The owner is there from the beginning, but its first login is what writes it down.
    await people.ownerId();
    return { users: people.users.list().map(shownUser) };
  }),

  logins: procedure.output(z.object({ logins: z.array(login) })).query(async ({ ctx: { parts, caller } }) => {
    const logins = await parts.access.people.sessions.list(undefined);
    return { logins: logins.map((one) => shownLogin(one, caller)) };
  }),

  tokens: procedure
    .output(z.object({ tokens: z.array(token) }))
    .query(({ ctx }) => ({ tokens: [...ctx.parts.access.tokens.services()] as z.infer<typeof token>[] })),

  devices: procedure
    .output(
      z.object({
        devices: z.array(token),
        pending: z.array(
          z.object({
            requestId: z.string(),
            device,
            address: z.string().optional(),
            requestedAt: z.number(),
            expiresAt: z.number(),
          }),
        ),
      }),
    )
    .query(({ ctx }) => ({
      devices: [...ctx.parts.access.tokens.devices()] as z.infer<typeof token>[],
      pending: ctx.parts.access.devices.pending().map(({ publicKey: _, ...request }) => definedOnly(request)) as never,
    })),

  bans: procedure
    .output(
      z.object({
        bans: z.array(
          z.object({
            address: z.string(),
            reason: z.enum(['rate', 'anomaly', 'operator']),
            since: z.number(),
            until: z.number().optional(),
            note: z.string().optional(),
          }),
        ),
      }),
    )
    .query(({ ctx }) => ({ bans: ctx.parts.floods.bans.list().map((ban) => ({ ...ban })) })),

  /** What there are of roles and permissions, and by which ways browsers come in. */
  rules: procedure
    .output(
      z.object({
        permissions: z.record(z.string(), z.string()),
        roles: z.record(z.string(), z.array(z.string()).readonly()),
        roleNames: z.array(z.string()).readonly(),
        network: z.object({
          authType: z.string(),
          trustedProxies: z.array(z.string()).readonly(),
          origins: z.array(z.string()).readonly(),
          publicUrl: z.string().optional(),
          idleTimeoutMs: z.number(),
          absoluteTimeoutMs: z.number(),
        }),
      }),
    )
    .query(({ ctx }) => {
      const { auth, network } = ctx.parts.config.current().config.gateway;
      return {
        permissions: { ...PERMISSIONS },
        roles: { ...ROLES },
        roleNames: ROLE_NAMES,
        network: {
          authType: auth.type,
          trustedProxies: network.trustedProxies,
          origins: auth.cors.enabled ? auth.cors.origins : [],
          idleTimeoutMs: auth.sessions.idleTimeout,
          absoluteTimeoutMs: auth.sessions.absoluteTimeout,
          ...definedOnly({ publicUrl: network.publicUrl }),
        },
      };
    }),
});

function shownUser({ external, roles, ...record }: UserRecord): z.infer<typeof user> {
  return { ...record, roles: [...roles], ...(external && { signedInBy: external.issuer }) };
}

function shownLogin({ ...view }: LoginView, { loginSessionHash }: Caller): z.infer<typeof login> {
  return { ...view, current: loginSessionHash?.startsWith(view.id) ?? false };
}
