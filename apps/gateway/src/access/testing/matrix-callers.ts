/** Callers of every role at a gateway, each with a real service token. */
import type { ServedGateway } from '../../http/testing/served-gateway.ts';
import type { Caller } from '../index.ts';
import { ROLE_NAMES, type Role } from '../roles.ts';

export const CALLERS = ['none', ...ROLE_NAMES] as const;
export type CallerName = (typeof CALLERS)[number];

/** A role's token, and the id under which it is known. */
export type MatrixToken = { readonly token: string; readonly id: string };

const OWNER: Caller = { method: 'token', actor: { type: 'service_account', id: 'owner' }, roles: ['admin'] };

/** Gives each role a token. */
export async function letIn({ parts }: ServedGateway): Promise<Readonly<Record<Role, MatrixToken>>> {
  const made = ROLE_NAMES.map(async (role) => [role, await parts.access.tokens.create({ name: role, roles: [role] }, OWNER)] as const);
  return Object.fromEntries(await Promise.all(made)) as unknown as Record<Role, MatrixToken>;
}
