/** Checks what was exported of a log, offline: a bundle of a session, or the folder of an audit export. */
import { createHash, hash, verify } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseCheckpoint, parseVerifierKey, verifyNote } from '@openclaw-gateway/db';
import { GatewayError } from '@openclaw-gateway/events';
import type { Manifest } from '../../export/manifest.ts';
import type { Context } from '../context.ts';
import { paint, pairs } from '../output.ts';

/** The exit code is 1 when something is not what was exported, with what it is. */
export async function verifyExported(context: Context, path: string, keys: readonly string[] = []): Promise<number> {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) throw new GatewayError('USAGE', { message: `There is no file or folder ${path}.` });
  try {
    const facts = stats.isDirectory() ? await checkFolder(path, keys) : await checkBundle(path, keys);
    context.out.result({ ok: true, ...Object.fromEntries(facts) }, () => [
      `${paint('green', '✓')} ${path} is what was exported.`,
      ...pairs(facts),
    ]);
    return 0;
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'BUNDLE_INVALID') throw error;
    context.out.result({ ok: false, problem: error.message }, () => [`${paint('red', '✗')} ${error.message}`]);
    return 1;
  }
}

type Facts = [string, string][];

async function checkBundle(path: string, keys: readonly string[]): Promise<Facts> {
  const { verifyBundle } = await import('@openclaw-gateway/db/bundle/verify');
  const { manifest, proof } = verifyBundle(await readFile(path), keys);
  return [
    ['events', String(manifest.count)],
    ['inLog', `${proof.included} are proven to be in the log of ${manifest.checkpoint?.size ?? 0} events`],
    ['whole', `${proof.bodies} are here as they were stored`],
    ['key', proof.key === 'trusted' ? 'the one you gave' : 'from the bundle itself: compare it, or give it with --pubkey'],
  ];
}

async function checkFolder(folder: string, keys: readonly string[]): Promise<Facts> {
  const text = await readFile(join(folder, 'manifest.json')).catch(() => {
    throw invalid('The folder has no manifest.json.');
  });
  const manifest = JSON.parse(text.toString()) as Manifest;
  for (const { name, sha256 } of manifest.files) {
    if (basename(name) !== name) throw invalid(`The manifest names a file outside the folder: ${name}.`);
    if ((await sha256Of(join(folder, name))) !== sha256) throw invalid(`${name} is not the file that was exported.`);
  }
  const named = manifest.signature?.verifierKey;
  const key = parseVerifierKey(keys.find((each) => each === named) ?? keys[0] ?? named ?? '');
  if (!key) throw invalid('The export is not signed, or the key that was given is none.');
  const signature = await readFile(join(folder, 'manifest.sig')).catch(() => Buffer.alloc(0));
  if (!verify(null, text, key.publicKey, signature)) throw invalid(`The manifest is not signed by ${key.name} with key ${key.keyId}.`);
  if (manifest.checkpoint !== undefined) {
    const note = parseCheckpoint(manifest.checkpoint);
    if (!note || verifyNote(note, key) !== 'good') throw invalid('The checkpoint in the manifest is not signed by the same key.');
  }
  return [
    ['events', String(manifest.count)],
    ['files', manifest.files.map(({ name }) => name).join(', ')],
    ['manifest', hash('sha256', text)],
    ['signedBy', `${key.name} ${key.keyId}`],
    ['key', keys.length > 0 ? 'the one you gave' : 'from the export itself: compare it, or give it with --pubkey'],
  ];
}

async function sha256Of(path: string): Promise<string> {
  const sum = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) sum.update(chunk as Buffer);
  } catch {
    throw invalid(`${basename(path)} is missing.`);
  }
  return sum.digest('hex');
}

function invalid(message: string): GatewayError {
  return new GatewayError('BUNDLE_INVALID', { message });
}
