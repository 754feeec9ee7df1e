/** Finds the programs of the machine that tests are held against, or gets them: on Debian and its kin as root. A test that needs one fails without it. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { capture } from './process.mjs';

/** A program, how it says its version, and the Debian package that brings it. */
const PROGRAMS = {
  strace: { args: ['--version'], debian: 'strace' },
  nginx: { args: ['-v'], debian: 'nginx-light' },
  openssl: { args: ['version'], debian: 'openssl' },
  sshd: { args: ['-V'], debian: 'openssh-server' },
  pebble: { args: ['-help'], debian: 'pebble' },
  'pebble-challtestsrv': { args: ['-help'], debian: 'pebble' },
  promtool: { args: ['--version'], debian: 'prometheus' },
  'prometheus-pushgateway': { args: ['--version'], debian: 'prometheus-pushgateway' },
  influxd: { args: ['version'], debian: 'influxdb' },
  'systemd-analyze': { args: ['--version'], debian: 'systemd' },
  plistutil: { args: ['--version'], debian: 'libplist-utils' },
  zsh: { args: ['--version'], debian: 'zsh' },
  fish: { args: ['--version'], debian: 'fish' },
  tmux: { args: ['-V'], debian: 'tmux' },
  shellcheck: { args: ['--version'], debian: 'shellcheck' },
  ip: { args: ['-V'], debian: 'iproute2' },
  iptables: { args: ['--version'], debian: 'iptables' },
  nft: { args: ['--version'], debian: 'nftables' },
  postgres: { args: ['--version'], debian: 'postgresql' },
  initdb: { args: ['--version'], debian: 'postgresql' },
  pgbouncer: { args: ['--version'], debian: 'pgbouncer' },
};

/** Debian keeps the programs of each version of PostgreSQL apart, and none of them where a shell looks. */
const POSTGRESQL = '/usr/lib/postgresql';

/** Resolves with what the program says of its version. Throws with what to do when it cannot be had. */
export async function ensureProgram(name) {
  const { args, debian } = PROGRAMS[name];
  const found = await version(name, args);
  if (found) return found;
  if (process.platform !== 'linux') throw new Error(`${name} is missing, and only on Linux do the tests know how to get it.`);
  if (process.getuid?.() !== 0) throw new Error(`${name} is missing: install it (\`sudo apt-get install ${debian}\`) and run this again.`);
  const { output } = await installPackage(debian);
  const installed = await version(name, args);
  if (!installed) throw new Error(`${name} could not be installed:\n${output.trim().slice(-500)}`);
  return installed;
}

/** Installs a Debian package, as root; an installation that was killed half-way, which Debian refuses to go on from by itself, is ended first. */
export async function installPackage(debian) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...rest) => capture('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=120', ...rest], { env, timeout: 600_000 });
  await apt('update');
  const install = () => apt('install', '-y', '--no-install-recommends', debian);
  const first = await install();
  if (first.code === 0 || !first.output.includes('dpkg --configure -a')) return first;
  await capture('dpkg', ['--configure', '-a'], { env, timeout: 600_000 });
  return install();
}

async function version(name, args) {
  const { code, output } = await capture(programPath(name), args);
  return code === 0 ? output.trim().split('\n')[0] || name : undefined;
}

/** Where a program is, for those that a shell does not find by name. */
export function programPath(name) {
  const versions = existsSync(POSTGRESQL) ? readdirSync(POSTGRESQL) : [];
  return versions.map((version) => join(POSTGRESQL, version, 'bin', name)).findLast((path) => existsSync(path)) ?? name;
}
