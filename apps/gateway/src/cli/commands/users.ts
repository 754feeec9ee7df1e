/** `openclaw users …`: through the running gateway. */
import { GatewayError } from '@openclaw-gateway/events/errors';
import type { Role } from '../../access/roles.ts';
import type { Api } from '../api.ts';
import type { Context } from '../context.ts';
import { formatTime, paint, pairs, plain, table } from '../output.ts';

type ShownUser = {
  readonly name: string;
  readonly email?: string;
  readonly roles: readonly string[];
  readonly owner: boolean;
  readonly disabled: boolean;
  readonly password: boolean;
  readonly totp: boolean;
  readonly recoveryCodes: number;
  readonly signedInBy?: string;
};

const MAX_STDIN_BYTES = 4096;

export async function addUser(
  context: Context,
  options: { readonly role: readonly Role[]; readonly email?: string; readonly passwordStdin?: true },
  name: string,
): Promise<undefined> {
  const api = await running(context);
  const password = options.passwordStdin ? await readPassword() : undefined;
  const body = { name, roles: options.role, ...(options.email && { email: options.email }), ...(password !== undefined && { password }) };
  const user = await api.send<ShownUser>('POST', '/api/access/users', body);
  context.out.result(user, () => [
    `${paint('bold', user.name)} may sign in as ${user.roles.join(', ')}.`,
    ...(user.password ? [] : [`A link to sign in with: openclaw users sign-in-link ${user.name}`]),
  ]);
}

export async function listUsers(context: Context): Promise<undefined> {
  const answer = await (await running(context)).get<{ users: readonly ShownUser[] }>('/api/access/users');
  context.out.result(answer, () =>
    table(
      ['NAME', 'ROLES', 'SIGNS IN BY', 'STATE', 'E-MAIL'],
      answer.users.map((user) => [
        plain(user.name),
        user.roles.join(', '),
        waysOf(user),
        user.disabled ? 'disabled' : 'active',
        plain(user.email ?? ''),
      ]),
    ),
  );
}

export async function setRoles(context: Context, _: object, name: string, roles: readonly Role[]): Promise<undefined> {
  const user = await change<ShownUser>(context, name, 'roles', { roles });
  context.out.result(user, () => [`${user.name} is ${user.roles.join(', ')} now; this holds for open pages, too.`]);
}

export async function disableUser(context: Context, _: object, name: string): Promise<undefined> {
  const user = await change<ShownUser>(context, name, 'disable');
  context.out.result(user, () => [
    `${user.name} is signed out everywhere and may not sign in. \`openclaw users enable ${user.name}\` undoes it.`,
  ]);
}

export async function enableUser(context: Context, _: object, name: string): Promise<undefined> {
  const user = await change<ShownUser>(context, name, 'enable');
  context.out.result(user, () => [`${user.name} may sign in again.`]);
}

export async function removeUser(context: Context, _: object, name: string): Promise<undefined> {
  const answer = await change(context, name, 'remove');
  context.out.result(answer, () => [`${plain(name)} is removed and signed out everywhere. What the log says of the user stays.`]);
}

export async function resetPassword(
  context: Context,
  { passwordStdin }: { readonly passwordStdin?: true },
  name: string,
): Promise<undefined> {
  const password = passwordStdin ? await readPassword() : undefined;
  const answer = await change<{ password: boolean }>(context, name, 'password', password === undefined ? {} : { password });
  context.out.result(answer, () => [
    answer.password ? 'The new password holds.' : 'The password is deleted.',
    'The user is signed out everywhere.',
    ...(answer.password ? [] : [`A link to sign in with: openclaw users sign-in-link ${plain(name)}`]),
  ]);
}

export async function signInLink(context: Context, options: { readonly for: number }, name: string): Promise<undefined> {
  const link = await change<{ url: string; expiresAt: number }>(context, name, 'sign-in-link', { lifetimeMs: options.for });
  const { url, expiresAt } = link;
  context.out.result({ url, expiresAt }, () => [paint('cyan', url), `It signs ${plain(name)} in once, until ${formatTime(expiresAt)}.`]);
}

export async function setUpTotp(context: Context, _: object, name: string): Promise<undefined> {
  const answer = await change<{ uri: string; secret: string }>(context, name, 'totp');
  context.out.result(answer, () => [
    'Give this to the authenticator app, as a QR code or typed:',
    ...pairs([
      ['Address', answer.uri],
      ['Secret', answer.secret],
    ]),
    `Then switch it on with a code that the app shows: openclaw users totp confirm ${plain(name)} <code>`,
  ]);
}

/** Switches the app on, and makes the codes for the day on which it is lost. */
export async function confirmTotp(context: Context, _: object, name: string, code: string): Promise<undefined> {
  await change(context, name, 'totp/confirm', { code });
  const answer = await change<{ codes: readonly string[] }>(context, name, 'recovery-codes');
  context.out.result({ enabled: true, ...answer }, () => [
    `${plain(name)} signs in with the app from now on.`,
    ...describeCodes(answer.codes),
  ]);
}

export async function resetTotp(context: Context, _: object, name: string): Promise<undefined> {
  const answer = await change(context, name, 'totp/reset');
  context.out.result(answer, () => [`${plain(name)} needs no code any more and is signed out everywhere.`]);
}

export async function recoveryCodes(context: Context, _: object, name: string): Promise<undefined> {
  const answer = await change<{ codes: readonly string[] }>(context, name, 'recovery-codes');
  context.out.result(answer, () => describeCodes(answer.codes));
}

function describeCodes(codes: readonly string[]): string[] {
  return ['', 'Each of these codes signs in once where the app is lost. They are shown only now; earlier ones are void.', '', ...codes];
}

/** The API of the running gateway: `auth.db` has one owner. */
export async function running(context: Context): Promise<Api> {
  const api = await context.apiIfRunning();
  if (api) return api;
  throw new GatewayError('GATEWAY_UNREACHABLE', {
    message: 'The gateway is stopped, and users are managed by a running one.',
    details: { remedy: 'Start it with `openclaw gateway start`, then run this again.' },
  });
}

async function change<T = object>(context: Context, name: string, what: string, body: object = {}): Promise<T> {
  return (await running(context)).send<T>('POST', `/api/access/users/${encodeURIComponent(name)}/${what}`, body);
}

function waysOf({ owner, password, totp, recoveryCodes: left, signedInBy }: ShownUser): string {
  const ways = [
    ...(owner ? ['gateway token'] : []),
    ...(signedInBy ? [plain(signedInBy)] : []),
    ...(password ? ['password'] : []),
    ...(totp ? [`app (${left} recovery codes)`] : []),
  ];
  return ways.length === 0 ? 'link' : ways.join(' + ');
}

/** One line of the standard input. */
async function readPassword(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer);
    if (Buffer.concat(chunks).length > MAX_STDIN_BYTES)
      throw new GatewayError('USAGE', { message: 'The standard input is too long for a password.' });
  }
  const password = Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
  if (password !== '' && !/[\r\n]/.test(password)) return password;
  throw new GatewayError('USAGE', { message: '--password-stdin wants the password as one line on the standard input.' });
}
