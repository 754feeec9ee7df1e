/** A local Cloud API: the Graph API for one phone number, signed webhooks that come again until they are taken, and faults on request. */
import { createHmac } from 'node:crypto';
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
};

export type WhatsAppOptions = {
  /** Where the account's webhook is at the moment. */
  readonly webhook: () => string;
  readonly atOnce?: number;
  /** Reports what became of each message that was sent. */
  readonly statuses?: boolean;
};

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
  /** A user writes; returns the message's id. */
  readonly say: (message: { readonly text?: string; readonly from?: string; readonly name?: string; readonly extra?: object }) => string;
  /** Brings any change of the field `messages`. */
  readonly push: (value: object) => void;
  /** Brings an earlier message once more. */
  readonly repeat: (id: string) => void;
  /** Messages that are brought in one call from now on. */
  readonly untaken: () => number;
  readonly fail: (...faults: readonly WhatsAppFault[]) => void;
  readonly failAlways: (fault: WhatsAppFault | undefined) => void;
  readonly dropConnections: () => void;
  readonly close: () => Promise<void>;
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
    const text = (body['text'] as { body?: string } | undefined)?.body ?? '';
    if (text === '' || text.length > 4096) return fail(response, 400, 100);
    const id = `wamid.${Buffer.from(`out:${++count}`).toString('base64')}`;
    const deliveryId = String(body['biz_opaque_callback_data'] ?? '');
    sent.push({ to: String(body['to']), text, deliveryId, id, recipient: String(body['recipient_type']) });
    if (statuses) {
      const report = (status: string) => ({ id, status, recipient_id: body['to'], timestamp: '1', biz_opaque_callback_data: deliveryId });
      push({ statuses: [report('sent'), report('delivered')] });
    }
    if (drop) return void response.destroy();
    succeed(response, { messaging_product: 'whatsapp', contacts: [{ input: body['to'], wa_id: body['to'] }], messages: [{ id }] });
  };

  const server = await startHttpServer((request, body, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://graph');
    if (request.headers.authorization !== `Bearer ${CONFIG.accessToken}`) return fail(response, 401, 190);
    const fault = request.method === 'POST' && !body.includes('"status":"read"') ? (faults.shift() ?? standing) : standing;
    if (fault?.fault === 'error') return fail(response, fault.status, fault.code, fault.retryAfterSeconds);
    if (fault?.fault === 'drop') return void response.destroy();
    if (fault?.fault === 'garbage') return void response.writeHead(200).end('<html>');
    if (!/^\/v\d+\.\d+\/106540352242922(\/messages)?$/.test(pathname)) return fail(response, 404, 100);
    if (request.method === 'POST') return post(JSON.parse(body) as Record<string, unknown>, response, fault?.fault === 'drop-after');
    const all = {
      display_phone_number: '+1 555-078-3881',
      verified_name: 'Stand-in',
      webhook_configuration: { application: 'https://gateway.example/webhooks/whatsapp/default' },
    };
    const wanted = (searchParams.get('fields') ?? '').split(',');
    succeed(response, { ...Object.fromEntries(Object.entries(all).filter(([name]) => wanted.includes(name))), id: CONFIG.phoneNumberId });
  });

  return {
    url: server.origin,
    config: { ...CONFIG, apiRoot: server.origin },
    sent,
    typing,
    say,
    push,
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

function succeed(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function fail(response: ServerResponse, status: number, code = 131000, retryAfterSeconds?: number): void {
  const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  const error = { message: `(#${code}) Scripted error`, type: 'OAuthException', code, fbtrace_id: 'x' };
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify({ error }));
}
