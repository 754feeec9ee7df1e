/**
 * Checkpoints as signed notes (C2SP tlog-checkpoint and signed-note, Ed25519): a few lines of text that anyone can read,
 * keep elsewhere, and check with common tools. Pure: no I/O.
 */
import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';

const ED25519 = 0x01;
const SEED_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** What a log says of itself: so many events, and the root of the tree over them in lowercase hex. */
export type TreeHead = { readonly origin: string; readonly size: number; readonly root: string };

/** `keyId`: the eight hex digits by which a signature names its key. */
export type NoteSignature = { readonly name: string; readonly keyId: string; readonly signature: Uint8Array };

export type CheckpointNote = TreeHead & { readonly text: string; readonly signatures: readonly NoteSignature[] };

/** A key that signatures are checked with. `text` is its C2SP form `name+keyId+base64`. */
export type VerifierKey = { readonly text: string; readonly name: string; readonly keyId: string; readonly publicKey: KeyObject };

export type NoteSigner = {
  readonly verifierKey: VerifierKey;
  /** The Ed25519 signature of a note's text. */
  readonly sign: (text: string) => Buffer;
};

/** How a gateway's log names itself in checkpoints. */
export function originOf(gatewayId: string): string {
  return `openclaw/${gatewayId}`;
}

/** A signer with an Ed25519 seed of 32 bytes, under the name that stands in the signature line. */
export function createSigner(name: string, seed: Uint8Array): NoteSigner {
  const key = createPrivateKey({ key: Buffer.concat([SEED_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(key);
  return { verifierKey: verifierKey(name, publicKey), sign: (text) => sign(null, Buffer.from(text), key) };
}

/** Reads a verifier key. `undefined` when it is none, or when its id is not that of its key. */
export function parseVerifierKey(text: string): VerifierKey | undefined {
  const [, name = '', keyId = '', encoded = ''] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text.trim()) ?? [];
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length !== 1 + KEY_BYTES || bytes[0] !== ED25519) return undefined;
  const publicKey = createPublicKey({ key: Buffer.concat([PUBLIC_PREFIX, bytes.subarray(1)]), format: 'der', type: 'spki' });
  const parsed = verifierKey(name, publicKey);
  return parsed.keyId === keyId ? parsed : undefined;
}

/** The text that is signed. */
export function checkpointText({ origin, size, root }: TreeHead): string {
  return `${origin}\n${size}\n${Buffer.from(root, 'hex').toString('base64')}\n`;
}

/** The whole note: the text, an empty line, and a line for each signature. */
export function formatNote(text: string, signatures: readonly NoteSignature[]): string {
  const lines = signatures.map(({ name, keyId, signature }) => {
    return `— ${name} ${Buffer.concat([Buffer.from(keyId, 'hex'), signature]).toString('base64')}\n`;
  });
  return `${text}\n${lines.join('')}`;
}

/** Reads a checkpoint. `undefined` when the text is not one. Says nothing about its signatures; see `verifyNote`. */
export function parseCheckpoint(note: string): CheckpointNote | undefined {
  const cut = note.lastIndexOf('\n\n');
  if (cut < 0) return undefined;
  const text = note.slice(0, cut + 1);
  const [origin = '', size = '', root = '', ...extensions] = text.split('\n');
  const rootBytes = Buffer.from(root, 'base64');
  const isHead = origin !== '' && /^(0|[1-9]\d{0,15})$/.test(size) && rootBytes.length === 32 && rootBytes.toString('base64') === root;
  if (!isHead || extensions.slice(0, -1).includes('')) return undefined;
  const signatures = note
    .slice(cut + 2)
    .split('\n')
    .filter((line) => line !== '')
    .map(parseSignature);
  if (signatures.length === 0 || signatures.some((signature) => signature === undefined)) return undefined;
  return {
    origin,
    size: Number(size),
    root: rootBytes.toString('hex'),
    text,
    signatures: signatures.filter((signature) => signature !== undefined),
  };
}

/** `unknown_key`: none of its signatures is by this key. */
export function verifyNote(note: Pick<CheckpointNote, 'text' | 'signatures'>, key: VerifierKey): 'good' | 'bad' | 'unknown_key' {
  const own = note.signatures.find(({ name, keyId }) => name === key.name && keyId === key.keyId);
  if (!own) return 'unknown_key';
  if (own.signature.length !== SIGNATURE_BYTES) return 'bad';
  return verify(null, Buffer.from(note.text), key.publicKey, own.signature) ? 'good' : 'bad';
}

/**
 * Finds the checkpoints in what a witness kept: notes one after the other, or lines that hold a JSON object with the note
 * under `note`, as the webhook and syslog witnesses get them. Anything else in the text is passed over.
 */
export function findCheckpoints(text: string): CheckpointNote[] {
  const found: CheckpointNote[] = [];
  const keep = (note: string): void => {
    const parsed = parseCheckpoint(note);
    if (parsed) found.push(parsed);
  };
  for (const [note] of text.matchAll(/[^\n]+\n(?:0|[1-9]\d*)\n[A-Za-z0-9+/]{43}=\n\n(?:— \S+ [A-Za-z0-9+/]+=*(?:\n|$))+/g)) keep(note);
  for (const [line] of text.matchAll(/\{.*"note".*\}/g)) keep(noteInJson(line));
  return found.sort((a, b) => a.size - b.size);
}

function noteInJson(line: string): string {
  try {
    const { note } = JSON.parse(line) as { note?: unknown };
    return typeof note === 'string' ? note : '';
  } catch {
    return '';
  }
}

function parseSignature(line: string): NoteSignature | undefined {
  const [, name = '', encoded = ''] = /^— ([^\s+]+) ([A-Za-z0-9+/]+=*)$/.exec(line) ?? [];
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length < 5) return undefined;
  return { name, keyId: bytes.subarray(0, 4).toString('hex'), signature: bytes.subarray(4) };
}

function verifierKey(name: string, publicKey: KeyObject): VerifierKey {
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(PUBLIC_PREFIX.length);
  const typed = Buffer.concat([Buffer.from([ED25519]), raw]);
  const keyId = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), typed])).slice(0, 8);
  return { text: `${name}+${keyId}+${typed.toString('base64')}`, name, keyId, publicKey };
}
