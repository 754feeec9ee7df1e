/** What the machine gives the process: the runtime, the program's files, memory and file descriptors. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { GatewayError } from '@openclaw-gateway/events/errors';
import { dist, isBundleCurrent, OLDEST_NODE } from '../../../bin/bundle.mjs';
import type { Check } from './check.ts';

const MEGABYTE = 1024 ** 2;
/** What an idle gateway takes, and as much again for work. */
const SMALLEST_MEMORY_BYTES = 256 * MEGABYTE;
const FULL_SHARE = 0.9;
/** Databases, log files and what Node itself has open. */
const OWN_FILES = 128;

const nodeTooOld: Check = {
  id: 'node.too-old',
  severity: 'error',
  finds: `a Node older than ${OLDEST_NODE.join('.')}`,
  cause: 'The program is read as TypeScript by Node itself, and the SQLite driver is made for newer versions.',
  remedy: 'Install a newer Node from https://nodejs.org, or run `npm ci` on Linux, which brings one along.',
  look: async ({ nodeVersion }) => {
    const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
    const [oldestMajor, oldestMinor] = OLDEST_NODE;
    if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return [];
    return [{ found: `This is Node ${nodeVersion}; ${OLDEST_NODE.join('.')} or newer is needed.` }];
  },
};

const oldBundle: Check = {
  id: 'program.not-bundled',
  severity: 'note',
  finds: 'sources that are newer than the bundle made of them',
  cause: 'The program runs from its sources until they are bundled again: that is right, but starts slower and takes more memory.',
  remedy: '`npm run build`',
  look: async () => {
    if (!existsSync(dist) || isBundleCurrent()) return [];
    return [{ found: `The bundle in ${dist} is older than the sources.` }];
  },
};

const fewFiles: Check = {
  id: 'limits.open-files',
  severity: 'warning',
  finds: 'a limit of open files that is below the number of connections the configuration allows',
  cause: 'Each connection is an open file. At the limit the gateway takes no new ones and cannot open its own files.',
  remedy:
    'Raise the limit where the gateway is started (`ulimit -n 65536`, `LimitNOFILE=65536` in a systemd unit), or allow fewer connections.',
  look: async (machine) => {
    const running = await machine.running();
    const text = await readFile(`/proc/${running?.pid ?? 'self'}/limits`, 'utf8').catch(() => '');
    // Node raises the soft limit to the hard one when it starts.
    const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(text)?.[1];
    if (hard === undefined) return [];
    const { maxWebSocketConnections, maxHttpConnections } = (await machine.config()).gateway.network.connections;
    const needed = maxWebSocketConnections + maxHttpConnections + OWN_FILES;
    if (Number(hard) >= needed) return [];
    const allowed = `${maxWebSocketConnections} WebSocket and ${maxHttpConnections} HTTP connections`;
    return [{ found: `${hard} files may be open; ${allowed} need about ${needed}.`, details: { limit: Number(hard), needed } }];
  },
};

const littleMemory: Check = {
  id: 'limits.memory',
  severity: 'warning',
  finds: 'a container or service that may use less memory than a gateway needs',
  cause: 'The kernel ends a process that goes over the limit of its control group, without a word in its log.',
  remedy: 'Allow at least 256 MB (`MemoryMax=512M` in a systemd unit, `mem_limit: 512m` in a compose file).',
  look: async ({ memoryLimitBytes }) => {
    // Without a limit the kernel says 0, or more than any machine has.
    if (memoryLimitBytes <= 0 || memoryLimitBytes >= SMALLEST_MEMORY_BYTES) return [];
    return [{ found: `Only ${Math.round(memoryLimitBytes / MEGABYTE)} MB of memory may be used here.`, details: { memoryLimitBytes } }];
  },
};

const muchMemory: Check = {
  id: 'memory.high',
  severity: 'warning',
  finds: 'a gateway that uses more than 90 % of the memory it may use',
  cause: 'Many sessions at a time, long conversations, or a limit that is too small.',
  remedy: '`openclaw status --memory` shows what it is used for; lower gateway.sessions.maxConcurrent or raise the limit.',
  look: async (machine) => {
    const status = await machine.status();
    if (!status || status instanceof GatewayError) return [];
    const { rss = 0, limit = Number.POSITIVE_INFINITY } = status.memoryBytes;
    if (rss < limit * FULL_SHARE) return [];
    return [{ found: `The gateway uses ${Math.round(rss / MEGABYTE)} MB of ${Math.round(limit / MEGABYTE)} MB.`, details: { rss, limit } }];
  },
};

export const RUNTIME_CHECKS: readonly Check[] = [nodeTooOld, oldBundle, fewFiles, littleMemory, muchMemory];
