import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { BundleManifest, VerifiedBundle } from '@openclaw-gateway/db';
import { GatewayError } from '@openclaw-gateway/events';
import { sessionIdOf } from '../../history/session-at.ts';
import type { Context } from '../context.ts';
import { pairs, shortPath } from '../output.ts';
import { withStore } from '../stopped-store.ts';
import { VERSION } from '../version.ts';

type ExportOptions = { readonly session: string; readonly output: string; readonly mask: 'none' | 'default' | 'strict' };
type ImportOptions = { readonly into?: string; readonly verify?: true; readonly pubkey?: readonly string[] };

/** Writes a session into one file. */
export async function exportBundle(context: Context, options: ExportOptions): Promise<undefined> {
  const { exportBundle: makeBundle } = await import('@openclaw-gateway/db/bundle/export');
  const output = resolve(options.output);
  const { file, manifest } = await withStore(context, async (store) => {
    const sessionId = await sessionIdOf(store, options.session);
    const gateway = { id: gatewayOf(store.checkpoints?.verifierKey), version: VERSION };
    return makeBundle({ dir: context.paths.databases, sessionId, mask: options.mask, gateway, checkpoints: store.checkpoints });
  });
  await writeFile(output, file, { mode: 0o600 });
  context.out.result({ ok: true, file: output, bytes: file.length, manifest }, () => [
    `${shortPath(output)} holds the session, ${file.length} bytes.`,
    ...describe(manifest),
  ]);
}

/** Verifies a bundle, and makes a state directory of it. */
export async function importBundle(context: Context, options: ImportOptions, file: string): Promise<undefined> {
  if (options.verify === undefined && options.into === undefined) {
    throw new GatewayError('USAGE', { message: 'Say where to: --into <dir>; or --verify to verify the file alone.' });
  }
  const [{ verifyBundle }, { LIMITS }] = await Promise.all([
    import('@openclaw-gateway/db/bundle/verify'),
    import('@openclaw-gateway/db/bundle/format'),
  ]);
  const bundle = verifyBundle(await readBounded(resolve(file), LIMITS.packedBytes), options.pubkey);
  const into = options.verify || options.into === undefined ? undefined : resolve(options.into);
  if (into !== undefined) await makeState(bundle, into);
  const { manifest, proof } = bundle;
  context.out.result({ ok: true, manifest, proof, ...(into !== undefined && { dir: into }) }, () => [
    'The bundle is intact.',
    ...describe(manifest),
    ...describeProof(bundle),
    ...(into === undefined ? [] : ['', `Look at it with OPENCLAW_STATE_DIR=${into} openclaw sessions show ${manifest.session.sessionId}`]),
  ]);
}

/** Only into a directory that is new or empty: what is in use must not get a stranger's events. */
async function makeState(bundle: VerifiedBundle, dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  if ((await readdir(dir)).length > 0) {
    throw new GatewayError('USAGE', { message: `${dir} is not empty: a bundle is imported into a directory of its own.` });
  }
  const { importBundle: importInto } = await import('@openclaw-gateway/db/bundle/import');
  await writeFile(join(dir, 'bundle.json'), `${JSON.stringify(bundle.manifest, null, 2)}\n`, { mode: 0o600 });
  await importInto(bundle, join(dir, 'state'));
}

async function readBounded(path: string, maxBytes: number): Promise<Buffer> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw new GatewayError('USAGE', { message: `There is no file ${path}.` });
  if (found.size > maxBytes)
    throw new GatewayError('BUNDLE_INVALID', { message: `${path} has ${found.size} bytes; a bundle has at most ${maxBytes}.` });
  return readFile(path);
}

function describe({ session, gateway, count, positions, times, masking, omissions }: BundleManifest): string[] {
  return [
    ...pairs([
      ['Session', session.sessionId],
      ['Gateway', `${gateway.id}, version ${gateway.version}`],
      ['Events', `${count}, positions ${positions.first} to ${positions.last}`],
      ['From', new Date(times.first).toISOString()],
      ['To', new Date(times.last).toISOString()],
      ['Masked', masking.profile === 'none' ? 'nothing' : `${masking.profile}, ${masking.people} names`],
    ]),
    ...omissions.map((omission) => `  ${omission}`),
  ];
}

function describeProof({ manifest, proof }: VerifiedBundle): string[] {
  const { checkpoint } = manifest;
  const key = {
    trusted: 'the key that you trust',
    unknown: 'a key that nobody vouched for: compare it with one you know',
    none: '',
  } as const;
  return [
    ...pairs([
      ['Bodies', `${proof.bodies} of ${manifest.count} have the hash that their chain covers`],
      [
        'In the log',
        checkpoint
          ? `${proof.included} of ${manifest.count} are proven to be in a log of ${checkpoint.size}`
          : 'not proven, there was no checkpoint',
      ],
      ...(checkpoint
        ? ([
            ['Signed by', key[proof.key]],
            ['Key', checkpoint.verifierKey],
          ] as const)
        : []),
    ]),
  ];
}

/** The log's name in its checkpoints is `openclaw/<gateway id>`. */
function gatewayOf(verifierKey: string | undefined): string {
  return /^openclaw\/([^+]+)\+/.exec(verifierKey ?? '')?.[1] ?? 'unknown';
}
