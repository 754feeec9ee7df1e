/** Who an actor of the audit trail is, as far as the gateway knows him now. */
import { z } from 'zod';
import type { Parts } from '../parts.ts';

const names = z.array(z.string()).readonly();

export const actorShown = z.object({
  id: z.string(),
  user: z
    .object({
      name: z.string(),
      roles: names,
      owner: z.boolean(),
      disabled: z.boolean(),
      createdAt: z.number(),
      totp: z.boolean(),
      password: z.boolean(),
    })
    .optional(),
  logins: z
    .array(
      z.object({
        id: z.string(),
        method: z.string(),
        device: z.string().nullable(),
        address: z.string().nullable(),
        createdAt: z.number(),
        lastSeenAt: z.number(),
        endsAt: z.number(),
      }),
    )
    .readonly(),
  /** Those that he made, or that he is. */
  tokens: z
    .array(
      z.object({
        id: z.string(),
        name: z.string(),
        prefix: z.string(),
        roles: names,
        state: z.enum(['active', 'expired', 'revoked']),
        createdAt: z.number(),
        expiresAt: z.number().optional(),
        lastUsedAt: z.number().optional(),
      }),
    )
    .readonly(),
});

/** Someone who is not known any more has an id and nothing else. */
export async function actorOf({ access }: Pick<Parts, 'access'>, id: string): Promise<z.output<typeof actorShown>> {
  const { people, tokens } = access;
  const user = people.users.byId(id);
  const logins = user ? await people.sessions.list(undefined, id) : [];
  return {
    id,
    ...(user && { user: { ...user, password: user.passwordSetAt !== undefined } }),
    logins,
    tokens: [...tokens.services(), ...tokens.devices()].filter((token) => token.id === id || token.createdBy === id),
  };
}
