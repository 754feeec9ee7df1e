import { z } from 'zod';
import { PERMISSIONS, type Permission, permissionsOf, ROLE_NAMES } from '../access/roles.ts';
import { procedure, router } from './procedure.ts';

const permissionNames = Object.keys(PERMISSIONS) as [Permission, ...Permission[]];

/** What stands around every page: who is signed in, and at which gateway. */
export const frameRouter = router({
  me: procedure
    .output(
      z.object({
        userId: z.string(),
        method: z.enum(['token', 'session']),
        roles: z.array(z.enum(ROLE_NAMES)).readonly(),
        /** What pages may offer: the rest would be refused. */
        permissions: z.array(z.enum(permissionNames)).readonly(),
      }),
    )
    .query(({ ctx: { caller } }) => ({
      userId: caller.actor.id,
      method: caller.method,
      roles: caller.roles,
      permissions: permissionsOf(caller),
    })),

  gateway: procedure
    .output(
      z.object({
        gatewayId: z.string(),
        version: z.string(),
        startedAt: z.number(),
        phase: z.enum(['starting', 'ready', 'stopping']),
        head: z.number(),
        channels: z.object({ connected: z.number(), enabled: z.number() }),
      }),
    )
    .query(({ ctx }) => {
      const { gatewayId, version, startedAt, phase, store, channels } = ctx.parts;
      const enabled = channels.status().filter((status) => status.enabled);
      const connected = enabled.filter((status) => status.connected).length;
      return { gatewayId, version, startedAt, phase: phase(), head: store.log.head(), channels: { connected, enabled: enabled.length } };
    }),
});
