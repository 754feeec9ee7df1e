import type { EventDetail } from '../events/event-drawer.tsx';

/** What one writes into the simulator, field by field. */
export type Identity = {
  readonly channel: string;
  readonly account: string;
  readonly from: string;
  /** What the service calls the sender. */
  readonly name: string;
  readonly group: string;
  readonly thread: string;
  /** Separated by commas. */
  readonly roles: string;
  /** `yes` or nothing. */
  readonly mentioned: string;
  readonly text: string;
  readonly files: readonly ImaginedFile[];
};

export type ImaginedFile = { readonly name: string; readonly mimeType?: string; readonly size?: number };

export const EMPTY_IDENTITY: Identity = {
  channel: 'http',
  account: 'default',
  from: 'anna',
  name: '',
  group: '',
  thread: '',
  roles: '',
  mentioned: '',
  text: '',
  files: [],
};

/** What the gateway is asked for. */
export function toImagined({ channel, account, from, name, group, thread, roles, mentioned, text, files }: Identity) {
  const named = listed(roles);
  return {
    channel,
    account: account || 'default',
    from,
    text,
    ...(name && { name }),
    ...(group && { group }),
    ...(thread && { thread }),
    ...(named.length > 0 && { roles: named }),
    ...(mentioned && { mentioned: true }),
    ...(files.length > 0 && { files: [...files] }),
  };
}

/** The values of a field that holds several, separated by commas. */
export function listed(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Names that were written for files: what was said of a file of that name stays. */
export function filesNamed(names: string, before: readonly ImaginedFile[]): ImaginedFile[] {
  return listed(names).map((name) => before.find((file) => file.name === name) ?? { name });
}

const TEXTS = ['channel', 'account', 'from', 'name', 'group', 'thread', 'text'] as const;
const KEYS: ReadonlySet<string> = new Set([...TEXTS, 'roles', 'mentioned', 'files']);

export type EnvelopeProblem =
  | { readonly kind: 'json'; readonly message: string }
  | { readonly kind: 'object' }
  | { readonly kind: 'key'; readonly key: string; readonly known: readonly string[] }
  | { readonly kind: 'value'; readonly key: string; readonly expected: 'text' | 'texts' | 'boolean' | 'files' };

/** The envelope as it is written by hand: what `toImagined` gives, as JSON. */
export function readEnvelope(source: string): { readonly identity: Identity } | { readonly problem: EnvelopeProblem } {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (error) {
    return { problem: { kind: 'json', message: (error as Error).message } };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { problem: { kind: 'object' } };
  const fields = value as Record<string, unknown>;
  const unknown = Object.keys(fields).find((key) => !KEYS.has(key));
  if (unknown !== undefined) return { problem: { kind: 'key', key: unknown, known: [...KEYS] } };
  const wrong = TEXTS.find((key) => fields[key] !== undefined && typeof fields[key] !== 'string');
  if (wrong !== undefined) return { problem: { kind: 'value', key: wrong, expected: 'text' } };
  const { roles = [], mentioned = false, files = [] } = fields;
  if (!Array.isArray(roles) || !roles.every((role) => typeof role === 'string'))
    return { problem: { kind: 'value', key: 'roles', expected: 'texts' } };
  if (typeof mentioned !== 'boolean') return { problem: { kind: 'value', key: 'mentioned', expected: 'boolean' } };
  if (!Array.isArray(files) || !files.every(isFile)) return { problem: { kind: 'value', key: 'files', expected: 'files' } };
  const texts = Object.fromEntries(TEXTS.map((key) => [key, (fields[key] as string | undefined) ?? ''])) as Record<
    (typeof TEXTS)[number],
    string
  >;
  return { identity: { ...texts, roles: roles.join(', '), mentioned: mentioned ? 'yes' : '', files } };
}

function isFile(value: unknown): value is ImaginedFile {
  if (typeof value !== 'object' || value === null) return false;
  const { name, mimeType = '', size = 0, ...others } = value as Record<string, unknown>;
  const isSize = typeof size === 'number' && Number.isSafeInteger(size) && size >= 0;
  return typeof name === 'string' && name !== '' && typeof mimeType === 'string' && isSize && Object.keys(others).length === 0;
}

type Received = {
  readonly channel?: string;
  readonly account?: string;
  readonly sender?: { readonly id?: string; readonly name?: string; readonly roles?: readonly string[] };
  readonly peer?: { readonly kind?: string; readonly id?: string };
  readonly parent?: string;
  readonly mentioned?: boolean;
  readonly text?: string;
  readonly attachments?: readonly ImaginedFile[];
};

/** Who wrote what in a message that came in; nothing for another event. */
export function identityIn({ type, data }: Pick<EventDetail, 'type' | 'data'>): Identity | undefined {
  if (type !== 'message.received' || typeof data !== 'object' || data === null) return undefined;
  const { channel = '', account = 'default', sender, peer, parent, mentioned, text = '', attachments = [] } = data as Received;
  const isThread = peer?.kind === 'thread';
  const isGroup = peer?.kind === 'group' || peer?.kind === 'channel';
  return {
    channel,
    account,
    from: sender?.id ?? '',
    name: sender?.name ?? '',
    group: isThread ? (parent ?? '') : isGroup ? (peer?.id ?? '') : '',
    thread: isThread ? (peer?.id ?? '') : '',
    roles: (sender?.roles ?? []).join(', '),
    mentioned: mentioned ? 'yes' : '',
    text,
    files: attachments.map(({ name, mimeType, size }) => ({ name, ...(mimeType && { mimeType }), ...(size && { size }) })),
  };
}
