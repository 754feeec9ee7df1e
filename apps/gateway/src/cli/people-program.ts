/** The commands about people who sign in. */
import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { ROLE_NAMES, type Role } from '../access/roles.ts';
import type { Context } from './context.ts';

type Action = (context: Context, options: never, ...args: never[]) => Promise<number | undefined>;
type Leaf = (parent: Command, usage: string, description: string, load: () => Promise<Action>) => Command;
type Parsers = { readonly duration: (input: string) => number };

const ROLES = ROLE_NAMES.join(', ');

/** Adds `users …` and `logins …`. */
export function addPeople(program: Command, leaf: Leaf, { duration }: Parsers): void {
  const users = program.command('users').description('the people who may sign in, and what each may do');
  const commands = () => import('./commands/users.ts');
  const role = (flag: string, about: string) => new Option(flag, about).argParser(collectRole);
  leaf(users, 'add <name>', 'let somebody sign in', async () => (await commands()).addUser)
    .addOption(role('--role <role>', `what the user may do: ${ROLES}; may be given several times`).makeOptionMandatory())
    .option('--email <address>', 'the e-mail address')
    .option('--password-stdin', 'read a password from the standard input; without one the user signs in by links');
  leaf(users, 'list', 'the users', async () => (await commands()).listUsers);
  leaf(users, 'set-roles <name>', 'change what a user may do, at once', async () => (await commands()).setRoles).addArgument(
    new Argument('<role...>', ROLES).argParser(collectRole),
  );
  leaf(users, 'disable <name>', 'sign a user out everywhere and let the user in no more', async () => (await commands()).disableUser);
  leaf(users, 'enable <name>', 'let a disabled user in again', async () => (await commands()).enableUser);
  leaf(users, 'remove <name>', 'remove a user with password, authenticator app and logins', async () => (await commands()).removeUser);
  leaf(
    users,
    'reset-password <name>',
    'delete a password, or set another; signs the user out everywhere',
    async () => (await commands()).resetPassword,
  ).option('--password-stdin', 'read the new password from the standard input');
  leaf(users, 'sign-in-link <name>', 'print a link that signs a user in, once', async () => (await commands()).signInLink).addOption(
    new Option('--for <duration>', 'how long the link is good').default(3_600_000, '1h').argParser(duration),
  );
  leaf(
    users,
    'recovery-codes <name>',
    'make ten new codes that stand in for the authenticator app',
    async () => (await commands()).recoveryCodes,
  );
  const totp = users.command('totp').description('the authenticator app of a user');
  leaf(totp, 'setup <name>', 'print what the app needs to know', async () => (await commands()).setUpTotp);
  leaf(totp, 'confirm <name> <code>', 'switch it on by a code that the app shows', async () => (await commands()).confirmTotp);
  leaf(totp, 'reset <name>', 'switch it off, and sign the user out everywhere', async () => (await commands()).resetTotp);

  const logins = program.command('logins').description('who is signed in, on which device');
  leaf(logins, 'list', 'the logins that have not ended', async () => (await import('./commands/logins.ts')).listLogins).option(
    '--user <name>',
    'of this user',
  );
  leaf(logins, 'revoke [id]', 'end a login, or all', async () => (await import('./commands/logins.ts')).revokeLogins)
    .option('--all', 'all of them')
    .option('--user <name>', 'with --all: those of this user');
}

function collectRole(input: string, before: readonly Role[] | undefined): readonly Role[] {
  const found = ROLE_NAMES.find((name) => name === input);
  if (!found) throw new InvalidArgumentError(`Expected one of ${ROLES}.`);
  return [...new Set([...(before ?? []), found])];
}
