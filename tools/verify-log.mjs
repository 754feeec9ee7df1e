#!/usr/bin/env node
/**
 * Checks an event log of OpenClaw Gateway, or events exported from one, with nothing but Node 24. It shares no code with the
 * gateway: docs/integrity.md says what is checked and why, and this file is short enough to be read before it is trusted.
 *   node verify-log.mjs events.db    --key <key> [--notes <file of checkpoints kept elsewhere>]
 *   node verify-log.mjs events.jsonl --key <key> --notes checkpoint.txt [--proofs proofs.json]
 * The key is what `openclaw audit pubkey` printed when the log was young. Exit code 0: all is good.
 */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { key: { type: 'string' }, notes: { type: 'string', multiple: true, default: [] }, proofs: { type: 'string' } },
});
class Break extends Error {}
const fail = (message) => {
  throw new Break(message);
};
process.on('uncaughtException', (error) => {
  console.error(error instanceof Break ? `NOT GOOD: ${error.message}` : error);
  process.exitCode = 1;
});
const sha256 = (...parts) =>
  createHash('sha256')
    .update(Buffer.concat(parts.map((part) => Buffer.from(part))))
    .digest();

// ---- The chain: each event's hash covers the one before -----------------------------------------------------------------

/** Bytes with their length in front, so that no two lists of fields read alike. Whole numbers are eight bytes. */
const framed = (value) => {
  const bytes = typeof value === 'number' ? Buffer.from(value.toString(16).padStart(16, '0'), 'hex') : Buffer.from(value);
  return Buffer.concat([Buffer.from(bytes.length.toString(16).padStart(8, '0'), 'hex'), bytes]);
};

const chainHash = (previous, e) => {
  const fields = [e.position, e.streamId, e.version, e.type, e.schemaVersion, e.time, e.eventId, e.dataHash, sha256(e.metadata)];
  return sha256('evlog/1', previous, ...fields.map(framed));
};

/** 16 random bytes and the JSON; where something is sealed, a zero byte and that. JSON has no zero byte, so the border is certain. */
const dataHash = (data, sealed) => (sealed ? sha256(data, Buffer.from([0]), sealed) : sha256(data));

// ---- The Merkle tree of RFC 6962 over the chain hashes ------------------------------------------------------------------

const leafNode = (leaf) => sha256(Buffer.from([0]), leaf);
const innerNode = (left, right) => sha256(Buffer.from([1]), left, right);

/** Roots of the complete subtrees so far, the largest first: as many as the number of leaves has ones in binary. */
const tree = { size: 0, roots: [] };
const append = (leaf) => {
  let node = leafNode(leaf);
  for (let rest = tree.size; rest % 2 === 1; rest = (rest - 1) / 2) node = innerNode(tree.roots.pop(), node);
  tree.roots.push(node);
  tree.size += 1;
};
const root = () => tree.roots.reduceRight((right, left) => innerNode(left, right));

/** The root that a path of siblings leads to from the leaf at an index (RFC 9162, 2.1.3.2). */
const rootByPath = (leaf, index, size, path) => {
  let node = leafNode(leaf);
  let [at, last] = [index, size - 1];
  for (const sibling of path) {
    if (at % 2 === 1 || at === last) {
      node = innerNode(sibling, node);
      while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)];
    } else node = innerNode(node, sibling);
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 ? node : Buffer.alloc(0);
};

// ---- Checkpoints: signed notes (C2SP tlog-checkpoint) ---------------------------------------------------------------------

const parseKey = (text) => {
  const [name, id, ...rest] = text.split('+');
  const typed = Buffer.from(rest.join('+'), 'base64');
  const isEd25519 = typed.length === 33 && typed[0] === 1;
  if (!isEd25519 || sha256(`${name}\n`, typed).toString('hex', 0, 4) !== id) fail('the key is not one that `openclaw audit pubkey` prints');
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), typed.subarray(1)]);
  return { name, id, publicKey: createPublicKey({ key: der, format: 'der', type: 'spki' }) };
};
const key = options.key && parseKey(options.key);

/** Notes of this log among whatever a witness kept: as they are, or in lines of JSON under `note`. */
const findNotes = (text) => {
  const inJson = [...text.matchAll(/\{.*"note".*\}/g)].map(([json]) => JSON.parse(json).note);
  const notes = [text, ...inJson].join('\n').matchAll(/([^\n]+)\n(\d+)\n([A-Za-z0-9+/]{43}=)\n\n((?:— \S+ \S+\n?)+)/g);
  const own = [...notes].filter(([, origin]) => !key || origin === key.name);
  return own.map(([, origin, size, root, signatures]) => ({ text: `${origin}\n${size}\n${root}\n`, size: Number(size), root, signatures }));
};

const checkNote = ({ text, size, signatures }) => {
  if (!key) return;
  const line = signatures.split('\n').find((each) => each.startsWith(`— ${key.name} `)) ?? '';
  const bytes = Buffer.from(line.split(' ')[2] ?? '', 'base64');
  if (bytes.toString('hex', 0, 4) !== key.id) fail(`the checkpoint of ${size} events is signed with another key`);
  if (!verify(null, Buffer.from(text), key.publicKey, bytes.subarray(4))) fail(`the checkpoint of ${size} events is not signed`);
};

// ---- What is checked --------------------------------------------------------------------------------------------------------

const hex = (text) => Buffer.from(text, 'hex');
const base64 = (text) => (text === undefined || text === null ? null : Buffer.from(text, 'base64'));
/** 26 characters of Crockford's base32 are 16 bytes. */
const idBytes = (id) => {
  const digits = [...id.slice(id.indexOf('_') + 1)].map((char) => BigInt('0123456789abcdefghjkmnpqrstvwxyz'.indexOf(char)));
  return hex(
    digits
      .reduce((sum, digit) => sum * 32n + digit, 0n)
      .toString(16)
      .padStart(32, '0'),
  );
};

function* eventsOfLines(path) {
  for (const line of readFileSync(path, 'utf8').split('\n').filter(Boolean)) {
    const { stored, id, ...event } = JSON.parse(line);
    const { schemaVersion, metadata, dataHash: sum, hash, previousHash, data, sealed } = stored;
    const bytes = { eventId: idBytes(id), dataHash: hex(sum), hash: hex(hash), previous: hex(previousHash) };
    yield { ...event, ...bytes, schemaVersion, metadata, data: base64(data), sealed: base64(sealed) };
  }
}

const openDatabase = async (path) => {
  const { DatabaseSync } = await import('node:sqlite');
  const db = new DatabaseSync(path, { readOnly: true });
  const toNote = ({ size, merkle_root, key_id, signature }) => {
    const root = Buffer.from(merkle_root).toString('base64');
    const signed = Buffer.concat([hex(key_id), signature]).toString('base64');
    return { text: `${key?.name}\n${size}\n${root}\n`, size, root, signatures: `— ${key?.name} ${signed}\n` };
  };
  const rows = db.prepare('SELECT position AS size, merkle_root, key_id, signature FROM checkpoints ORDER BY position').all();
  const events = db.prepare(
    `SELECT position, coalesce(stream_id, '') AS streamId, version, coalesce(type, '') AS type, schema_version AS schemaVersion, time,
            event_id AS eventId, metadata, data_hash AS dataHash, hash, data, sealed
     FROM events LEFT JOIN streams USING (stream_no) LEFT JOIN event_types USING (type_no) ORDER BY position`,
  );
  return { notes: rows.map(toNote), events: () => events.iterate() };
};

const checkEvent = (event, previous) => {
  const changed = (what) => fail(`position ${event.position}: ${what}`);
  const isWhole = !event.data || (!event.data.includes(0, 16) && dataHash(event.data, event.sealed).equals(event.dataHash));
  if (!isWhole) changed('the data is not what was written');
  if (!chainHash(previous, event).equals(event.hash)) changed('the event is not what was written, or does not follow the one before');
};

const checkProof = (event, { size, paths }, notes) => {
  const path = paths[event.position];
  if (!path) return 0;
  const note = notes.find((each) => each.size === size) ?? fail(`there is no checkpoint of ${size} events in --notes`);
  const reached = rootByPath(event.hash, event.position - 1, size, path.map(hex)).toString('base64');
  if (reached !== note.root) fail(`position ${event.position}: the proof does not lead to the checkpoint of ${size} events`);
  return 1;
};

const main = async () => {
  const [path = fail('which file? see the top of this program')] = positionals;
  const kept = options.notes.flatMap((file) => findNotes(readFileSync(file, 'utf8')));
  if (options.notes.length > 0 && kept.length === 0) fail('there is no checkpoint of this log in --notes');
  const log = path.endsWith('.jsonl') ? { notes: [], events: () => eventsOfLines(path) } : await openDatabase(path);
  const proofs = options.proofs ? JSON.parse(readFileSync(options.proofs, 'utf8')) : { size: 0, paths: {} };
  const notes = [...log.notes, ...kept].sort((a, b) => a.size - b.size);
  notes.forEach(checkNote);

  const versions = new Map();
  const total = { events: 0, bodies: 0, proven: 0, covered: 0 };
  let [last, hash, whole] = [0, Buffer.alloc(32), true];
  for (const event of log.events()) {
    const { position, streamId, version } = event;
    // Events of one conversation have others between them: then each brings the hash of the one before it.
    const follows = position === last + 1;
    if (!follows && (!event.previous || position <= last)) fail(`position ${last + 1} is missing or out of order: ${position} follows`);
    whole &&= follows;
    checkEvent(event, follows ? hash : event.previous);
    if (whole && version !== (versions.get(streamId) ?? 0) + 1) fail(`position ${position}: version ${version} does not follow`);
    versions.set(streamId, version);
    [last, hash] = [position, Buffer.from(event.hash)];
    total.events += 1;
    total.bodies += event.data ? 1 : 0;
    total.proven += checkProof(event, proofs, kept);
    if (whole) append(hash);
    for (; whole && notes[0]?.size === position; total.covered = position) {
      if (root().toString('base64') !== notes.shift().root) fail(`positions ${total.covered + 1} to ${position}: not what was signed`);
    }
  }
  const signed = notes.at(-1)?.size ?? 0;
  if (whole && !options.proofs && signed > last) fail(`the log was cut: it has ${last} events, and a checkpoint was signed for ${signed}`);
  console.log(`good: ${total.events} events up to position ${last}, ${total.bodies} with data${whole ? '' : ', not all of the log'}`);
  console.log(`last hash ${hash.toString('hex')}`);
  if (total.covered > 0) console.log(`checkpoints agree up to position ${total.covered}${key ? `, signed by ${key.name}` : ''}`);
  if (total.proven > 0) console.log(`${total.proven} events are proven to be in the log of ${proofs.size} events`);
  if (!key) console.log('no --key: no signature was checked');
  if (whole && kept.length === 0) console.log('no --notes: a cut end of the log cannot be told without a checkpoint kept elsewhere');
};

await main();
