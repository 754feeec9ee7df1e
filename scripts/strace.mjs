/** Finds strace, with which tests make system calls fail, or gets it: on Debian and its kin as root. */
import { capture } from './process.mjs';

/** Resolves with strace's version. Throws with what to do when there is none. */
export async function ensureStrace() {
  const found = await version();
  if (found) return found;
  if (process.platform !== 'linux') throw new Error('strace is for Linux only, and so are the tests that make system calls fail.');
  if (process.getuid?.() !== 0) throw new Error('strace is missing: install it (`sudo apt-get install strace`) and run this again.');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) => capture('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=120', ...args], { env, timeout: 300_000 });
  await apt('update');
  const { output } = await apt('install', '-y', '--no-install-recommends', 'strace');
  const installed = await version();
  if (!installed) throw new Error(`strace could not be installed:\n${output.trim().slice(-500)}`);
  return installed;
}

async function version() {
  const { code, output } = await capture('strace', ['--version']);
  return code === 0 ? output.split('\n')[0] : undefined;
}
