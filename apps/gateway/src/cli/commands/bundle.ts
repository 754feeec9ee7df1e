import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { BundleManifest, VerifiedBundle } from '@openclaw-gateway/db';
import type { BundleInspection } from '@openclaw-gateway/db/bundle/inspect';
import { GatewayError } from '@openclaw-gateway/events';
import { sessionIdOf } from '../../history/session-at.ts';
import type { Context } from '../context.ts';
import { paint, pairs, plain, shortPath } from '../output.ts';
import { withStore } from '../stopped-store.ts';
import { VERSION } from '../version.ts';

type ExportOptions = { readonly session: string; readonly output: string; readonly mask: 'none' | 'default' | 'strict' };
type ImportOptions = { readonly into?: string; readonly verify?: true; readonly inspect?: true; readonly pubkey?: readonly string[] };

const EXIT_BROKEN = 1;

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
export async function importBundle(context: Context, options: ImportOptions, file: string): Promise<number | undefined> {
  if (options.inspect) return inspectBundle(context, file);
  if (options.verify === undefined && options.into === undefined) {
    throw new GatewayError('USAGE', {
      message: 'Say where to: --into <dir>; --verify to verify the file alone, or --inspect to look at one that is broken.',
    });
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

/** Says what is wrong with a bundle and shows what can be read of it; nothing is repaired. Exit code 1 when something is wrong. */
async function inspectBundle(context: Context, file: string): Promise<number> {
  const [{ inspectBundle: inspect }, { LIMITS }] = await Promise.all([
    import('@openclaw-gateway/db/bundle/inspect'),
    import('@openclaw-gateway/db/bundle/format'),
  ]);
  const inspection = inspect(await readBounded(resolve(file), LIMITS.packedBytes), { limit: LIMITS.events });
  context.out.result(inspection, () => describeInspection(inspection));
  return inspection.findingsCount > 0 ? EXIT_BROKEN : 0;
}

function describeInspection({ findings, findingsCount, lines, readable, events }: BundleInspection): string[] {
  const told = findings.flatMap(({ where, position, problem, expected, found }) => [
    `${paint('red', where)}${position === undefined ? '' : `, position ${position}`}: ${plain(problem)}`,
    ...(expected === undefined ? [] : [`  expected  ${plain(expected)}`]),
    ...(found === undefined ? [] : [`  found     ${plain(found)}`]),
  ]);
  return [
    ...(findingsCount === 0 ? ['Nothing is wrong with the bundle.'] : told),
    ...(findingsCount > findings.length ? [paint('dim', `(${findingsCount - findings.length} more findings)`)] : []),
    '',
    `${readable} of ${lines} lines are events; they are shown as they are, and cannot be replayed while something is wrong.`,
    ...events.map(({ line, position, type, summary, content, findings: wrong }) => {
      const mark = wrong > 0 ? paint('red', '!') : ' ';
      const what = type === undefined ? plain(content.slice(0, 120)) : `${position}  ${type}  ${plain(summary ?? '')}`;
      return `${mark} ${line}  ${what}`;
    }),
  ];
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
