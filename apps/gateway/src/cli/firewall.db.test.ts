/** `openclaw gateway firewall …` on a machine of its own. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ensureProgram } from '../../../../scripts/programs.mjs';
import { must, runProgram } from '../operations/firewall/programs.ts';

const LAUNCHER = fileURLToPath(new URL('../../bin/openclaw.mjs', import.meta.url));
const SPACE = `occ${process.pid}`;
const RULES = [{ action: 'allow', source: '10.0.0.0/8', port: 18789 }];

type Result = { readonly code: number; readonly stdout: string; readonly stderr: string };

let dir: string;
beforeAll(async () => {
  for (const name of ['ip', 'iptables', 'nft'] as const) await ensureProgram(name);
  await must(runProgram, ['ip', 'netns', 'add', SPACE]);
  await must(runProgram, ['ip', '-n', SPACE, 'link', 'set', 'lo', 'up']);
}, 300_000);
afterAll(() => must(runProgram, ['ip', 'netns', 'del', SPACE]));
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cli-firewall-'));
  await chmod(dir, 0o755);
});
afterEach(async () => {
  await firewall('remove');
  await rm(dir, { recursive: true });
});

const write = (firewallBlock: object, host = '0.0.0.0') =>
  writeFile(join(dir, 'openclaw.json'), JSON.stringify({ gateway: { network: { host }, security: { firewall: firewallBlock } } }));
const environment = (more: NodeJS.ProcessEnv) => {
  const { SSH_CONNECTION: _, OPENCLAW_CONFIG_PATH: __, ...rest } = process.env;
  return { ...rest, OPENCLAW_STATE_DIR: dir, NO_COLOR: '1', ...more };
};

function call(command: readonly string[], env: NodeJS.ProcessEnv, uid?: number): Promise<Result> {
  const [program = '', ...args] = command;
  return new Promise((resolve) => {
    execFile(program, args, { env, ...(uid !== undefined && { uid, gid: uid }) }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

/** As root. */
const firewall = (...args: string[]) =>
  call(['ip', 'netns', 'exec', SPACE, process.execPath, LAUNCHER, 'gateway', 'firewall', ...args], environment({}));
const overSsh = (...args: string[]) =>
  call(
    [
      'ip',
      'netns',
      'exec',
      SPACE,
      'sh',
      '-c',
      `unset SSH_CONNECTION; "$0" "$@"`,
      process.execPath,
      LAUNCHER,
      'gateway',
      'firewall',
      ...args,
    ],
    environment({ SSH_CONNECTION: '203.0.113.9 51234 192.0.2.1 22' }),
  );
const asNobody = (...args: string[]) => call([process.execPath, LAUNCHER, 'gateway', 'firewall', ...args], environment({}), 65_534);
const inPlace = async () => await must(runProgram, ['ip', 'netns', 'exec', SPACE, 'iptables', '-S']);

test('plan prints what can be typed as it is, apply does that, remove leaves nothing', async () => {
  await write({ enabled: true, rules: RULES });
  const plan = await firewall('plan');
  expect(plan).toMatchObject({ code: 0, stderr: '' });
  expect(plan.stdout).toContain("iptables-restore -w 5 --noflush <<'END'\n*filter\n:openclaw - [0:0]\n");
  expect(plan.stdout).toContain('# Nothing of this is in force.\n# To put them in force: openclaw gateway firewall apply');
  expect(await inPlace()).not.toContain('openclaw');
  const applied = await firewall('apply');
  expect(applied.code).toBe(0);
  expect(applied.stdout).toContain('2 rules are in force in iptables.');
  expect(await inPlace()).toContain('-A openclaw -s 10.0.0.0/8 -p tcp -m tcp --dport 18789 -j ACCEPT');
  expect((await firewall('plan')).stdout).toContain('# All of this is in force.');
  expect((await firewall('apply')).stdout).toContain('iptables had these rules already.');
  expect((await firewall('remove')).stdout).toContain('The rules were taken out of iptables.');
  expect(await inPlace()).toBe('-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n');
  expect((await firewall('remove')).stdout).toContain('There was nothing of the gateway in the firewall.');
  // The plan is a script for a shell.
  await call(['ip', 'netns', 'exec', SPACE, 'sh', '-c', plan.stdout], environment({}));
  expect((await firewall('plan')).stdout).toContain('# All of this is in force.');
});

test('the event log of a gateway that runs says what was done by hand, and by whom', async () => {
  await write({ enabled: false, rules: RULES }, '127.0.0.1');
  const inside = (...args: string[]) => ['netns', 'exec', SPACE, process.execPath, LAUNCHER, ...args];
  const gateway = spawn('ip', inside('gateway', 'run'), { env: environment({}) });
  try {
    for (let said = ''; !said.includes('is running.'); ) said += String((await once(gateway.stdout, 'data'))[0]);
    expect(await firewall('apply')).toMatchObject({ code: 0, stderr: '' });
    expect(await firewall('remove')).toMatchObject({ code: 0, stderr: '' });
    const listed = await call(['ip', ...inside('events', 'list', '--json', '--type', 'network.*')], environment({}));
    const rows = JSON.parse(listed.stdout).rows as { type: string; actor?: { id: string } }[];
    expect(rows.map(({ type }) => type).toSorted()).toEqual(['network.firewall_applied', 'network.firewall_removed']);
  } finally {
    gateway.kill();
    await once(gateway, 'exit');
  }
});

test('--json has everything that the text has', async () => {
  await write({ enabled: true, type: 'nftables', rules: RULES });
  const plan = JSON.parse((await firewall('plan', '--json')).stdout);
  expect(plan).toMatchObject({
    ok: true,
    type: 'nftables',
    enabled: true,
    state: 'absent',
    steps: [{ command: ['nft', '-f', '-'], input: expect.stringContaining('table inet openclaw {') }],
    rules: [
      { action: 'allow', source: '10.0.0.0/8', port: 18789, protocol: 'tcp', family: 4 },
      { action: 'deny', port: 18789 },
    ],
    lockouts: [],
  });
  expect(JSON.parse((await firewall('apply', '--json')).stdout)).toMatchObject({ ok: true, changed: true });
  expect(JSON.parse((await firewall('apply', '--json')).stdout)).toMatchObject({ ok: true, changed: false });
  expect(JSON.parse((await firewall('remove', '--json')).stdout)).toEqual({ ok: true, removed: ['nftables'] });
});

test('whoever is not root may plan, and is told the command for the rest', async () => {
  await write({ enabled: true, rules: RULES });
  const plan = await asNobody('plan');
  expect(plan.code).toBe(0);
  expect(plan.stdout).toContain('# Only root can see what is in force.');
  expect(plan.stdout).toContain(`sudo env "PATH=$PATH" OPENCLAW_STATE_DIR=${dir} openclaw gateway firewall apply`);
  for (const command of ['apply', 'remove']) {
    const refused = await asNobody(command);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('Only root may change the firewall of this machine.');
    expect(refused.stderr).toContain(`OPENCLAW_STATE_DIR=${dir} openclaw gateway firewall ${command}`);
  }
  expect(JSON.parse((await asNobody('apply', '--json')).stdout)).toMatchObject({ ok: false, error: { code: 'FIREWALL_NEEDS_ROOT' } });
});

test('what root applied is known to whoever has the state directory, and belongs to them', async () => {
  await write({ enabled: true, rules: RULES });
  await call(['chown', '65534:65534', dir], environment({}));
  await firewall('apply');
  expect((await stat(join(dir, 'state', 'firewall.json'))).uid).toBe(65_534);
  expect(JSON.parse((await asNobody('plan', '--json')).stdout).state).toBe('current');
  await write({ enabled: true, rules: [] });
  expect(JSON.parse((await asNobody('plan', '--json')).stdout).state).toBe('different');
  await firewall('remove');
  expect(JSON.parse((await asNobody('plan', '--json')).stdout).state).toBe('unknown');
});

test('rules that would keep out the SSH session of whoever types them are refused without --force, also under sudo', async () => {
  await write({ enabled: true, rules: [{ action: 'allow', source: '10.0.0.0/8', port: 22 }] });
  expect((await overSsh('plan')).stderr).toContain('Careful: Your own SSH session comes from 203.0.113.9 to port 22.');
  const refused = await overSsh('apply', '--json');
  expect(refused.code).toBe(1);
  expect(JSON.parse(refused.stdout)).toMatchObject({
    error: { code: 'FIREWALL_LOCKS_OUT', remedy: expect.stringContaining('{ action: "allow", source: "203.0.113.9", port: 22 }') },
  });
  expect(await inPlace()).not.toContain('openclaw');
  expect((await overSsh('apply', '--force')).code).toBe(0);
});

test('rules that close the gateway’s own port to everybody are applied, with a warning', async () => {
  await write({ enabled: true, rules: [{ action: 'deny', port: 18789 }] });
  const applied = await firewall('apply');
  expect(applied).toMatchObject({ code: 0 });
  expect(applied.stderr).toContain("Nobody but this machine could reach the gateway's own port 18789.");
});
