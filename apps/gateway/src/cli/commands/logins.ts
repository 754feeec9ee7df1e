/** `openclaw logins …`: through the running gateway. */
import { GatewayError } from '@openclaw-gateway/events/errors';
import type { LoginView } from '../../access/people/sessions.ts';
import type { Context } from '../context.ts';
import { formatTime, plain, table } from '../output.ts';
import { running } from './users.ts';

const SHOWN = 12;

export async function listLogins(context: Context, { user }: { readonly user?: string }): Promise<undefined> {
  const answer = await (await running(context)).get<{ logins: readonly LoginView[] }>('/api/access/logins', { user });
  context.out.result(answer, () => (answer.logins.length === 0 ? ['Nobody is signed in.'] : describe(answer.logins)));
}

export async function revokeLogins(
  context: Context,
  { all, user }: { readonly all?: true; readonly user?: string },
  id: string | undefined,
): Promise<undefined> {
  if ((id === undefined) === (all === undefined)) throw new GatewayError('USAGE', { message: 'Name the id of one login, or --all.' });
  if (user !== undefined && !all) throw new GatewayError('USAGE', { message: '--user goes with --all.' });
  const body = id === undefined ? { all: true, ...(user !== undefined && { user }) } : { id };
  const answer = await (await running(context)).send<{ ended: number }>('POST', '/api/access/logins/revoke', body);
  context.out.result(answer, () => [`${answer.ended} ${answer.ended === 1 ? 'login has' : 'logins have'} ended.`]);
}

function describe(logins: readonly LoginView[]): readonly string[] {
  return table(
    ['ID', 'USER', 'BY', 'DEVICE', 'ADDRESS', 'SINCE', 'LAST SEEN', 'ENDS'],
    logins.map((login) => [
      login.id.slice(0, SHOWN),
      plain(login.user),
      login.method,
      plain(login.device ?? 'unknown'),
      login.address ?? 'unknown',
      formatTime(login.createdAt),
      formatTime(login.lastSeenAt),
      formatTime(login.endsAt),
    ]),
  );
}
