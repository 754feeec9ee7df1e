/** Installs the workspace's packages when they are missing or older than the lock file. Says what it does, and nothing when there is nothing to do. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { capture, fail, isMain, root } from './process.mjs';

const modules = join(root, 'node_modules');
const stamp = join(modules, '.openclaw-install');
const lock = join(root, '.openclaw-install.lock');
const LOCK_ASKED_EVERY_MS = 250;

/** Brings node_modules to what package-lock.json says. Throws with the cause and the way out when it cannot. */
export async function ensureInstalled() {
  const wanted = lockHash();
  if (isInstalled(wanted)) return;
  await takeLock();
  try {
    if (!isInstalled(wanted)) await install(wanted);
  } finally {
    rmSync(lock, { force: true });
  }
}

function isInstalled(wanted) {
  // pnpm keeps its own record of what it installed; npm would tear its tree down.
  if (existsSync(join(modules, '.modules.yaml'))) return true;
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
}

/** Two installations at once destroy each other's files. A lock whose owner is gone counts for nothing. */
async function takeLock() {
  for (let isFirst = true; ; isFirst = false) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const owner = lockOwner();
    if (owner !== undefined && !isAlive(owner)) rmSync(lock, { force: true });
    else {
      if (isFirst) console.log(`Packages are being installed by process ${owner ?? '?'}; waiting for it …`);
      await delay(LOCK_ASKED_EVERY_MS);
    }
  }
}

/** Undefined where the lock is already gone, or its owner has not written itself down yet. */
function lockOwner() {
  try {
    return Number(readFileSync(lock, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

async function install(wanted) {
  if (installedByHand()) {
    writeFileSync(stamp, wanted);
    return;
  }
  console.log(existsSync(modules) ? 'Packages changed: running npm ci …' : 'First run: installing packages with npm ci (about a minute) …');
  const startedAt = Date.now();
  const { code, output } = await capture('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  if (code !== 0) throw new Error(`${output.trim().split('\n').slice(0, 20).join('\n')}\n\n${explain(output)}`);
  writeFileSync(stamp, wanted);
  console.log(`Packages installed in ${Math.round((Date.now() - startedAt) / 1000)} s.`);
}

/** npm writes its own record of what it installed together with the lock file, or after it. */
function installedByHand() {
  const record = join(modules, '.package-lock.json');
  return existsSync(record) && statSync(record).mtimeMs + 2_000 >= statSync(join(root, 'package-lock.json')).mtimeMs;
}

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

function explain(output) {
  if (/EUSAGE|not in sync/i.test(output)) {
    return 'package.json and package-lock.json disagree. Run `npm install`, and commit the lock file with your change.';
  }
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED|network/i.test(output)) {
    return 'The packages could not be fetched: the npm registry cannot be reached. Connect to the network (or set `npm config set registry` to a mirror) and run the command again.';
  }
  if (/ENOSPC/.test(output)) return 'The disk is full. Free about 1 GB and run the command again.';
  if (/EACCES|EPERM/.test(output)) return `Nothing may be written below ${root}. Run as the user who owns this folder.`;
  return 'npm ci failed; its own words are above.';
}

if (isMain(import.meta.url)) await ensureInstalled().catch(fail);
