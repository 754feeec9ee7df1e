/** A local Cloud API: the Graph API for one phone number, media, signed webhooks that come again until they are taken, and faults on request. */
import { createHash, createHmac } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { createCaller } from './caller.ts';
import { startHttpServer } from './http-server.ts';

export type WhatsAppFault =
  | { readonly fault: 'error'; readonly status: number; readonly code?: number; readonly retryAfterSeconds?: number }
  /** The connection breaks before anything is done, or after it. */
  | { readonly fault: 'drop' | 'drop-after' }
  | { readonly fault: 'garbage' | 'none' };

export type SentText = {
  readonly to: string;
  readonly text: string;
  readonly deliveryId: string;
  readonly id: string;
  readonly recipient: string;
  /** The message that it quotes. */
  readonly replyTo?: string;
  readonly file?: { readonly kind: string; readonly mimeType: string; readonly name?: string; readonly bytes: Buffer };
};

export type WhatsAppOptions = {
  /** Where the account's webhook is at the moment. */
  readonly webhook: () => string;
  readonly atOnce?: number;
  /** Reports what became of each message that was sent. */
  readonly statuses?: boolean;
};

/** `webhook` is where it calls; `expiresAt`, in seconds since 1970, when the token expires. */
type NumberFacts = { readonly webhook?: string | undefined; readonly scopes?: readonly string[]; readonly expiresAt?: number };

export type WhatsAppServer = {
  readonly url: string;
  readonly config: {
    readonly accessToken: string;
    readonly phoneNumberId: string;
    readonly appSecret: string;
    readonly verifyToken: string;
    readonly apiRoot: string;
  };
  readonly sent: readonly SentText[];
  /** The messages that were marked as read while the sender was shown typing. */
  readonly typing: readonly string[];
  /** Holds a file as if a person had sent it; returns what a message has of it. */
  readonly hold: (mimeType: string, bytes: Uint8Array) => { readonly id: string; readonly mime_type: string; readonly sha256: string };
  /** How the next requests for held files, and for where they lie, are answered. */
  readonly failMedia: (...faults: readonly WhatsAppFault[]) => void;
  /** Where held files are said to lie instead of here. */
  readonly holdElsewhere: (url: string | undefined) => void;
  /** What Meta says of the number and of its token. */
  readonly setNumber: (changes: NumberFacts) => void;
  /** How far the server's clock is from this machine's, as the Date of its answers says. */
  readonly setClock: (aheadMs: number) => void;
  /** A user writes; returns the message's id. */
  readonly say: (message: { readonly text?: string; readonly from?: string; readonly name?: string; readonly extra?: object }) => string;
  /** Brings any change of the field `messages`. */
  readonly push: (value: object) => void;
  /** Reports one of the messages that were sent as failed. */
  readonly reportFailed: (sent: SentText, problem: { readonly code: number; readonly title: string }) => void;
  /** Brings an earlier message once more. */
  readonly repeat: (id: string) => void;
  /** Messages that are brought in one call from now on. */
  readonly untaken: () => number;
  readonly fail: (...faults: readonly WhatsAppFault[]) => void;
  readonly failAlways: (fault: WhatsAppFault | undefined) => void;
  readonly dropConnections: () => void;
  readonly close: () => Promise<void>;
};

type Held = { readonly mimeType: string; readonly bytes: Buffer; readonly name?: string };

/** What Meta takes: the most bytes of a file of each kind, and its types. */
const KINDS: Readonly<Record<string, readonly [mostBytes: number, types: RegExp]>> = {
  image: [5 * 1024 * 1024, /^image\/(jpeg|png)$/],
  video: [16 * 1024 * 1024, /^video\/(mp4|3gpp)$/],
  audio: [16 * 1024 * 1024, /^audio\/(aac|amr|mpeg|mp4|ogg)$/],
  document: [100 * 1024 * 1024, /^(text\/plain|application\/(pdf|msword|vnd\..+))$/],
};

const CONFIG = {
  accessToken: 'EAAstand-in-access-token',
  phoneNumberId: '106540352242922',
  appSecret: 'stand-in-app-secret',
  verifyToken: 'stand-in-verify',
};

export async function startWhatsApp({ webhook, atOnce = 1, statuses = false }: WhatsAppOptions): Promise<WhatsAppServer> {
  const sent: SentText[] = [];
  const typing: string[] = [];
  const faults: WhatsAppFault[] = [];
  const mediaFaults: WhatsAppFault[] = [];
  const held = new Map<string, Held>();
  let elsewhere: string | undefined;
  let clockAheadMs = 0;
  let number: NumberFacts = {
    webhook: 'https://gateway.example/webhooks/whatsapp/default',
    scopes: ['whatsapp_business_messaging', 'whatsapp_business_management'],
  };
  const said = new Map<string, object>();
  let standing: WhatsAppFault | undefined;
  let count = 0;

  const caller = createCaller<object>({
    atOnce,
    call: (value) => {
      const body = JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: '1', changes: [{ field: 'messages', value }] }] });
      const signature = `sha256=${createHmac('sha256', CONFIG.appSecret).update(body).digest('hex')}`;
      return { url: webhook(), headers: { 'content-type': 'application/json', 'x-hub-signature-256': signature }, body };
    },
  });
  const metadata = { display_phone_number: '15550783881', phone_number_id: CONFIG.phoneNumberId };
  const push = (value: object) => caller.add({ messaging_product: 'whatsapp', metadata, ...value });

  const say: WhatsAppServer['say'] = ({ text, from = '16505551234', name = 'Ada', extra }) => {
    const id = `wamid.${Buffer.from(`${from}:${++count}`).toString('base64')}`;
    const content = text === undefined ? {} : { type: 'text', text: { body: text } };
    const value = {
      contacts: [{ profile: { name }, wa_id: from }],
      messages: [{ from, id, timestamp: String(Math.floor(Date.now() / 1000)), ...content, ...extra }],
    };
    said.set(id, value);
    push(value);
    return id;
  };

  const post = (body: Readonly<Record<string, unknown>>, response: ServerResponse, drop: boolean) => {
    if (body['messaging_product'] !== 'whatsapp') return fail(response, 400, 100);
    if (body['status'] === 'read') {
      typing.push(String(body['message_id']));
      return succeed(response, { success: true });
    }
    const kind = String(body['type']);
    const content = (body[kind] ?? {}) as { body?: string; caption?: string; id?: string; filename?: string };
    const file = kind === 'text' ? undefined : held.get(content.id ?? '');
    const [mostBytes = 0, types = /^$/] = KINDS[kind] ?? [];
    if (kind !== 'text' && (!file || !types.test(file.mimeType) || file.bytes.length > mostBytes)) return fail(response, 400, 131053);
    const text = kind === 'text' ? (content.body ?? '') : (content.caption ?? '');
    if (text.length > (kind === 'text' ? 4096 : 1024) || (kind === 'text' && text === '')) return fail(response, 400, 100);
    if (kind === 'audio' && content.caption !== undefined) return fail(response, 400, 100);
    if (body['to'] === undefined && body['recipient'] === undefined) return fail(response, 400, 100);
    const to = String(body['to'] ?? body['recipient']);
    const id = `wamid.${Buffer.from(`out:${++count}`).toString('base64')}`;
    const deliveryId = String(body['biz_opaque_callback_data'] ?? '');
    const quoted = (body['context'] ?? {}) as { message_id?: string };
    const name = content.filename === undefined ? {} : { name: content.filename };
    sent.push({
      ...{ to, text, deliveryId, id, recipient: String(body['recipient_type']) },
      ...(quoted.message_id !== undefined && { replyTo: quoted.message_id }),
      ...(file && { file: { kind, mimeType: file.mimeType, bytes: file.bytes, ...name } }),
    });
    if (statuses) {
      const report = (status: string) => ({ id, status, recipient_id: to, timestamp: '1', biz_opaque_callback_data: deliveryId });
      push({ statuses: [report('sent'), report('delivered')] });
    }
    if (drop) return void response.destroy();
    succeed(response, { messaging_product: 'whatsapp', contacts: [{ input: to, wa_id: to }], messages: [{ id }] });
  };

  const takeUpload = async (contentType: string, rawBody: Buffer, response: ServerResponse) => {
    const form = await new Response(Uint8Array.from(rawBody), { headers: { 'content-type': contentType } }).formData();
    const [file, type] = [form.get('file'), form.get('type')];
    if (!(file instanceof File) || form.get('messaging_product') !== 'whatsapp') return fail(response, 400, 100);
    const bytes = Buffer.from(await file.arrayBuffer());
    const isTaken = Object.values(KINDS).some(([most, types]) => types.test(String(type)) && bytes.length <= most);
    if (!isTaken || file.type !== type) return fail(response, 400, 100);
    const id = String(700_000 + held.size);
    held.set(id, { mimeType: file.type, bytes, name: file.name });
    succeed(response, { id });
  };
  const answerMedia = (id: string, what: 'address' | 'bytes', origin: string, response: ServerResponse) => {
    const file = held.get(id);
    if (!file) return fail(response, 400, 100);
    if (what === 'bytes') return void response.writeHead(200, { 'content-type': file.mimeType }).end(file.bytes);
    const url = elsewhere ?? `${origin}/whatsapp_business/attachments/?mid=${id}`;
    const { mimeType, bytes } = file;
    succeed(response, { messaging_product: 'whatsapp', url, mime_type: mimeType, sha256: sha256(bytes), file_size: bytes.length, id });
  };

  const server = await startHttpServer((request, body, response, rawBody) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://graph');
    if (clockAheadMs !== 0) response.setHeader('date', new Date(Date.now() + clockAheadMs).toUTCString());
    if (request.headers.authorization !== `Bearer ${CONFIG.accessToken}`) return fail(response, 401, 190);
    const mediaId = searchParams.get('mid') ?? /^\/v\d+\.\d+\/(7\d+)$/.exec(pathname)?.[1];
    const isSend = request.method === 'POST' && !body.includes('"status":"read"');
    const fault = mediaId !== undefined ? mediaFaults.shift() : isSend ? (faults.shift() ?? standing) : standing;
    if (fault?.fault === 'error') return fail(response, fault.status, fault.code, fault.retryAfterSeconds);
    if (fault?.fault === 'drop') return void response.destroy();
    if (fault?.fault === 'garbage') return void response.writeHead(200).end('<html>');
    if (mediaId !== undefined) return answerMedia(mediaId, searchParams.has('mid') ? 'bytes' : 'address', server.origin, response);
    if (/^\/v\d+\.\d+\/me\/permissions$/.test(pathname)) {
      return succeed(response, { data: (number.scopes ?? []).map((permission) => ({ permission, status: 'granted' })) });
    }
    if (/^\/v\d+\.\d+\/debug_token$/.test(pathname)) {
      if (searchParams.get('input_token') !== CONFIG.accessToken) return fail(response, 400, 100);
      return succeed(response, { data: { is_valid: true, expires_at: number.expiresAt ?? 0 } });
    }
    if (!/^\/v\d+\.\d+\/106540352242922(\/messages|\/media)?$/.test(pathname)) return fail(response, 404, 100);
    if (pathname.endsWith('/media')) return void takeUpload(String(request.headers['content-type']), rawBody, response);
    if (request.method === 'POST') return post(JSON.parse(body) as Record<string, unknown>, response, fault?.fault === 'drop-after');
    const all = {
      display_phone_number: '+1 555-078-3881',
      verified_name: 'Stand-in',
      webhook_configuration: number.webhook === undefined ? {} : { application: number.webhook },
    };
    const wanted = (searchParams.get('fields') ?? '').split(',');
    succeed(response, { ...Object.fromEntries(Object.entries(all).filter(([name]) => wanted.includes(name))), id: CONFIG.phoneNumberId });
  });

  return {
    url: server.origin,
    config: { ...CONFIG, apiRoot: server.origin },
    sent,
    typing,
    hold: (mimeType, bytes) => {
      const id = String(700_000 + held.size);
      held.set(id, { mimeType, bytes: Buffer.from(bytes) });
      return { id, mime_type: mimeType, sha256: sha256(bytes) };
    },
    failMedia: (...next) => void mediaFaults.push(...next),
    holdElsewhere: (url) => {
      elsewhere = url;
    },
    setNumber: (changes) => {
      number = { ...number, ...changes };
    },
    setClock: (aheadMs) => {
      clockAheadMs = aheadMs;
    },
    say,
    push,
    reportFailed: ({ id, to, deliveryId }, problem) => {
      const errors = [
        { ...problem, message: problem.title, error_data: { details: 'Scripted details' }, href: 'https://developers.facebook.com/' },
      ];
      push({ statuses: [{ id, status: 'failed', recipient_id: to, timestamp: '1', biz_opaque_callback_data: deliveryId, errors }] });
    },
    repeat: (id) => {
      const value = said.get(id);
      if (!value) throw new Error(`there was no message ${id}`);
      push({ ...value });
    },
    untaken: () => caller.waiting().length,
    fail: (...next) => void faults.push(...next),
    failAlways: (fault) => {
      standing = fault;
    },
    dropConnections: server.dropConnections,
    close: async () => {
      await caller.close();
      await server.close();
    },
  };
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');

function succeed(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function fail(response: ServerResponse, status: number, code = 131000, retryAfterSeconds?: number): void {
  const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  const error = { message: `(#${code}) Scripted error`, type: 'OAuthException', code, fbtrace_id: 'x' };
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify({ error }));
}
