/** The state directory and the databases in it. */
import { readdir, readFile, realpath, rm, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { FileInspection } from '@openclaw-gateway/db';
import { isAlive } from '../port.ts';
import type { Check, Found } from './check.ts';
import { nearestExisting, whyNotWritable } from './folders.ts';
import type { Machine } from './machine.ts';

/** With less, the gateway refuses new messages. */
const LOW_BYTES = 512 * 1024 * 1024;
const MEGABYTE = 1024 ** 2;
const LEFT_BEHIND_MS = 10 * 60_000;
const AHEAD_MS = 60_000;
const NETWORK_FILE_SYSTEMS =
  /^(nfs\d?|cifs|smb\d?|smbfs|9p|afs|ncpfs|glusterfs|ceph|lustre|fuse\.(sshfs|glusterfs|s3fs|rclone|davfs2?|curlftpfs))$/;

const unusable: Check = {
  id: 'state.unusable',
  severity: 'error',
  finds: 'a state directory that cannot be made, or in which nothing can be written',
  cause: 'A file is in its place, the file system is mounted read-only, or the directory belongs to somebody else.',
  remedy: 'Make room for the directory, or name another one with OPENCLAW_STATE_DIR.',
  look: async ({ paths }) => {
    const problems = await Promise.all([paths.dir, paths.databases].map((path) => whyNotWritable(path)));
    const problem = problems.find((one) => one !== undefined);
    return problem === undefined ? [] : [{ found: problem }];
  },
};

const diskLow: Check = {
  id: 'disk.low',
  severity: 'error',
  finds: `less than ${LOW_BYTES / MEGABYTE} MB of free disk space for the state directory`,
  cause: 'Below that mark the gateway refuses new messages (DISK_LOW), so that what it accepted can still be written.',
  remedy:
    'Free space on that disk. `du -xh --max-depth=2 <state directory> | sort -h` shows what takes it; old events leave sooner with gateway.retention.archiveAfter.',
  look: async ({ paths }) => {
    const { bavail, bsize } = await statfs(await nearestExisting(paths.databases));
    const free = bavail * bsize;
    if (free >= LOW_BYTES) return [];
    return [{ found: `${Math.round(free / MEGABYTE)} MB are free on the disk of ${paths.databases}.`, details: { freeBytes: free } }];
  },
};

const networkMount: Check = {
  id: 'disk.network-mount',
  severity: 'error',
  finds: 'databases on a network file system',
  cause:
    'SQLite needs shared memory and reliable locks beside its files; over a network neither holds, and the log is destroyed sooner or later.',
  remedy: 'Move the state directory to a local disk: `openclaw gateway stop`, move it, set OPENCLAW_STATE_DIR.',
  look: async ({ paths, mountInfo }) => {
    const text = await readFile(mountInfo, 'utf8').catch(() => '');
    const path = await realpath(await nearestExisting(paths.databases));
    const mount = mountOf(path, text);
    if (!mount || !NETWORK_FILE_SYSTEMS.test(mount.kind)) return [];
    return [{ found: `${path} lies on ${mount.point}, which is a network file system (${mount.kind}).`, details: mount }];
  },
};

/** The mount that a path lies on, from the text of /proc/self/mountinfo. */
export function mountOf(path: string, mountInfo: string): { readonly point: string; readonly kind: string } | undefined {
  const mounts = mountInfo.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const point = before.split(' ')[4]?.replaceAll(/\\(\d{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));
    const kind = after.split(' ')[0];
    return point && kind ? [{ point, kind }] : [];
  });
  const isOn = (point: string) => point === '/' || path === point || path.startsWith(`${point}/`);
  // Of two mounts at one place the later one is seen.
  return mounts
    .filter(({ point }) => isOn(point))
    .reduce<(typeof mounts)[number] | undefined>(
      (best, mount) => (best && best.point.length > mount.point.length ? best : mount),
      undefined,
    );
}

const newerProgram: Check = {
  id: 'state.newer-program',
  severity: 'error',
  opensDatabases: true,
  finds: 'databases that a newer version of the program has written',
  cause: 'The program was taken back to an older version. It does not touch what it does not know.',
  remedy: 'Install the newer version again, or restore a backup that is older than the update.',
  look: async (machine) => {
    const { events, keys } = await machine.state();
    const newer = Object.entries({ 'events.db': events, 'keys.db': keys }).filter(([, { state }]) => state === 'newer');
    return newer.map(([name, { message }]) => ({
      found: `${join(machine.paths.databases, name)} is of a newer program. ${message ?? ''}`.trim(),
    }));
  },
};

const damagedLog: Check = {
  id: 'log.damaged',
  severity: 'error',
  opensDatabases: true,
  finds: 'an event log or a file of keys that is no intact database',
  cause: 'The disk failed, the file was overwritten, or it was copied while the gateway ran.',
  remedy: 'Stop the gateway, keep a copy of the state directory as it is, and restore a backup: `openclaw backup restore <folder>`.',
  look: async (machine) => {
    const { events, keys } = await machine.state();
    const bad = Object.entries({ 'events.db': events, 'keys.db': keys }).filter(([, file]) => isBroken(file));
    return bad.map(([name, { message }]) => ({
      found: `${join(machine.paths.databases, name)} cannot be read: ${message ?? 'it is damaged'}.`,
    }));
  },
};

const isBroken = ({ state }: FileInspection) => state === 'damaged' || state === 'unreadable';

const keysMissing: Check = {
  id: 'keys.missing',
  severity: 'error',
  opensDatabases: true,
  finds: 'an event log without the file of keys that belongs to it',
  cause:
    'keys.db was deleted, or a backup was restored without it. The next start would make new keys: what is sealed in the log stays unreadable, and conversations get new ids.',
  remedy: 'Put keys.db back from a backup before you start the gateway.',
  look: async (machine) => {
    const { events, keys, head, hasSealed } = await machine.state();
    if (events.state !== 'good' || head === 0 || keys.state !== 'missing') return [];
    const sealed = hasSealed ? ' with sealed personal data' : '';
    return [{ found: `${machine.paths.databases} has a log of ${head} events${sealed}, but no keys.db.`, details: { head, hasSealed } }];
  },
};

const clockBehind: Check = {
  id: 'clock.behind',
  severity: 'warning',
  opensDatabases: true,
  finds: 'a clock that is behind the newest event of the log',
  cause:
    'The clock was set back, or it was wrong when the event was written. Times in the log do not go backwards: new events get the time of the last one.',
  remedy: 'Set the clock: `timedatectl set-ntp true`, and look at `timedatectl status`.',
  look: async (machine) => {
    const { headTime } = await machine.state();
    if (headTime <= machine.now() + AHEAD_MS) return [];
    const [last, now] = [headTime, machine.now()].map((time) => new Date(time).toISOString());
    return [{ found: `The newest event is of ${last}, and it is ${now} now.`, details: { headTime } }];
  },
};

const leftovers: Check = {
  id: 'state.leftovers',
  severity: 'note',
  finds: 'temporary files that an interrupted program left in the state directory',
  cause: 'A program was killed between writing a file and putting it in place. They do no harm.',
  remedy: '`openclaw doctor --fix`',
  fix: 'Removes them.',
  look: async (machine) => {
    const { dir, config, token, pidFile, databases } = machine.paths;
    const found = await Promise.all([
      leftIn(dirname(config), basename(config), /^\.(\d+)\.[0-9a-f]{8}\.tmp$/, machine),
      leftIn(dir, basename(token), /^\.[0-9a-f]{12}$/, machine),
      leftIn(dir, basename(pidFile), /^\.tmp$/, machine),
      leftIn(databases, 'verified.json', /^\.new$/, machine),
    ]);
    return found.flat();
  },
};

/** Files that are called like another one with something behind it. */
async function leftIn(folder: string, name: string, rest: RegExp, machine: Machine): Promise<Found[]> {
  const entries = (await readdir(folder).catch(() => [])).filter((entry) => entry.startsWith(name));
  const found = await Promise.all(
    entries.map(async (entry): Promise<Found[]> => {
      const match = rest.exec(entry.slice(name.length));
      const path = join(folder, entry);
      const info = match && (await stat(path).catch(() => undefined));
      if (!match || !info?.isFile()) return [];
      const pid = Number(match[1]);
      // Its writer may be at it.
      if (Number.isInteger(pid) ? isAlive(pid) : machine.now() - info.mtimeMs < LEFT_BEHIND_MS) return [];
      return [{ found: `${path} was left behind.`, remedy: `rm ${path}`, details: { path }, repair: () => rm(path, { force: true }) }];
    }),
  );
  return found.flat();
}

export const STATE_CHECKS: readonly Check[] = [
  unusable,
  diskLow,
  networkMount,
  newerProgram,
  damagedLog,
  keysMissing,
  clockBehind,
  leftovers,
];
