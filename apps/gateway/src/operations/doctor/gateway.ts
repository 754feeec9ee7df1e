/** The process: whether it can start, whether it answers, and whether it stays. */
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { GatewayError } from '@openclaw-gateway/events/errors';
import { findPortHolder, isAlive, type PortHolder } from '../port.ts';
import type { Check } from './check.ts';
import { perMachine } from './machine.ts';
import { ageOf, environmentOf, writersOf } from './processes.ts';
import { reach } from './reach.ts';

const HOUR_MS = 3_600_000;
const CRASHES = 3;
/** A gateway that starts has the lock before it says who it is. */
const STARTING_MS = 60_000;
const UNAUTHENTICATED: ReadonlySet<string> = new Set(['UNAUTHENTICATED', 'TOKEN_MISMATCH']);

const portTaken: Check = {
  id: 'port.taken',
  severity: 'error',
  scopes: ['network'],
  finds: 'another program that listens on the port of a gateway that is stopped',
  cause: 'Only one program can listen on a port. Until that one ends, or the gateway gets another port, the gateway cannot start.',
  remedy: '`openclaw gateway run --force` ends that program first; `openclaw config set gateway.network.port <number>` takes another port.',
  look: async (machine) => {
    const { port, problem } = await tryOwnPort(machine);
    if (problem !== 'EADDRINUSE') return [];
    const holder = await findPortHolder(port);
    if (holder && (await gatewayDirOf(holder))) return [];
    return [
      {
        found: `Port ${port} is taken by ${holder ? `pid ${holder.pid}: ${holder.command}` : 'a process that cannot be seen from here'}.`,
        remedy: `End that program, or take another port: openclaw config set gateway.network.port ${port + 1}`,
        details: { port, ...holder },
      },
    ];
  },
};

const otherGateway: Check = {
  id: 'port.other-gateway',
  severity: 'error',
  scopes: ['network'],
  finds: 'a gateway of another state directory on the port',
  cause: 'Two gateways can run on one machine, each with its own state directory and its own port.',
  remedy: 'Stop the other one, or give this one another port: `openclaw config set gateway.network.port <number>`.',
  look: async (machine) => {
    const { port, problem } = await tryOwnPort(machine);
    const holder = problem === 'EADDRINUSE' ? await findPortHolder(port) : undefined;
    const dir = holder && (await gatewayDirOf(holder));
    if (!holder || !dir) return [];
    return [
      {
        found: `Port ${port} is taken by the gateway of ${dir}, pid ${holder.pid}.`,
        remedy: `Take another port: openclaw config set gateway.network.port ${port + 1}. Or stop that one: OPENCLAW_STATE_DIR=${dir} openclaw gateway stop`,
        details: { port, pid: holder.pid, stateDir: dir },
      },
    ];
  },
};

const portForbidden: Check = {
  id: 'port.forbidden',
  severity: 'error',
  scopes: ['network'],
  finds: 'an address or a port on which this user cannot listen',
  cause: 'The address belongs to no network card of this machine, or the port is below 1024 and needs root.',
  remedy: 'Set an address of this machine (`openclaw config set gateway.network.host 127.0.0.1`) or a port from 1024.',
  look: async (machine) => {
    const { host, port, problem } = await tryOwnPort(machine);
    if (problem === undefined || problem === 'EADDRINUSE') return [];
    const why = problem === 'EACCES' ? 'this user may not open it' : `it is no address of this machine (${problem})`;
    return [{ found: `The gateway cannot listen on ${host}:${port}: ${why}.`, details: { host, port, problem } }];
  },
};

const unresponsive: Check = {
  id: 'gateway.unresponsive',
  severity: 'error',
  scopes: ['network'],
  finds: 'a gateway that runs and does not answer',
  cause:
    'It is stopped in a debugger or by SIGSTOP, still starts, waits for a disk, or something between here and it swallows connections.',
  remedy: 'Look at `openclaw logs --level warn`; if it does not recover, `openclaw gateway restart`.',
  look: async (machine) => {
    const running = await machine.running();
    if (!running) return [];
    const { failed, status } = await reach(new URL('/readyz', running.url), {
      egress: await machine.egress(),
      deadlineMs: machine.deadlineMs,
      trustAnyCertificate: true,
    });
    if (!failed && status === 200) return [];
    const why = failed ? `${failed.stage.toUpperCase()}: ${failed.problem}` : `/readyz says ${status}`;
    return [
      { found: `The gateway runs (pid ${running.pid}) but ${running.url} does not answer: ${why}.`, details: { ...running, status } },
    ];
  },
};

const oldVersion: Check = {
  id: 'gateway.version',
  severity: 'warning',
  finds: 'a running gateway of another version than the installed program',
  cause: 'The program was updated while the gateway ran.',
  remedy: '`openclaw gateway restart`',
  look: async (machine) => {
    const status = await machine.status();
    if (!status || status instanceof GatewayError || status.version === machine.version) return [];
    return [{ found: `The gateway runs version ${status.version}; ${machine.version} is installed.` }];
  },
};

const tokenRefused: Check = {
  id: 'token.refused',
  severity: 'error',
  scopes: ['security'],
  finds: 'a gateway that does not take the token which commands use here',
  cause: 'OPENCLAW_GATEWAY_TOKEN or gateway.auth.token is another here than where the gateway was started.',
  remedy: 'Set the same token in both places, or in neither: `unset OPENCLAW_GATEWAY_TOKEN`, then `openclaw gateway restart`.',
  look: async (machine) => {
    const status = await machine.status();
    if (!(status instanceof GatewayError) || !UNAUTHENTICATED.has(status.code)) return [];
    const where = machine.env['OPENCLAW_GATEWAY_TOKEN']
      ? 'OPENCLAW_GATEWAY_TOKEN of this shell'
      : 'the configuration or the state directory';
    return [{ found: `The gateway refuses the token from ${where}.` }];
  },
};

const stalePidFile: Check = {
  id: 'gateway.pid-stale',
  severity: 'warning',
  finds: 'a pid file of a gateway that is gone',
  cause: 'The process was killed or the machine lost its power. The next start is not hindered by it.',
  remedy: '`openclaw doctor --fix`, or just `openclaw gateway start`.',
  fix: 'Removes the file.',
  look: async (machine) => {
    const { pidFile } = machine.paths;
    if (!existsSync(pidFile) || machine.isOwned || (await machine.running())) return [];
    const text = await readFile(pidFile, 'utf8').catch(() => '');
    const pid = /"pid":\s*(\d+)/.exec(text)?.[1] ?? 'unknown';
    return [{ found: `${pidFile} names process ${pid}, which is no gateway any more.`, repair: () => rm(pidFile, { force: true }) }];
  },
};

const untracked: Check = {
  id: 'gateway.untracked',
  severity: 'error',
  finds: 'a gateway that has the state directory although no pid file names it',
  cause: 'gateway.pid was deleted or replaced by hand, so that commands take the gateway for stopped.',
  remedy: 'End that process (`kill <pid>`), then `openclaw gateway start`.',
  look: async (machine) => {
    if (!machine.isOwned || (await machine.running())) return [];
    const pid = Number(await readFile(join(machine.paths.databases, 'lock.db.pid'), 'utf8').catch(() => ''));
    if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return [];
    const age = await ageOf(pid, machine.now());
    if (age !== undefined && age < STARTING_MS) return [];
    return [
      {
        found: `Process ${pid} has the databases of ${machine.paths.dir}, and ${machine.paths.pidFile} does not name it.`,
        remedy: `kill ${pid}, then openclaw gateway start`,
        details: { pid },
      },
    ];
  },
};

const twoGateways: Check = {
  id: 'gateway.two',
  severity: 'error',
  finds: 'two processes that write the same event log',
  cause: 'The file system does not pass locks on (a network mount, or one volume in two containers), or another program writes the file.',
  remedy: 'Stop all but one at once: two writers destroy the log. Then check it: `openclaw audit verify`.',
  look: async (machine) => {
    const events = join(machine.paths.databases, 'events.db');
    const writers = existsSync(events) ? await writersOf(events) : [];
    if (writers.length < 2) return [];
    return [
      { found: `${writers.length} processes have ${events} open for writing: pid ${writers.join(', ')}.`, details: { pids: writers } },
    ];
  },
};

const crashLoop: Check = {
  id: 'gateway.crash-loop',
  severity: 'error',
  opensDatabases: true,
  finds: `a gateway that came back from a crash ${CRASHES} times or more within an hour`,
  cause: 'It is killed (out of memory, a service manager that gives up waiting) or ends on the same fault again and again.',
  remedy: '`openclaw logs --level error` shows the last words; `openclaw events list --type gateway.*` shows each start.',
  look: async (machine) => {
    const { lifecycle } = await machine.state();
    const crashes = lifecycle.filter(({ type, time }) => type === 'gateway.crash_recovered' && time > machine.now() - HOUR_MS);
    if (crashes.length < CRASHES) return [];
    return [{ found: `The gateway came back from ${crashes.length} crashes in the last hour.`, details: { crashes: crashes.length } }];
  },
};

type OwnPort = { readonly host: string; readonly port: number; readonly problem?: string };

/** Why the gateway could not listen if it were started now. One that runs has its port. */
const tryOwnPort = perMachine(async (machine): Promise<OwnPort> => {
  const { host, port } = (await machine.config()).gateway.network;
  if (port === 0 || machine.isOwned || (await machine.running())) return { host, port };
  const problem = await new Promise<string | undefined>((done) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => done(undefined)));
  });
  return { host, port, ...(problem !== undefined && { problem }) };
});

/** The state directory of the gateway that holds a port, if it is one. */
async function gatewayDirOf({ pid }: PortHolder): Promise<string | undefined> {
  const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ');
  if (!/openclaw\.mjs|gateway\/(dist\/main\.js|src\/cli\/main\.ts)/.test(command)) return undefined;
  const env = await environmentOf(pid);
  return env && resolve(env['OPENCLAW_STATE_DIR'] || join(env['OPENCLAW_HOME'] || env['HOME'] || homedir(), '.openclaw'));
}

export const GATEWAY_CHECKS: readonly Check[] = [
  portTaken,
  otherGateway,
  portForbidden,
  unresponsive,
  oldVersion,
  tokenRefused,
  stalePidFile,
  untracked,
  twoGateways,
  crashLoop,
];
