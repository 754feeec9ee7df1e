/** Reads and checks a bundle. Whoever made it may wish harm: everything is bounded, and nothing of it is a path or code. Pure. */
import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { eventDefinition, upcast } from '@openclaw-gateway/events/catalog/index';
import { GatewayError } from '@openclaw-gateway/events/errors';
import { idToBytes, isId } from '@openclaw-gateway/events/ids';
import type { z } from 'zod';
import { CHAIN_START, chainHash, leafHash, SALT_BYTES } from '../chain.ts';
import { verifyInclusion } from '../integrity/merkle.ts';
import { parseCheckpoint, parseVerifierKey, verifyNote } from '../integrity/note.ts';
import { splitPersonal } from '../sealing/split.ts';
import { type BundleLine, type BundleManifest, bundleLine, bundleManifest, bundleProofs, FILES, LIMITS } from './format.ts';
import { invalid, readTar } from './tar.ts';

/** What is known of a bundle that passed. */
export type VerifiedBundle = {
  readonly manifest: BundleManifest;
  readonly lines: readonly BundleLine[];
  readonly proof: {
    /** Events whose stored bytes are here and have the hash that the chain covers. */
    readonly bodies: number;
    /** Events that are proven to be in the log that the checkpoint signs. */
    readonly included: number;
    /** Whether the key is one that the caller trusts; `unknown` when none was given. */
    readonly key: 'trusted' | 'unknown' | 'none';
  };
};

/**
 * Checks a bundle from its first byte to its last. Throws BUNDLE_INVALID with what is wrong and where, and LOG_TOO_NEW when a
 * newer program made it. With `trustedKeys` the checkpoint must be signed with one of these verifier keys.
 */
export function verifyBundle(packed: Buffer, trustedKeys: readonly string[] = []): VerifiedBundle {
  const files = unpack(packed);
  checkSums(files);
  const manifest = parseJson(bundleManifest, textOf(files, 'manifest.json'), 'manifest.json');
  const lines = readLines(textOf(files, 'events.jsonl'));
  checkManifest(manifest, lines);
  const bodies = checkChain(manifest, lines);
  const { included, key } = checkCheckpoint(manifest, lines, files, trustedKeys);
  return { manifest, lines, proof: { bodies, included, key } };
}

type Files = ReadonlyMap<string, Buffer>;

function unpack(packed: Buffer): Files {
  if (packed.length > LIMITS.packedBytes) throw invalid(`The file has ${packed.length} bytes; a bundle has at most ${LIMITS.packedBytes}.`);
  let archive: Buffer;
  try {
    archive = gunzipSync(packed, { maxOutputLength: LIMITS.unpackedBytes });
  } catch (error) {
    const isBomb = (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE';
    throw invalid(isBomb ? `Unpacked, the file has more than ${LIMITS.unpackedBytes} bytes.` : 'The file is not gzip, or it is damaged.');
  }
  return readTar(archive, FILES);
}

function checkSums(files: Files): void {
  const sums = textOf(files, 'SHA256SUMS');
  const named = new Set<string>();
  for (const line of sums.split('\n').slice(0, -1)) {
    const [, sum = '', name = ''] = /^([0-9a-f]{64}) {2}(\S+)$/.exec(line) ?? [];
    const content = files.get(name);
    if (!content || named.has(name)) throw invalid(`SHA256SUMS names ${JSON.stringify(name)}, which is not there.`);
    if (hash('sha256', content) !== sum) throw invalid(`${name} was changed: its hash is not the one in SHA256SUMS.`, { file: name });
    named.add(name);
  }
  for (const name of files.keys())
    if (name !== 'SHA256SUMS' && !named.has(name)) throw invalid(`SHA256SUMS does not name ${name}.`, { file: name });
}

function readLines(text: string): BundleLine[] {
  const rows = text.split('\n');
  if (rows.pop() !== '') throw invalid('events.jsonl does not end with its last line.');
  if (rows.length > LIMITS.events) throw invalid(`events.jsonl has ${rows.length} events; a bundle has at most ${LIMITS.events}.`);
  return rows.map((row, index) => {
    const where = `events.jsonl, line ${index + 1}`;
    if (Buffer.byteLength(row) > LIMITS.lineBytes) throw invalid(`${where}: the event is larger than ${LIMITS.lineBytes} bytes.`);
    const line = parseJson(bundleLine, row, where);
    checkEvent(line, where);
    return line;
  });
}

/** That the event is one that this program knows, and that its data fits. */
function checkEvent(line: BundleLine, where: string): void {
  const definition = eventDefinition(line.type);
  if (!definition || line.dataVersion > definition.version || line.stored.schemaVersion > line.dataVersion) {
    throw new GatewayError('LOG_TOO_NEW', {
      details: { type: line.type, schemaVersion: line.dataVersion, known: definition?.version ?? 0 },
    });
  }
  if (!isId('event', line.id)) throw invalid(`${where}: ${JSON.stringify(line.id)} is no event id.`);
  if (line.erased) return;
  const fits = definition.schema.safeParse(upcast(line.type, line.dataVersion, line.data));
  if (!fits.success) {
    const [issue] = fits.error.issues;
    throw invalid(`${where}: the data of ${line.type} does not fit its schema at ${issue?.path.join('.') || 'its top'}.`, {
      position: line.position,
    });
  }
}

function checkManifest(manifest: BundleManifest, lines: readonly BundleLine[]): void {
  const stream = `session/${manifest.session.sessionId}`;
  if (!isId('session', manifest.session.sessionId)) throw invalid('manifest.json: the session id is none.');
  const session = lines.filter((line) => line.streamId === stream);
  const [first, last] = [lines[0], lines.at(-1)];
  const isRight =
    lines.length === manifest.count &&
    session.length === manifest.session.events &&
    first?.position === manifest.positions.first &&
    last?.position === manifest.positions.last &&
    first.stored.hash === manifest.chain.first &&
    last.stored.hash === manifest.chain.last;
  if (!isRight) throw invalid('manifest.json does not describe the events that are there.');
  for (const line of lines) {
    if (line.streamId !== stream && line.streamId !== 'config')
      throw invalid(`The event at position ${line.position} is of another stream.`);
  }
  const gap = session.findIndex((line, index) => line.version !== index + 1);
  if (gap !== -1) throw invalid(`The session lacks its event number ${gap + 1}.`, { version: gap + 1 });
}

/** Every event's hash is that of its fields, and neighbours are chained. Returns how many bodies were checked, too. */
function checkChain(manifest: BundleManifest, lines: readonly BundleLine[]): number {
  let bodies = 0;
  let previous: BundleLine | undefined;
  for (const line of lines) {
    const { position, stored } = line;
    const broken = (what: string) => invalid(`The event at position ${position} was changed: ${what}.`, { position });
    if (previous && position <= previous.position) throw invalid(`The event at position ${position} is out of order.`, { position });
    if (previous && line.time < previous.time) throw broken('its time lies before the one in front of it');
    if (previous?.position === position - 1 && stored.previousHash !== previous.stored.hash)
      throw broken('it does not follow the one in front of it');
    if (position === 1 && stored.previousHash !== CHAIN_START.toString('hex')) throw broken('the chain begins otherwise');
    const fields = {
      position,
      streamId: line.streamId,
      version: line.version,
      type: line.type,
      schemaVersion: stored.schemaVersion,
      time: line.time,
      eventId: idToBytes('event', line.id),
      dataHash: Buffer.from(stored.dataHash, 'hex'),
      metadata: stored.metadata,
    };
    if (chainHash(Buffer.from(stored.previousHash, 'hex'), fields).toString('hex') !== stored.hash) throw broken('its hash is another');
    if (!isDeepStrictEqual(jsonOf(stored.metadata), line.metadata)) throw broken('its metadata is not what its hash covers');
    if (stored.data !== undefined) {
      checkBody(line, broken);
      bodies += 1;
    } else if (manifest.masking.profile === 'none' && stored.sealed !== undefined) throw broken('a part of its body is missing');
    previous = line;
  }
  return bodies;
}

/** What is shown of an event is what is stored; of a sealed one, everything but the personal part can be compared. */
export function checkBody(line: BundleLine, broken: (what: string) => GatewayError): void {
  const { stored, type, data, dataVersion } = line;
  const body = Buffer.from(stored.data ?? '', 'base64');
  const sealed = stored.sealed === undefined ? undefined : Buffer.from(stored.sealed, 'base64');
  if (leafHash(body, sealed).toString('hex') !== stored.dataHash) throw broken('its data has another hash');
  const open = upcast(type, stored.schemaVersion, jsonOf(body.subarray(SALT_BYTES).toString('utf8')));
  if (line.erased || dataVersion !== eventDefinition(type)?.version) return;
  const shown = sealed ? (splitPersonal(type, data)?.open ?? data) : data;
  if (!isDeepStrictEqual(open, shown)) throw broken('its data is not what its hash covers');
}

function checkCheckpoint(
  { checkpoint }: BundleManifest,
  lines: readonly BundleLine[],
  files: Files,
  trustedKeys: readonly string[],
): Pick<VerifiedBundle['proof'], 'included' | 'key'> {
  if (!checkpoint) {
    if (files.has('checkpoint.txt') || files.has('proofs.json')) throw invalid('There is a checkpoint that manifest.json does not name.');
    if (trustedKeys.length > 0) throw invalid('The bundle has no checkpoint, so that no key can vouch for it.');
    return { included: 0, key: 'none' };
  }
  const note = parseCheckpoint(textOf(files, 'checkpoint.txt'));
  const key = parseVerifierKey(checkpoint.verifierKey);
  if (!note || !key || note.size !== checkpoint.size || note.root !== checkpoint.root)
    throw invalid('checkpoint.txt is not the checkpoint that manifest.json names.');
  if (verifyNote(note, key) !== 'good') throw invalid('checkpoint.txt is not signed by the key that manifest.json names.');
  if (trustedKeys.length > 0 && !trustedKeys.some((trusted) => trusted.trim() === checkpoint.verifierKey))
    throw invalid('checkpoint.txt is signed by another key than those that are trusted.');
  const proofs = parseJson(bundleProofs, textOf(files, 'proofs.json'), 'proofs.json');
  let included = 0;
  for (const { position, stored } of lines) {
    if (position > note.size) continue;
    const path = proofs.paths[String(position)];
    const isIncluded = path && verifyInclusion({ leaf: stored.hash, index: position - 1, size: note.size, path, root: note.root });
    if (!isIncluded) throw invalid(`The event at position ${position} is not in the log that the checkpoint signs.`, { position });
    included += 1;
  }
  return { included, key: trustedKeys.length === 0 ? 'unknown' : 'trusted' };
}

function parseJson<S extends z.ZodType>(schema: S, text: string, where: string): z.output<S> {
  const parsed = schema.safeParse(jsonOf(text, where));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(`${where}: ${issue?.path.join('.') || 'the document'} is not what it must be (${issue?.message}).`, { where });
}

function jsonOf(text: string, where = 'events.jsonl'): unknown {
  // Such a key can change what every object of a program inherits.
  if (text.includes('"__proto__"')) throw invalid(`${where} has a key __proto__.`);
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(`${where} is not JSON.`);
  }
}

function textOf(files: Files, name: string): string {
  const content = files.get(name);
  if (!content) throw invalid(`The bundle has no ${name}.`, { file: name });
  return content.toString('utf8');
}
