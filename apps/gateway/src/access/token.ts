import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { GatewayError } from '@openclaw-gateway/events';

export type GatewayToken = {
  current(): string;
  /** Compares in constant time. */
  matches(presented: string): boolean;
  /** Since when the token is in force that the gateway made; `undefined` when it is set elsewhere. */
  madeAt(): number | undefined;
  /** Where the token is set, when it is not the gateway's own. */
  setBy(): string | undefined;
  /** Replaces the token in the file. Throws `BAD_REQUEST` when the token is set elsewhere. */
  rotate(): Promise<string>;
  /** Resolves when the file has what it gets. */
  written(): Promise<void>;
};

export type TokenOptions = {
  /** The file that holds the token the gateway made. */
  readonly path: string;
  /** The token that someone set, and where; it goes before the file. */
  readonly fixed: () => { readonly token: string; readonly setBy: string } | undefined;
  /** For tokens the gateway makes: their random bytes, and how long they are good. */
  readonly rules: () => { readonly sizeBytes: number; readonly lifetimeMs?: number | undefined };
  /** Called when a token was made without anyone asking: on the first run, or in place of an expired one. */
  readonly onMade: (token: string, reason: 'first_run' | 'expired', previous?: string) => void;
  readonly logger: { warn(details: object, message: string): void };
};

type OwnToken = { readonly token: string; readonly madeAt: number };

/** The gateway token: the one that is set, else the one in the file, which is made on the first run. */
export async function openToken(options: TokenOptions): Promise<GatewayToken> {
  let own = await readToken(options);
  if (own === undefined && !options.fixed()) own = await createToken(options);
  let digest: { readonly of: string; readonly sha256: Buffer } = { of: '', sha256: sha256('') };
  let saving: Promise<void> = Promise.resolve();

  /** In force at once; the file follows, so that nothing waits for the disk. */
  function replaceInForce(reason: 'first_run' | 'expired'): string {
    const fresh = makeToken(options);
    const previous = own?.token;
    own = { token: fresh, madeAt: Date.now() };
    saving = saving
      .then(() => replaceFile(options.path, fresh))
      .catch((error: unknown) => options.logger.warn({ err: error }, 'the gateway token was not saved'));
    options.onMade(fresh, reason, previous);
    return fresh;
  }

  function current(): string {
    const fixed = options.fixed();
    if (fixed) return fixed.token;
    if (own === undefined) return replaceInForce('first_run');
    const { lifetimeMs } = options.rules();
    return lifetimeMs !== undefined && Date.now() >= own.madeAt + lifetimeMs ? replaceInForce('expired') : own.token;
  }

  return {
    current,
    matches(presented) {
      const expected = current();
      if (digest.of !== expected) digest = { of: expected, sha256: sha256(expected) };
      return timingSafeEqual(digest.sha256, sha256(presented));
    },
    madeAt: () => (options.fixed() ? undefined : own?.madeAt),
    setBy: () => options.fixed()?.setBy,
    async rotate() {
      const fixed = options.fixed();
      if (fixed) throw new GatewayError('BAD_REQUEST', { message: `The gateway token is set by ${fixed.setBy}; change it there.` });
      const fresh = makeToken(options);
      await replaceFile(options.path, fresh);
      own = { token: fresh, madeAt: Date.now() };
      return fresh;
    },
    written: () => saving,
  };
}

async function readToken({ path, logger }: TokenOptions): Promise<OwnToken | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  if (text.trim() === '') return undefined;
  const { mode, mtimeMs } = await stat(path);
  if (mode & 0o077) {
    await chmod(path, 0o600);
    logger.warn({ mode: (mode & 0o777).toString(8) }, 'the gateway token could be read by other users; its file is private now');
  }
  return { token: text.trim(), madeAt: mtimeMs };
}

/** Two processes may start at once: the file that is there first holds for both. */
async function createToken(options: TokenOptions): Promise<OwnToken> {
  const fresh = makeToken(options);
  const temporary = await writeTemporary(options.path, fresh);
  try {
    await link(temporary, options.path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const theirs = await readToken(options);
    if (theirs) return theirs;
    await replaceFile(options.path, fresh);
  } finally {
    await unlink(temporary);
  }
  options.onMade(fresh, 'first_run');
  return { token: fresh, madeAt: Date.now() };
}

async function replaceFile(path: string, token: string): Promise<void> {
  await rename(await writeTemporary(path, token), path);
}

async function writeTemporary(path: string, token: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(`${token}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return temporary;
}

function makeToken(options: TokenOptions): string {
  return randomBytes(options.rules().sizeBytes).toString('base64url');
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
