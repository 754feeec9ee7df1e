import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CommandResult, runOpenclaw } from './testing/openclaw.ts';

const PASSWORD = 'three green kettles sing';

let dir: string;
let url: string;

const openclaw = (...args: string[]): Promise<CommandResult> => runOpenclaw(dir, args);
const json = async (...args: string[]) => JSON.parse((await openclaw(...args, '--json')).stdout) as Record<string, never>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw-people-'));
  await writeFile(join(dir, 'openclaw.json'), '{ gateway: { network: { port: 0 } } }');
  url = (await json('gateway', 'start'))['url'] as unknown as string;
});
afterAll(async () => {
  await openclaw('gateway', 'stop');
  await rm(dir, { recursive: true });
});

async function signIn(body: object): Promise<{ readonly status: number; readonly cookie: string }> {
  const headers = { 'content-type': 'application/json', 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/143.0' };
  const response = await fetch(`${url}/api/sign-in/password`, { method: 'POST', headers, body: JSON.stringify(body) });
  return {
    status: response.status,
    cookie: response.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; '),
  };
}

test('users add makes a user who signs in at once, and of whom a restart knows; logins list and revoke show and end that', async () => {
  const added = await runOpenclaw(
    dir,
    ['users', 'add', 'Ana', '--role', 'viewer', '--role', 'approver', '--email', 'ana@example.com', '--password-stdin'],
    `${PASSWORD}\n`,
  );
  expect(added).toMatchObject({ code: 0, stdout: 'ana may sign in as viewer, approver.\n' });
  const { status, cookie } = await signIn({ user: 'ana', password: PASSWORD });
  expect(status).toBe(200);
  url = (await json('gateway', 'restart'))['url'] as unknown as string;
  const me = await (await fetch(`${url}/api/me`, { headers: { cookie } })).json();
  expect(me).toMatchObject({ user: 'ana', roles: ['viewer', 'approver'] });

  const { stdout: users } = await openclaw('users', 'list');
  expect(users).toMatch(/NAME +ROLES +SIGNS IN BY +STATE +E-MAIL/);
  expect(users).toMatch(/ana +viewer, approver +password +active +ana@example\.com/);
  expect(users).toMatch(/owner +admin +gateway token +active/);

  const { stdout: logins } = await openclaw('logins', 'list', '--user', 'ana');
  expect(logins).toMatch(/[0-9a-f]{12} +ana +password +Firefox on Linux +127\.0\.0\.1/);
  const id = /^([0-9a-f]{12})/m.exec(logins)?.[1] ?? '';
  expect((await openclaw('logins', 'revoke', id)).stdout).toBe('1 login has ended.\n');
  expect((await fetch(`${url}/api/me`, { headers: { cookie } })).status).toBe(401);
  expect((await openclaw('logins', 'revoke', '--all', '--user', 'ana')).stdout).toBe('0 logins have ended.\n');
});

test('users set-roles, disable, enable, reset-password, sign-in-link, totp and remove do what they say', async () => {
  await openclaw('users', 'add', 'ben', '--role', 'viewer');
  expect((await openclaw('users', 'set-roles', 'ben', 'operator', 'auditor')).stdout).toContain('ben is operator, auditor now');
  expect((await openclaw('users', 'disable', 'ben')).stdout).toContain('openclaw users enable ben');
  expect((await openclaw('users', 'sign-in-link', 'ben')).stderr).toContain('This user is disabled');
  await openclaw('users', 'enable', 'ben');
  const link = await json('users', 'sign-in-link', 'ben', '--for', '10m');
  expect(link).toMatchObject({ url: expect.stringMatching(/#c=[\w-]{22}$/) });

  expect((await runOpenclaw(dir, ['users', 'reset-password', 'ben', '--password-stdin'], 'password1234\n')).stderr).toContain(
    'with little around it',
  );
  expect((await runOpenclaw(dir, ['users', 'reset-password', 'ben', '--password-stdin'], PASSWORD)).stdout).toContain(
    'The new password holds.',
  );
  const { secret } = (await json('users', 'totp', 'setup', 'ben')) as { secret: never };
  const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate();
  const { codes } = (await json('users', 'totp', 'confirm', 'ben', code)) as unknown as { codes: string[] };
  expect(codes).toHaveLength(10);
  expect((await signIn({ user: 'ben', password: PASSWORD })).status).toBe(401);
  expect((await signIn({ user: 'ben', password: PASSWORD, code: codes[0] })).status).toBe(200);
  expect((await openclaw('users', 'list')).stdout).toMatch(/ben .*password \+ app \(9 recovery codes\)/);
  await openclaw('users', 'totp', 'reset', 'ben');
  expect((await signIn({ user: 'ben', password: PASSWORD })).status).toBe(200);
  expect((await openclaw('users', 'remove', 'ben')).stdout).toContain('ben is removed');
  expect((await signIn({ user: 'ben', password: PASSWORD })).status).toBe(401);
});

test('what cannot be done is said with what to do instead', async () => {
  const [unknown, role, owner, both] = await Promise.all([
    openclaw('users', 'disable', 'nobody'),
    openclaw('users', 'add', 'eve', '--role', 'king'),
    openclaw('users', 'disable', 'owner'),
    openclaw('logins', 'revoke'),
  ]);
  expect(unknown.stderr).toContain('openclaw users list');
  expect(role.stderr).toContain('Expected one of user, viewer, operator, approver, auditor, admin.');
  expect(owner.stderr).toContain('The owner of the gateway stays an admin');
  expect(both.stderr).toContain('Name the id of one login, or --all.');
});
