/**
 * `systemctl`, `loginctl` and `launchctl` for a search path: they answer as the real ones do, also in their failures, really run what
 * the unit or the property list says, start it again as it says, and write down every call.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseEnv } from 'node:util';

/** How the next calls fail. */
export type ManagerFault = 'no-bus' | 'not-permitted' | 'hangs';

export type ServiceManagers = {
  /** To be put before the others in PATH. */
  readonly bin: string;
  /** Every call so far, such as `systemctl --user daemon-reload`. */
  readonly calls: () => Promise<readonly string[]>;
  readonly fail: (fault: ManagerFault | undefined) => void;
  readonly linger: (on: boolean) => void;
};

/** Puts the programs into a folder below `dir`. */
export async function startServiceManagers(dir: string): Promise<ServiceManagers> {
  const bin = join(dir, 'bin');
  await mkdir(bin, { recursive: true });
  for (const name of ['systemctl', 'loginctl', 'launchctl']) {
    writeFileSync(join(bin, name), `#!/bin/sh\nexec "${process.execPath}" "${import.meta.filename}" "${dir}" ${name} "$@"\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return {
    bin,
    calls: async () => (await readFile(join(dir, 'calls'), 'utf8').catch(() => '')).split('\n').filter((line) => line !== ''),
    fail: (fault) => (fault ? writeFileSync(join(dir, 'fault'), fault) : rmSync(join(dir, 'fault'), { force: true })),
    linger: (on) => writeFileSync(join(dir, 'linger'), on ? 'yes' : 'no'),
  };
}

type Job = {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly output: string;
  readonly never: readonly number[];
  readonly always: readonly number[];
  readonly againAfterMs: number;
};
type Status = { readonly pid: number; readonly exitCode: number; readonly state: 'running' | 'waiting' | 'ended'; readonly runs: number };

const UNIT = 'openclaw-gateway.service';
const LABEL = 'ai.openclaw.gateway';
const STOP_MS = 60_000;

async function main(dir: string, program: string, args: readonly string[]): Promise<number> {
  if (program === 'watch') return watch(dir, JSON.parse(args[0] ?? '') as Job);
  appendFileSync(join(dir, 'calls'), `${[program, ...args].join(' ')}\n`);
  const fault = read(join(dir, 'fault'));
  if (fault === 'hangs') await delay(600_000);
  if (program === 'loginctl') return say(`Linger=${read(join(dir, 'linger')) ?? 'no'}`);
  return program === 'systemctl' ? systemctl(dir, args.slice(1), fault) : launchctl(dir, args, fault);
}

async function systemctl(dir: string, [command = '', ...rest]: readonly string[], fault: string | undefined): Promise<number> {
  if (command === '--version') return say('systemd 252 (252.39-1~deb12u2)\n+PAM +AUDIT +SELINUX');
  if (fault === 'no-bus') return complain('Failed to connect to bus: No medium found', 1);
  const folder = join(process.env['XDG_CONFIG_HOME'] || join(process.env['HOME'] ?? '', '.config'), 'systemd/user');
  const file = join(folder, UNIT);
  const link = join(folder, 'default.target.wants', UNIT);
  const loaded = join(dir, 'unit');
  switch (command) {
    case 'show-environment':
      return say(`HOME=${process.env['HOME']}`);
    case 'daemon-reload':
      if (existsSync(file)) writeFileSync(loaded, readFileSync(file));
      else rmSync(loaded, { force: true });
      return 0;
    case 'enable':
      if (fault === 'not-permitted') return complain('Failed to enable unit: Access denied', 1);
      if (!existsSync(file)) return complain(`Failed to enable unit: Unit file ${UNIT} does not exist.`, 1);
      mkdirSync(join(folder, 'default.target.wants'), { recursive: true });
      if (!existsSync(link)) symlinkSync(file, link);
      return complain(`Created symlink ${link} → ${file}.`, 0);
    case 'disable':
      if (!existsSync(file)) return complain(`Failed to disable unit: Unit file ${UNIT} does not exist.`, 1);
      rmSync(link, { force: true });
      if (rest.includes('--now')) await stop(dir);
      return complain(`Removed "${link}".`, 0);
    case 'start': {
      const unit = read(loaded);
      if (unit === undefined) return complain(`Failed to start ${UNIT}: Unit ${UNIT} not found.`, 5);
      if (status(dir).state === 'ended') await run(dir, jobOfUnit(unit, join(dir, 'journal')));
      return 0;
    }
    case 'stop':
      if (read(loaded) === undefined) return complain(`Failed to stop ${UNIT}: Unit ${UNIT} not loaded.`, 5);
      await stop(dir);
      return 0;
    case 'show': {
      const { pid, exitCode, state, runs } = status(dir);
      const never = /^RestartPreventExitStatus=(.*)$/m.exec(read(loaded) ?? '')?.[1] ?? '';
      const failed = state === 'ended' && (exitCode !== 0 || never.split(' ').map(Number).includes(exitCode));
      const active = { running: 'active', waiting: 'activating', ended: failed ? 'failed' : 'inactive' }[state];
      const sub = { running: 'running', waiting: 'auto-restart', ended: failed ? 'failed' : 'dead' }[state];
      return say(
        `MainPID=${state === 'running' ? pid : 0}\nNRestarts=${Math.max(0, runs - 1)}\nExecMainStatus=${exitCode}\nActiveState=${active}\nSubState=${sub}`,
      );
    }
    case 'reset-failed':
      return read(loaded) === undefined ? complain(`Failed to reset failed state of unit ${UNIT}: Unit ${UNIT} not loaded.`, 1) : 0;
    default:
      return complain(`Unknown command verb ${command}.`, 1);
  }
}

async function launchctl(dir: string, [command = '', ...rest]: readonly string[], fault: string | undefined): Promise<number> {
  const domain = `gui/${process.getuid?.()}`;
  const loaded = join(dir, 'plist');
  const plist = read(loaded);
  const target = rest.find((argument) => argument.endsWith(LABEL));
  switch (command) {
    case 'print': {
      if (fault === 'no-bus') return complain('Bad request.\nCould not find domain for user gui', 112);
      if (target === undefined) return say(`${domain} = {\n\ttype = login\n}`);
      if (plist === undefined) return complain(`Bad request.\nCould not find service "${LABEL}" in domain for ${domain}`, 113);
      const { pid, exitCode, state, runs } = status(dir);
      const running = state === 'running' ? `\tpid = ${pid}\n` : '';
      const last = state === 'running' ? '(never exited)' : String(exitCode);
      return say(
        `${target} = {\n\tactive count = 1\n\tstate = ${state === 'running' ? 'running' : 'not running'}\n\truns = ${runs}\n${running}\tlast exit code = ${last}\n}`,
      );
    }
    case 'enable':
      return 0;
    case 'bootstrap':
      if (fault === 'not-permitted') return complain('Bootstrap failed: 125: Domain does not support specified action', 125);
      if (plist !== undefined) return complain('Bootstrap failed: 5: Input/output error', 5);
      writeFileSync(loaded, readFileSync(rest[1] ?? ''));
      await run(dir, jobOfPlist(readFileSync(loaded, 'utf8')));
      return 0;
    case 'bootout':
      if (plist === undefined) return complain('Boot-out failed: 3: No such process', 3);
      await stop(dir);
      rmSync(loaded);
      return 0;
    case 'kickstart':
      if (plist === undefined) return complain(`Could not find service "${LABEL}" in domain for ${domain}`, 113);
      if (status(dir).state === 'ended') await run(dir, jobOfPlist(plist));
      return 0;
    case 'kill':
      if (plist === undefined) return complain('Could not find service', 113);
      process.kill(status(dir).pid, 'SIGTERM');
      return 0;
    default:
      return complain(`Unrecognized subcommand: ${command}`, 64);
  }
}

function jobOfUnit(unit: string, journal: string): Job {
  const values = (key: string) => [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map((match) => match[1] ?? '');
  const words = (text: string) =>
    [...text.matchAll(/"((?:\\.|[^"\\])*)"/g)].map((match) => (match[1] ?? '').replaceAll(/\\(.)/g, '$1').replaceAll('%%', '%'));
  const codes = (key: string) => values(key).flatMap((value) => value.split(' ').map(Number));
  const assignments = values('Environment').flatMap(words);
  const file = values('EnvironmentFile')[0]?.replace(/^-/, '').replaceAll('%%', '%');
  return {
    command: words(values('ExecStart')[0] ?? '').map((word) => word.replaceAll('$$', '$')),
    env: {
      HOME: process.env['HOME'] ?? '',
      ...Object.fromEntries(assignments.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)])),
      ...(parseEnv(read(file ?? '') ?? '') as Record<string, string>),
    },
    output: journal,
    never: codes('RestartPreventExitStatus'),
    always: codes('RestartForceExitStatus'),
    againAfterMs: Number(values('RestartSec')[0]) * 1000,
  };
}

function jobOfPlist(plist: string): Job {
  const text = (raw: string) => raw.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  const after = (key: string, tag: string) => new RegExp(`<key>${key}</key>\\s*<${tag}>(.*?)</${tag}>`, 's').exec(plist)?.[1] ?? '';
  const pairs = [...after('EnvironmentVariables', 'dict').matchAll(/<key>(.*?)<\/key>\s*<string>(.*?)<\/string>/gs)];
  return {
    command: [...after('ProgramArguments', 'array').matchAll(/<string>(.*?)<\/string>/gs)].map((match) => text(match[1] ?? '')),
    env: { HOME: process.env['HOME'] ?? '', ...Object.fromEntries(pairs.map((match) => [text(match[1] ?? ''), text(match[2] ?? '')])) },
    output: text(after('StandardErrorPath', 'string')),
    never: [],
    always: [],
    againAfterMs: 1000,
  };
}

/** Starts what watches over the job; resolves when the job has a pid. */
async function run(dir: string, job: Job): Promise<void> {
  rmSync(join(dir, 'status'), { force: true });
  rmSync(join(dir, 'stopping'), { force: true });
  spawn(process.execPath, [import.meta.filename, dir, 'watch', JSON.stringify(job)], { detached: true, stdio: 'ignore' }).unref();
  while (!existsSync(join(dir, 'status'))) await delay(10);
}

async function watch(dir: string, job: Job): Promise<number> {
  for (let runs = 1; ; runs++) {
    const [program = '', ...args] = job.command;
    const child = spawn(program, args, { env: job.env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => appendFileSync(job.output, chunk));
    save(dir, { pid: child.pid ?? 0, exitCode: 0, state: 'running', runs });
    const exitCode = await new Promise<number>((resolve) => {
      child.once('error', () => resolve(203));
      child.once('exit', (code) => resolve(code ?? 9));
    });
    const again =
      !existsSync(join(dir, 'stopping')) && (job.always.includes(exitCode) || (exitCode !== 0 && !job.never.includes(exitCode)));
    save(dir, { pid: 0, exitCode, state: again ? 'waiting' : 'ended', runs });
    if (!again) return 0;
    await delay(job.againAfterMs);
    if (!existsSync(join(dir, 'stopping'))) continue;
    save(dir, { pid: 0, exitCode, state: 'ended', runs });
    return 0;
  }
}

async function stop(dir: string): Promise<void> {
  const { state, pid } = status(dir);
  if (state === 'ended') return;
  writeFileSync(join(dir, 'stopping'), '');
  if (pid > 0) process.kill(pid, 'SIGTERM');
  for (const deadline = Date.now() + STOP_MS; status(dir).state !== 'ended' && Date.now() < deadline; ) await delay(20);
}

function status(dir: string): Status {
  return JSON.parse(read(join(dir, 'status')) || '{"pid":0,"exitCode":0,"state":"ended","runs":0}') as Status;
}

function save(dir: string, value: Status): void {
  writeFileSync(join(dir, 'status'), JSON.stringify(value));
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function say(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}

function complain(text: string, code: number): number {
  process.stderr.write(`${text}\n`);
  return code;
}

if (import.meta.main) {
  const [dir = '', program = '', ...args] = process.argv.slice(2);
  process.exitCode = await main(dir, program, args);
}
