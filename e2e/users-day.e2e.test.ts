/** A user's day, from the tarball to the end: each step as they would type it, and what each one said it would leave. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from './gateway-process.ts';
import { filesBelow, type Installed, installPacked } from './installed.ts';

let user: Installed;
const state = (...path: readonly string[]) => join(user.home, '.openclaw', ...path);

beforeAll(async () => {
  user = await installPacked();
}, 300_000);
afterAll(() => user[Symbol.asyncDispose]());

async function openclaw(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await user.openclaw(...args);
  expect({ args, code, stderr }).toMatchObject({ args, code: 0 });
  return stdout;
}
const json = async <T>(...args: readonly string[]) => JSON.parse(await openclaw(...args, '--json')) as T;
type Status = { readonly ok: boolean; readonly runtime: string; readonly pid: number; readonly url: string };
/** Also of one that is not there at the moment. */
const status = async () => JSON.parse((await user.openclaw('gateway', 'status', '--json')).stdout) as Status;
const say = (text: string) => openclaw('message', 'send', '--to', 'anna', '--message', text);

it('B4 B6 F a day: install, onboard, service, talk, live change, new token, backup, broken disk, restore, upgrade, uninstall', {
  timeout: 600_000,
}, async () => {
  // Onboard without a terminal, as a service; this machine has no service manager of the user's.
  await openclaw('onboard', '--non-interactive', '--model', 'echo/echo', '--port', '0', '--install-daemon', '--no-open');
  expect(await openclaw('gateway', 'status')).toContain('Runtime: running');
  expect(await readFile(state('openclaw.json'), 'utf8')).toContain('//');
  expect(await say('good morning')).toBe('echo: good morning\n');

  // A crash in the middle of the day: the supervisor brings it back, and what was said is still there.
  const { pid } = await status();
  process.kill(pid, 'SIGKILL');
  await until(
    'the gateway is back',
    async () => {
      const now = await status();
      return (now.runtime === 'running' && now.pid !== pid && now.ok) || undefined;
    },
    60_000,
  );

  // A setting that takes effect while it runs, and the way back.
  await openclaw('config', 'set', 'gateway.sessions.maxConcurrent', '3', '--reason', 'one at a time');
  expect(await openclaw('config', 'get', 'gateway.sessions.maxConcurrent')).toBe('3\n');
  expect(await openclaw('config', 'history')).toContain('one at a time');
  expect((await user.openclaw('config', 'set', 'gateway.sessions.maxConcurrent', 'many')).code).toBe(78);
  expect(await say('still there?')).toBe('echo: still there?\n');

  // A new token: the old one stops working at once.
  const { url } = await status();
  const before = (await openclaw('gateway', 'token')).trim();
  const answers = (token: string) =>
    fetch(`${url}/api/messages`, { headers: { authorization: `Bearer ${token}` } }).then((answer) => answer.status);
  expect(await answers(before)).toBe(200);
  const after = (await openclaw('gateway', 'token', '--regenerate')).trim().split('\n')[0] ?? '';
  expect([await answers(before), await answers(after)]).toEqual([401, 200]);

  // A backup, then the disk breaks.
  const { folder } = await json<{ folder: string }>('backup', 'create');
  expect(await openclaw('backup', 'verify', folder)).toContain('intact');
  await rename(folder, join(user.home, 'backup'));
  await openclaw('gateway', 'stop');
  await writeFile(state('state/events.db'), Buffer.alloc(4096, 'x'));
  expect((await user.openclaw('doctor')).code).toBe(1);
  expect((await user.openclaw('gateway', 'start')).code).not.toBe(0);
  await openclaw('backup', 'restore', join(user.home, 'backup'), '--force');
  await openclaw('gateway', 'start');
  const { rows } = await json<{ rows: { messages: number }[] }>('sessions', 'list');
  expect(rows).toMatchObject([{ messages: 2 }]);
  expect(await openclaw('audit', 'verify', '--from', '1')).toContain('is what was written');
  expect(await openclaw('doctor')).not.toContain('✗');

  // The next version over it.
  expect((await user.npm('install', '-g', user.tarball)).code).toBe(0);
  await openclaw('gateway', 'restart');
  expect(await say('after the upgrade')).toBe('echo: after the upgrade\n');

  // The end: nothing is left behind that was not said.
  const said = await openclaw('gateway', 'uninstall');
  expect((await user.openclaw('gateway', 'status')).stdout).toContain('Runtime: stopped');
  expect((await user.npm('uninstall', '-g', 'openclaw')).code).toBe(0);
  expect(await filesBelow(user.prefix)).toEqual([]);
  const left = (await filesBelow(user.home)).filter((path) => !path.startsWith('backup/'));
  expect(left.filter((path) => !path.startsWith('.openclaw/'))).toEqual([]);
  expect(said).toContain('.openclaw');
  await rm(state(), { recursive: true });
});
