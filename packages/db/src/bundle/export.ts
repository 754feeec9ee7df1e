/** Writes a bundle of one session. Reads only; synchronous: for a process or thread that does nothing else. */
import { hash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { eventDefinition } from '@openclaw-gateway/events/catalog/index';
import type { StoredEvent } from '@openclaw-gateway/events/envelope';
import { GatewayError } from '@openclaw-gateway/events/errors';
import { CHAIN_START } from '../chain.ts';
import type { CheckpointReads } from '../integrity/checkpoints.ts';
import { openReadOnly } from '../sqlite/connection.ts';
import { EVENTS_FILE, stateFiles } from '../sqlite/files.ts';
import { LogReader } from '../sqlite/reads.ts';
import { BUNDLE_FORMAT, BUNDLE_VERSION, type BundleLine, type BundleManifest, type BundleProofs, LIMITS, type Mask } from './format.ts';
import { createMasker } from './mask.ts';
import { readme } from './readme.ts';
import { type TarFile, writeTar } from './tar.ts';

export type ExportBundleOptions = {
  readonly dir: string;
  readonly sessionId: string;
  readonly mask: Mask;
  readonly gateway: { readonly id: string; readonly version: string };
  /** For the proofs; without them a bundle shows only that it is whole, not where it comes from. */
  readonly checkpoints?: CheckpointReads | undefined;
  readonly nowMs?: number;
};

export type ExportedBundle = { readonly file: Buffer; readonly manifest: BundleManifest };

const PAGE = 1000;

/**
 * One session as a bundle. Throws SESSION_NOT_FOUND, RECORDING_INCOMPLETE when data is archived out of reach, BODY_TOO_LARGE
 * when it is more than a bundle may hold.
 */
export async function exportBundle(options: ExportBundleOptions): Promise<ExportedBundle> {
  const nowMs = options.nowMs ?? Date.now();
  const events = readEvents(options.dir, options.sessionId);
  const masker = createMasker(
    options.mask,
    events.map(({ event }) => event),
  );
  const lines = events.map(({ event, row }) => toLine(event, row, masker.mask(event), options.mask));
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  checkSize(lines.length, text.length);
  const proven = await prove(lines, options.checkpoints);
  const manifest = manifestOf(options, lines, masker.people, proven?.manifest, nowMs);
  const files: TarFile[] = [
    file('README.md', readme(manifest)),
    file('manifest.json', `${JSON.stringify(manifest, null, 2)}\n`),
    file('events.jsonl', text),
    ...(proven ? [file('checkpoint.txt', proven.note), file('proofs.json', `${JSON.stringify(proven.proofs)}\n`)] : []),
  ];
  const sums = files.map(({ name, content }) => `${hash('sha256', content)}  ${name}\n`).join('');
  const packed = gzipSync(writeTar([...files, file('SHA256SUMS', sums)], nowMs));
  if (packed.length > LIMITS.packedBytes) throw tooLarge();
  return { file: packed, manifest };
}

type Row = {
  readonly position: number;
  readonly schemaVersion: number;
  readonly metadata: string;
  readonly dataHash: Buffer;
  readonly hash: Buffer;
  readonly previousHash: Buffer | null;
  readonly data: Buffer | null;
  readonly sealed: Buffer | null;
};
type Found = { readonly event: StoredEvent; readonly row: Row };

/** The session's events and the configurations that were in force during them, in the order of the log. */
function readEvents(dir: string, sessionId: string): Found[] {
  const db = openReadOnly(stateFiles(dir).events, EVENTS_FILE);
  const log = new LogReader(db);
  try {
    const session = [...stream(log, `session/${sessionId}`)];
    const [first, last] = [session[0], session.at(-1)];
    if (!first || !last) throw new GatewayError('SESSION_NOT_FOUND', { message: `No session has the id ${sessionId}.` });
    const configs = [...stream(log, 'config')].filter((event) => event.position <= last.position);
    const before = configs.findLastIndex((event) => event.position <= first.position);
    const inForce = configs.slice(Math.max(0, before)).filter((event) => /^config\.(changed|rolled_back)$/.test(event.type));
    const row = db.prepare<[number], Row>(
      `SELECT e.position, e.schema_version AS schemaVersion, e.metadata, e.data_hash AS dataHash, e.hash, p.hash AS previousHash, e.data, e.sealed
       FROM events e LEFT JOIN events p ON p.position = e.position - 1 WHERE e.position = ?`,
    );
    const events = [...inForce, ...session].sort((a, b) => a.position - b.position);
    if (events.length > LIMITS.events) throw tooLarge();
    return events.map((event) => ({ event, row: row.get(event.position) as Row }));
  } finally {
    log.close();
    db.close();
  }
}

function* stream(log: LogReader, streamId: string): Generator<StoredEvent> {
  let afterVersion = 0;
  for (;;) {
    const page = log.readStream(streamId, { afterVersion, limit: PAGE });
    yield* page;
    if (page.length < PAGE) return;
    afterVersion = page.at(-1)?.version ?? afterVersion;
  }
}

function toLine(event: StoredEvent, row: Row, data: unknown, mask: Mask): BundleLine {
  if ((event.data as { erased?: unknown } | null)?.erased === true) {
    const message = `The data of the event at position ${event.position} is no longer kept, so that the session cannot be bundled.`;
    throw new GatewayError('RECORDING_INCOMPLETE', { message, details: { position: event.position } });
  }
  const { position, time, streamId, version, type, id, metadata } = event;
  // What is stored shows what is masked; only where nothing had to be masked it can stay as proof.
  const isShown = row.data !== null && (mask === 'none' || (row.sealed === null && JSON.stringify(data) === JSON.stringify(event.data)));
  return {
    position,
    time,
    streamId,
    version,
    type,
    id,
    metadata: metadata as Record<string, unknown>,
    dataVersion: eventDefinition(type)?.version ?? row.schemaVersion,
    data,
    ...(event.erased === true && { erased: true as const }),
    stored: {
      schemaVersion: row.schemaVersion,
      metadata: row.metadata,
      dataHash: row.dataHash.toString('hex'),
      previousHash: (row.previousHash ?? CHAIN_START).toString('hex'),
      hash: row.hash.toString('hex'),
      ...(isShown && row.data && { data: row.data.toString('base64') }),
      ...(isShown && row.sealed && { sealed: row.sealed.toString('base64') }),
    },
  };
}

type Proven = {
  readonly note: string;
  readonly proofs: BundleProofs;
  readonly manifest: NonNullable<BundleManifest['checkpoint']>;
};

async function prove(lines: readonly BundleLine[], checkpoints: CheckpointReads | undefined): Promise<Proven | undefined> {
  const last = lines.at(-1)?.position ?? 0;
  const checkpoint = (await checkpoints?.covering(last)) ?? (await checkpoints?.latest());
  if (!checkpoints || !checkpoint) return undefined;
  const covered = lines.filter((line) => line.position <= checkpoint.size);
  const paths: Record<string, string[]> = {};
  for (const { position } of covered) {
    const proof = await checkpoints.prove(position, checkpoint.size);
    if (proof) paths[position] = [...proof.path];
  }
  const { size, root } = checkpoint;
  return {
    note: checkpoint.note,
    proofs: { size, paths },
    manifest: { size, root, verifierKey: checkpoints.verifierKey, covered: covered.length },
  };
}

function manifestOf(
  { sessionId, mask, gateway }: ExportBundleOptions,
  lines: readonly BundleLine[],
  people: number,
  checkpoint: BundleManifest['checkpoint'],
  nowMs: number,
): BundleManifest {
  const [first, last] = [lines[0], lines.at(-1)];
  if (!first || !last) throw new GatewayError('SESSION_NOT_FOUND');
  const erased = lines.filter((line) => line.erased).length;
  return {
    format: BUNDLE_FORMAT,
    formatVersion: BUNDLE_VERSION,
    createdAt: new Date(nowMs).toISOString(),
    gateway,
    session: { sessionId, events: lines.filter((line) => line.streamId === `session/${sessionId}`).length },
    positions: { first: first.position, last: last.position },
    times: { first: first.time, last: last.time },
    count: lines.length,
    chain: { first: first.stored.hash, last: last.stored.hash },
    ...(checkpoint && { checkpoint }),
    masking: { profile: mask, people },
    schemaVersions: Object.fromEntries(lines.map((line) => [line.type, line.dataVersion])),
    omissions: [
      ...(erased > 0 ? [`${erased} events are about someone whose data was erased.`] : []),
      ...(checkpoint ? [] : ['There was no checkpoint, so that the bundle does not prove which log it is from.']),
    ],
  };
}

function checkSize(events: number, characters: number): void {
  if (events > LIMITS.events || characters > LIMITS.unpackedBytes / 2) throw tooLarge();
}

function tooLarge(): GatewayError {
  return new GatewayError('BODY_TOO_LARGE', { message: 'The session is larger than a bundle may be.', details: { ...LIMITS } });
}

const file = (name: string, text: string): TarFile => ({ name, content: Buffer.from(text) });
