/** A program that talks to the gateway by webhooks: it calls, signed, until it is heard, and takes the replies at an address of its own. */
import { createHmac } from 'node:crypto';
import { type Caller, createCaller } from './caller.ts';
import { startHttpServer } from './http-server.ts';

export type PeerFault = { readonly status: number; readonly retryAfterSeconds?: number } | 'drop' | 'drop-after';
export type Reply = {
  readonly hook: string;
  readonly messageId: string;
  readonly deliveryId: string;
  readonly text: string;
  readonly attachments?: readonly { readonly name: string; readonly mimeType: string; readonly size: number; readonly data?: string }[];
  readonly isGenuine: boolean;
};

export type WebhookPeerOptions = {
  /** The address of the hooks, such as `http://127.0.0.1:18789/hooks`. */
  readonly hooks: () => string;
  readonly secret: string;
};

export type WebhookPeer = {
  /** What a hook's `replyUrl` must be. */
  readonly url: string;
  readonly replies: readonly Reply[];
  /** Calls a hook; the calls of a hook are made one after the other. */
  readonly call: (hook: string, body: object) => void;
  /** Sends the hook's last call once more, byte by byte. */
  readonly repeat: (hook: string) => void;
  readonly untaken: () => number;
  /** How the next replies are answered. */
  readonly fail: (...faults: readonly PeerFault[]) => void;
  readonly dropConnections: () => void;
  readonly close: () => Promise<void>;
};

type Signed = { readonly hook: string; readonly body: string; readonly timestamp: string };

export async function startWebhookPeer({ hooks, secret }: WebhookPeerOptions): Promise<WebhookPeer> {
  const replies: Reply[] = [];
  const faults: PeerFault[] = [];
  const lanes = new Map<string, Caller<Signed>>();
  const last = new Map<string, Signed>();
  const sign = (timestamp: string, body: string) => `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;

  const laneOf = (hook: string) => {
    const lane =
      lanes.get(hook) ??
      createCaller<Signed>({
        call: ({ body, timestamp }) => ({
          url: `${hooks()}/${hook}`,
          headers: { 'content-type': 'application/json', 'x-openclaw-timestamp': timestamp, 'x-openclaw-signature': sign(timestamp, body) },
          body,
        }),
        // It was heard before.
        isTaken: (status) => status === 202 || status === 409,
      });
    lanes.set(hook, lane);
    return lane;
  };

  const server = await startHttpServer((request, body, response) => {
    if (request.method !== 'POST') return void response.writeHead(405).end();
    const fault = faults.shift();
    if (fault === 'drop') return void response.destroy();
    if (typeof fault === 'object') {
      const headers = fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) };
      return void response.writeHead(fault.status, headers).end();
    }
    const { headers } = request;
    const isGenuine =
      headers['x-openclaw-signature'] === sign(String(headers['x-openclaw-timestamp']), body) &&
      Math.abs(Date.now() / 1000 - Number(headers['x-openclaw-timestamp'])) < 300;
    const reply = JSON.parse(body) as Omit<Reply, 'isGenuine'>;
    replies.push({ ...reply, isGenuine: isGenuine && headers['x-openclaw-delivery'] === reply.deliveryId });
    if (fault === 'drop-after') return void response.destroy();
    response.writeHead(204).end();
  });

  return {
    url: `${server.origin}/replies`,
    replies,
    call: (hook, body) => {
      const signed = { hook, body: JSON.stringify(body), timestamp: String(Math.floor(Date.now() / 1000)) };
      last.set(hook, signed);
      laneOf(hook).add(signed);
    },
    repeat: (hook) => {
      const signed = last.get(hook);
      if (signed) laneOf(hook).add({ ...signed });
    },
    untaken: () => [...lanes.values()].reduce((sum, lane) => sum + lane.waiting().length, 0),
    fail: (...next) => void faults.push(...next),
    dropConnections: server.dropConnections,
    close: async () => {
      await Promise.all([...lanes.values()].map((lane) => lane.close()));
      await server.close();
    },
  };
}
