/** Installs packages with npm: packed, pinned by their hash, and never with a script of theirs running. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readlink, rename, rm, stat } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import { GatewayError, type InstalledExtension } from '@openclaw-gateway/events';

export type Source = { readonly from: 'folder' | 'file' | 'registry'; readonly spec: string };

const NPM_MS = 180_000;
const MOST_OUTPUT = 1024 * 1024;
const MOST_FILES = 50_000;
const REGISTRY_NAME = /^(@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*(@[A-Za-z0-9][A-Za-z0-9.+-]*)?$/;
const FLAGS = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
/** Somebody waits for the answer: npm's own waits between its attempts are minutes. */
const RETRIES = ['--fetch-retries=2', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000'];
const UNREACHABLE = [
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ERR_SOCKET_TIMEOUT',
];

/** Throws EXTENSION_INVALID for what is neither an absolute path to a folder or a tarball nor a name with perhaps a version. */
export async function sourceOf(spec: string): Promise<Source> {
  if (isAbsolute(spec)) {
    const found = await stat(spec).catch(() => undefined);
    if (found?.isDirectory()) return { from: 'folder', spec };
    if (found?.isFile() && /\.(tgz|tar\.gz)$/.test(spec)) return { from: 'file', spec };
    throw invalid(`${spec} is no folder and no tarball.`);
  }
  if (REGISTRY_NAME.test(spec)) return { from: 'registry', spec };
  throw invalid(`${JSON.stringify(spec)} is no path and no name of a package; a version is written as name@1.2.3.`);
}

/** Where an extension's files are. */
export function folderOf(root: string, name: string): string {
  return join(root, name.replace('/', '__'));
}

export function packageDir(root: string, name: string): string {
  return join(folderOf(root, name), 'node_modules', name);
}

/** Packs and installs; resolves with what must be recorded before any of its code runs. Throws EXTENSION_INVALID, EXTENSION_EXISTS. */
export async function install(root: string, { spec }: Source, exists: (name: string) => boolean): Promise<InstalledExtension> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  const work = await mkdtemp(join(root, '.adding-'));
  try {
    const packed = packedOf(await npm(['pack', ...FLAGS, ...RETRIES, '--json', '--pack-destination', work, '--', spec], work));
    const { name, version, integrity, filename } = packed;
    if (exists(name))
      throw new GatewayError('EXTENSION_EXISTS', { message: `The extension ${name} is installed already.`, details: { name } });
    const made = join(work, 'made');
    await mkdir(made);
    // The gateway gives extensions its own SDK, so that peers are not installed.
    await npm(
      [
        'install',
        ...FLAGS,
        ...RETRIES,
        '--omit=dev',
        '--legacy-peer-deps',
        '--no-package-lock',
        '--prefix',
        made,
        '--',
        join(work, basename(filename)),
      ],
      made,
    );
    const contentHash = await hashOf(made);
    const folder = folderOf(root, name);
    await rm(folder, { recursive: true, force: true });
    await rename(made, folder);
    return { name, version, integrity, contentHash };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

export async function uninstall(root: string, name: string): Promise<void> {
  await rm(folderOf(root, name), { recursive: true, force: true });
}

/** Throws EXTENSION_CHANGED when the files are not those that were installed. */
export async function verify(root: string, { name, contentHash }: InstalledExtension): Promise<void> {
  const found = await hashOf(folderOf(root, name)).catch(() => 'no files');
  if (found === contentHash) return;
  throw new GatewayError('EXTENSION_CHANGED', {
    message: `The files of ${name} are not those that were installed, so it is not started.`,
    details: { name },
  });
}

/** A hash over names and contents of all files, links by where they lead. */
async function hashOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => ({ entry, path: join(entry.parentPath, entry.name) }));
  if (files.length > MOST_FILES) throw invalid(`It has more than ${MOST_FILES} files.`);
  const hash = createHash('sha256');
  for (const { entry, path } of files.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    hash.update(`${path.slice(folder.length)}\0`);
    if (entry.isSymbolicLink()) hash.update(await readlink(path));
    else for await (const part of createReadStream(path)) hash.update(part as Buffer);
    hash.update('\0');
  }
  return hash.digest('hex');
}

type Packed = { readonly name: string; readonly version: string; readonly integrity: string; readonly filename: string };

function packedOf(output: string): Packed {
  const parsed = JSON.parse(output) as unknown;
  const [first] = Array.isArray(parsed) ? parsed : Object.values(parsed as object);
  return first as Packed;
}

function npm(args: readonly string[], cwd: string): Promise<string> {
  const kept = Object.entries(process.env).filter(([key]) =>
    /^(PATH|HOME|USERPROFILE|APPDATA|LANG|TMPDIR|SSL_CERT_FILE|NODE_EXTRA_CA_CERTS|(https?|no)_proxy|npm_config_(registry|userconfig|cache|globalconfig))$/i.test(
      key,
    ),
  );
  const child = spawn('npm', args, {
    cwd,
    env: Object.fromEntries(kept) as typeof process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: NPM_MS,
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout = (stdout + text).slice(0, MOST_OUTPUT)));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-4000)));
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(invalid(`npm is needed to add extensions and could not be started: ${error.message}`)));
    child.once('close', (code) => (code === 0 ? resolve(stdout) : reject(invalid(whyOf(args[0] ?? '', stderr)))));
  });
}

/** What npm says about its failure, where that is known in words that need no knowledge of npm. */
function whyOf(command: string, stderr: string): string {
  const code = /^npm (?:error|ERR!) code (\w+)/m.exec(stderr)?.[1] ?? '';
  const says = stderr.trim().slice(0, 1000);
  if (code === 'E404') return `The registry has no such package, or one that it needs is missing there: ${says}`;
  if (code === 'ETARGET') return `The registry has no such version of it, or of one that it needs: ${says}`;
  if (code === 'EINTEGRITY') return `What the registry sent is not what it announced, so nothing was installed: ${says}`;
  if (UNREACHABLE.includes(code)) return `The registry cannot be reached: ${says}`;
  return `npm could not ${command} it: ${says}`;
}

function invalid(message: string): GatewayError {
  return new GatewayError('EXTENSION_INVALID', { message });
}
