/**
 * Looks at a bundle that need not be whole: says everything that is wrong with it, where, what was expected and what is there, and
 * shows what can be read. Nothing is repaired, nothing is kept. Pure.
 */
import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { constants, gunzipSync } from 'node:zlib';
import { eventDefinition, summaryOf, upcast } from '@openclaw-gateway/events/catalog/index';
import { toGatewayError } from '@openclaw-gateway/events/errors';
import { idToBytes, isId } from '@openclaw-gateway/events/ids';
import { CHAIN_START, chainHash, leafHash, SALT_BYTES } from '../chain.ts';
import { type BundleLine, type BundleManifest, bundleLine, bundleManifest, FILES, LIMITS } from './format.ts';
import { invalid, readTarSoFar } from './tar.ts';
import { checkBody, verifyBundle } from './verify.ts';

export type BundleFinding = {
  /** A file of the bundle, a line of one, or the file itself. */
  readonly where: string;
  readonly problem: string;
  readonly expected?: string;
  readonly found?: string;
  /** The line of events.jsonl, from 1, and the position of its event, where it is about one. */
  readonly line?: number;
  readonly position?: number;
};

/** A line of events.jsonl as far as it can be read. */
export type InspectedEvent = {
  readonly line: number;
  readonly position?: number;
  readonly time?: number;
  readonly type?: string;
  readonly summary?: string;
  /** What the event holds, as JSON; of a line that is none, its text. Cut after 8,000 characters. */
  readonly content: string;
  /** How many of the findings are about it. */
  readonly findings: number;
};

export type BundleInspection = {
  /** The first 200, in the order of the bundle. */
  readonly findings: readonly BundleFinding[];
  readonly findingsCount: number;
  readonly files: readonly { readonly name: string; readonly sizeBytes: number; readonly sha256: string }[];
  readonly lines: number;
  /** Lines that are events. */
  readonly readable: number;
  readonly events: readonly InspectedEvent[];
  /** The last line of this page, where there are more. */
  readonly next?: number;
};

const MOST_FINDINGS = 200;
const CONTENT_CHARS = 8_000;
const FOUND_CHARS = 200;

type Report = (finding: BundleFinding) => void;

/** Looks at a page of lines after `after`, and at all of the bundle for what is wrong with it. Never throws for what the file holds. */
export function inspectBundle(
  packed: Buffer,
  { after = 0, limit = 100 }: { readonly after?: number; readonly limit?: number } = {},
): BundleInspection {
  const findings: BundleFinding[] = [];
  const byLine = new Map<number, number>();
  let findingsCount = 0;
  const report: Report = (finding) => {
    findingsCount += 1;
    if (findings.length < MOST_FINDINGS) findings.push(finding);
    if (finding.line !== undefined) byLine.set(finding.line, (byLine.get(finding.line) ?? 0) + 1);
  };
  const files = filesOf(packed, report);
  checkSums(files, report);
  const manifest = manifestOf(files, report);
  const rows = rowsOf(files, report);
  const lines = rows.map((row, index) => lineOf(row, index + 1, report));
  checkChain(lines, report);
  if (manifest) checkManifest(manifest, lines, report);
  // Whatever refuses the bundle is said, also where nothing above found it.
  if (findingsCount === 0) {
    try {
      verifyBundle(packed);
    } catch (thrown) {
      report({ where: 'bundle', problem: toGatewayError(thrown).message });
    }
  }
  const page = rows.slice(after, after + limit);
  return {
    findings,
    findingsCount,
    files: [...files].map(([name, content]) => ({ name, sizeBytes: content.length, sha256: hash('sha256', content) })),
    lines: rows.length,
    readable: lines.filter((line) => line !== undefined).length,
    events: page.map((row, index) => shown(row, after + index + 1, lines[after + index], byLine)),
    ...(after + limit < rows.length && { next: after + limit }),
  };
}

function filesOf(packed: Buffer, report: Report): ReadonlyMap<string, Buffer> {
  if (packed.length > LIMITS.packedBytes) {
    report({
      where: 'bundle',
      problem: 'It is too large.',
      expected: `${LIMITS.packedBytes} bytes at most`,
      found: `${packed.length} bytes`,
    });
    return new Map();
  }
  const archive = unpacked(packed, report);
  const { files, problem } = readTarSoFar(archive, FILES);
  if (problem !== undefined) report({ where: 'bundle', problem });
  const missing = FILES.filter((name) => !files.has(name) && name !== 'checkpoint.txt' && name !== 'proofs.json');
  for (const name of missing) report({ where: name, problem: 'It is missing.', expected: 'the file', found: [...files.keys()].join(', ') });
  return files;
}

/** As much as can be unpacked. */
function unpacked(packed: Buffer, report: Report): Buffer {
  try {
    return gunzipSync(packed, { maxOutputLength: LIMITS.unpackedBytes });
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') {
      report({ where: 'bundle', problem: 'Unpacked it is too large.', expected: `${LIMITS.unpackedBytes} bytes at most` });
      return Buffer.alloc(0);
    }
  }
  report({
    where: 'bundle',
    problem: 'It is not gzip to its end.',
    expected: 'a whole gzip file',
    found: `${packed.length} bytes of one that is cut or damaged`,
  });
  try {
    return gunzipSync(packed, { maxOutputLength: LIMITS.unpackedBytes, finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return Buffer.alloc(0);
  }
}

function checkSums(files: ReadonlyMap<string, Buffer>, report: Report): void {
  const sums = files.get('SHA256SUMS')?.toString('utf8');
  if (sums === undefined) return;
  const named = new Map<string, string>();
  for (const [index, line] of sums.split('\n').slice(0, -1).entries()) {
    const [, sum, name] = /^([0-9a-f]{64}) {2}(\S+)$/.exec(line) ?? [];
    if (sum === undefined || name === undefined || named.has(name)) {
      const expected = 'a hash and a name, each name once';
      report({ where: `SHA256SUMS, line ${index + 1}`, problem: 'It names no file.', expected, found: line.slice(0, FOUND_CHARS) });
    } else named.set(name, sum);
  }
  for (const [name, expected] of named) {
    const content = files.get(name);
    if (!content) report({ where: name, problem: 'SHA256SUMS names it, and it is not there.' });
    else if (hash('sha256', content) !== expected)
      report({ where: name, problem: 'It was changed: its hash is another.', expected, found: hash('sha256', content) });
  }
  for (const name of files.keys())
    if (name !== 'SHA256SUMS' && !named.has(name)) report({ where: name, problem: 'SHA256SUMS does not name it.' });
}

function manifestOf(files: ReadonlyMap<string, Buffer>, report: Report): BundleManifest | undefined {
  const text = files.get('manifest.json')?.toString('utf8');
  const document = text === undefined ? undefined : json(text, { where: 'manifest.json' }, report);
  if (document === undefined) return undefined;
  const { data, error } = bundleManifest.safeParse(document);
  for (const { path, message } of error?.issues ?? [])
    report({ where: 'manifest.json', problem: `${path.join('.') || 'The document'} is not what it must be.`, expected: message });
  return data;
}

function rowsOf(files: ReadonlyMap<string, Buffer>, report: Report): readonly string[] {
  const text = files.get('events.jsonl')?.toString('utf8') ?? '';
  const rows = text.split('\n');
  if (rows.at(-1) === '') rows.pop();
  else
    report({ where: 'events.jsonl', problem: 'It breaks off.', expected: 'a line end after its last line', found: `…${text.slice(-40)}` });
  if (rows.length > LIMITS.events)
    report({ where: 'events.jsonl', problem: 'It has too many events.', expected: `${LIMITS.events} at most`, found: String(rows.length) });
  return rows.slice(0, LIMITS.events);
}

/** A line of events.jsonl as an event; none where it cannot be read. */
function lineOf(row: string, line: number, report: Report): BundleLine | undefined {
  const where = `events.jsonl, line ${line}`;
  if (Buffer.byteLength(row) > LIMITS.lineBytes) {
    report({ where, line, problem: 'The event is too large.', expected: `${LIMITS.lineBytes} bytes at most` });
    return undefined;
  }
  const value = json(row, { where, line }, report);
  if (value === undefined) return undefined;
  const { data, error } = bundleLine.safeParse(value);
  const [issue] = error?.issues ?? [];
  if (!data) {
    report({ where, line, problem: `${issue?.path.join('.') || 'The line'} is not what it must be.`, expected: issue?.message ?? '' });
    return undefined;
  }
  checkEvent(data, { where, line, position: data.position }, report);
  return data;
}

type Place = Pick<BundleFinding, 'where' | 'line' | 'position'>;

function checkEvent({ type, id, dataVersion, data, erased, stored }: BundleLine, place: Place, report: Report): void {
  const definition = eventDefinition(type);
  if (!definition || dataVersion > definition.version || stored.schemaVersion > dataVersion) {
    const expected = definition ? `version ${definition.version} at most` : 'a type of event that this program knows';
    report({ ...place, problem: `The event is of no kind that is known here.`, expected, found: `${type} of version ${dataVersion}` });
    return;
  }
  if (!isId('event', id)) report({ ...place, problem: 'Its id is none.', expected: 'evt_ and 26 characters', found: id });
  if (erased) return;
  try {
    const { error } = definition.schema.safeParse(upcast(type, dataVersion, data));
    const [issue] = error?.issues ?? [];
    if (issue)
      report({ ...place, problem: `Its data does not fit ${type} at ${issue.path.join('.') || 'its top'}.`, expected: issue.message });
  } catch (thrown) {
    report({ ...place, problem: `Its data cannot be read as ${type}: ${toGatewayError(thrown).message}` });
  }
}

/** Each event's hash is that of its fields and its body, and neighbours follow one another. */
function checkChain(lines: readonly (BundleLine | undefined)[], report: Report): void {
  let previous: BundleLine | undefined;
  for (const [index, line] of lines.entries()) {
    if (!line) {
      previous = undefined;
      continue;
    }
    const { position, stored } = line;
    const place = { where: `events.jsonl, line ${index + 1}`, line: index + 1, position };
    const follows = previous?.position === position - 1 ? previous.stored.hash : position === 1 ? CHAIN_START.toString('hex') : undefined;
    if (previous && position <= previous.position)
      report({ ...place, problem: 'It is out of order.', expected: `a position above ${previous.position}`, found: String(position) });
    if (previous && line.time < previous.time)
      report({
        ...place,
        problem: 'Its time lies before the one in front of it.',
        expected: timeOf(previous.time),
        found: timeOf(line.time),
      });
    if (follows !== undefined && follows !== stored.previousHash)
      report({
        ...place,
        problem: 'The chain is broken: it does not follow the one in front of it.',
        expected: follows,
        found: stored.previousHash,
      });
    checkHashes(line, place, report);
    previous = line;
  }
}

function checkHashes(line: BundleLine, place: Place, report: Report): void {
  const { position, streamId, version, type, time, stored } = line;
  const own = isId('event', line.id)
    ? chainHash(Buffer.from(stored.previousHash, 'hex'), {
        position,
        streamId,
        version,
        type,
        schemaVersion: stored.schemaVersion,
        time,
        eventId: idToBytes('event', line.id),
        dataHash: Buffer.from(stored.dataHash, 'hex'),
        metadata: stored.metadata,
      }).toString('hex')
    : undefined;
  if (own !== undefined && own !== stored.hash)
    report({ ...place, problem: 'It was changed: its hash is not that of what it says.', expected: own, found: stored.hash });
  if (!isDeepStrictEqual(parsed(stored.metadata), line.metadata))
    report({
      ...place,
      problem: 'Its metadata is not what its hash covers.',
      expected: stored.metadata,
      found: JSON.stringify(line.metadata),
    });
  if (stored.data === undefined) return;
  const sealed = stored.sealed === undefined ? undefined : Buffer.from(stored.sealed, 'base64');
  const body = leafHash(Buffer.from(stored.data, 'base64'), sealed).toString('hex');
  if (body !== stored.dataHash) {
    report({ ...place, problem: 'Its stored body was changed.', expected: stored.dataHash, found: body });
    return;
  }
  try {
    checkBody(line, (what) => invalid(what));
  } catch (thrown) {
    const found = cut(JSON.stringify(line.data) ?? '').slice(0, FOUND_CHARS);
    const expected = Buffer.from(stored.data, 'base64').subarray(SALT_BYTES).toString('utf8').slice(0, FOUND_CHARS);
    report({ ...place, problem: `It was changed: ${toGatewayError(thrown).message}.`, expected, found });
  }
}

function checkManifest(manifest: BundleManifest, lines: readonly (BundleLine | undefined)[], report: Report): void {
  const { session, count, positions, chain } = manifest;
  const events = lines.filter((line) => line !== undefined);
  const stream = `session/${session.sessionId}`;
  const own = events.filter(({ streamId }) => streamId === stream);
  const [first, last] = [events[0], events.at(-1)];
  const claims: readonly (readonly [string, unknown, unknown])[] = [
    ['count', count, lines.length],
    ['session.events', session.events, own.length],
    ['positions.first', positions.first, first?.position],
    ['positions.last', positions.last, last?.position],
    ['chain.first', chain.first, first?.stored.hash],
    ['chain.last', chain.last, last?.stored.hash],
  ];
  for (const [name, said, is] of claims) {
    if (said !== is)
      report({
        where: 'manifest.json',
        problem: `${name} does not describe the events that are there.`,
        expected: String(said),
        found: String(is ?? 'none'),
      });
  }
  const gap = own.findIndex((line, index) => line.version !== index + 1);
  const after = own[gap];
  if (after)
    report({
      where: `events.jsonl, line ${lines.indexOf(after) + 1}`,
      line: lines.indexOf(after) + 1,
      position: after.position,
      problem: 'The session lacks an event in front of it.',
      expected: `number ${gap + 1} of the session`,
      found: `number ${after.version}`,
    });
}

function shown(row: string, line: number, event: BundleLine | undefined, byLine: ReadonlyMap<number, number>): InspectedEvent {
  const findings = byLine.get(line) ?? 0;
  if (!event) return { line, content: cut(row), findings };
  const { position, time, type, data, dataVersion } = event;
  return { line, position, time, type, summary: summaryIn(type, dataVersion, data), content: cut(JSON.stringify(data) ?? ''), findings };
}

/** Its data may be anything. */
function summaryIn(type: string, schemaVersion: number, data: unknown): string {
  try {
    return summaryOf({ type, schemaVersion, data }).slice(0, FOUND_CHARS);
  } catch {
    return '';
  }
}

function json(text: string, place: Place, report: Report): unknown {
  // Such a key can change what every object of a program inherits.
  if (text.includes('"__proto__"')) {
    report({ ...place, problem: 'It has a key __proto__.' });
    return undefined;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    report({
      ...place,
      problem: 'It is not JSON.',
      expected: 'a JSON object',
      found: `${text.slice(0, 80)} (${(error as Error).message})`.slice(0, FOUND_CHARS),
    });
    return undefined;
  }
}

/** Nothing where it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const timeOf = (time: number): string => (Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : String(time));

function cut(text: string): string {
  return text.length <= CONTENT_CHARS ? text : `${text.slice(0, CONTENT_CHARS)}…`;
}
