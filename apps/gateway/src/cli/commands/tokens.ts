/** `openclaw tokens …`: through the running gateway. */
import type { EndedToken, IssuedToken, TokenRow } from '../../access/tokens.ts';
import type { Context } from '../context.ts';
import { formatAgo, formatTime, paint, plain, table } from '../output.ts';

type Order = { readonly name: string; readonly role: readonly string[]; readonly scope?: readonly string[]; readonly expires?: number };

/** Prints the token alone on stdout, so that it can be piped into a secret store. */
export async function createToken(context: Context, { name, role: roles, scope, expires }: Order): Promise<undefined> {
  const api = await context.api();
  const body = { name, roles, ...(scope && { scopes: scope }), ...(expires !== undefined && { expiresInMs: expires }) };
  print(context, await api.send<IssuedToken>('POST', '/api/access/tokens', body));
}

export async function listTokens(context: Context, { all }: { readonly all?: true }): Promise<undefined> {
  const answer = await (await context.api()).get<{ tokens: readonly TokenRow[] }>('/api/access/tokens');
  const tokens = answer.tokens.filter(({ state }) => all || state !== 'revoked');
  context.out.result({ tokens }, () =>
    tokens.length === 0
      ? ['There are no service tokens. `openclaw tokens create --name <name> --role <role>` makes one.']
      : table(['ID', 'NAME', 'BEGINS', 'ROLE', 'STATE', 'EXPIRES', 'LAST USED'], tokens.map(describe)),
  );
}

export async function rotateToken(context: Context, _options: unknown, id: string): Promise<undefined> {
  const token = await (await context.api()).send<IssuedToken & EndedToken>('POST', `${path(id)}/rotate`);
  print(context, token);
  if (!context.out.json) context.out.note(`The old one no longer works; ${connections(token.connections)}.`);
}

export async function revokeToken(context: Context, _options: unknown, id: string): Promise<undefined> {
  const token = await (await context.api()).send<EndedToken>('POST', `${path(id)}/revoke`);
  context.out.result(token, () => [`${plain(token.name)} (${token.id}) no longer works; ${connections(token.connections)}.`]);
}

export function connections(count: number): string {
  return `${count} open ${count === 1 ? 'connection was' : 'connections were'} ended`;
}

function print({ out }: Context, token: IssuedToken): void {
  out.result(token, () => [token.token]);
  if (out.json) return;
  const end = token.expiresAt === undefined ? 'does not expire' : `is good until ${formatTime(token.expiresAt)}`;
  out.note(`${plain(token.name)} (${token.id}) ${end}. Keep it now: it is not shown again.`);
}

function describe({ id, name, prefix, roles, scopes, state, expiresAt, lastUsedAt, lastUsedFrom }: TokenRow): string[] {
  const used = lastUsedAt === undefined ? 'never' : `${formatAgo(lastUsedAt)}${lastUsedFrom === undefined ? '' : ` from ${lastUsedFrom}`}`;
  return [
    id,
    plain(name),
    `${prefix}…`,
    roles.join(',') + (scopes ? ` (${scopes.join(',')})` : ''),
    paint(state === 'active' ? 'green' : 'red', state),
    expiresAt === undefined ? 'never' : formatTime(expiresAt),
    used,
  ];
}

const path = (id: string): string => `/api/access/tokens/${encodeURIComponent(id)}`;
