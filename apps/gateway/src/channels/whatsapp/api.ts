/** Calls of the Graph API for one phone number. */
import { GatewayError, toGatewayError } from '@openclaw-gateway/events';
import { egress } from '../../operations/egress/index.ts';
import { networkFailure } from '../network-failure.ts';
import type { WhatsAppConfig } from './config.ts';
import { graphFailure, readProblem } from './failure.ts';

const CALL_MS = 30_000;
/** A file may be large and the way slow. */
const UPLOAD_MS = 120_000;
const MOST_ANSWER_BYTES = 1024 * 1024;

type Answer = Readonly<Record<string, unknown>>;
export type Graph = {
  readonly get: (fields: string, signal: AbortSignal) => Promise<Answer>;
  readonly post: (body: object, signal: AbortSignal) => Promise<Answer>;
  /** Where a file lies. */
  readonly media: (id: string, signal: AbortSignal) => Promise<Answer>;
  /** What the token may do. */
  readonly permissions: (signal: AbortSignal) => Promise<Answer>;
  /** When the token expires, in seconds since 1970, or 0: what Meta says of it. */
  readonly tokenFacts: (signal: AbortSignal) => Promise<Answer>;
  readonly upload: (form: FormData, signal: AbortSignal) => Promise<Answer>;
};

export function graphRoot({ apiRoot, apiVersion }: Pick<WhatsAppConfig, 'apiRoot' | 'apiVersion'>): string {
  return `${apiRoot.replace(/\/+$/, '')}/${apiVersion}`;
}

/** Each call throws a CHANNEL_ code when it does not succeed. */
export function graphApi(config: WhatsAppConfig): Graph {
  const { phoneNumberId, accessToken } = config;
  const root = graphRoot(config);
  const way = egress.to(root);
  const call = async (
    path: string,
    signal: AbortSignal,
    body?: { readonly type: string; readonly bytes: string | Uint8Array },
    ms = CALL_MS,
  ) => {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(ms)]);
    const headers = { authorization: `Bearer ${accessToken}`, ...(body && { 'content-type': body.type }) };
    try {
      const answer = await way.fetch(`${root}/${path}`, {
        method: body ? 'POST' : 'GET',
        headers,
        signal: deadline,
        mostBytes: MOST_ANSWER_BYTES,
        ...(body && { body: body.bytes }),
      });
      if (!answer.ok) throw graphFailure(await readProblem(answer));
      return (await answer.json()) as Answer;
    } catch (thrown) {
      throw networkFailure('WhatsApp', thrown);
    }
  };
  return {
    get: (fields, signal) => call(`${phoneNumberId}?fields=${fields}`, signal),
    post: (body, signal) =>
      call(`${phoneNumberId}/messages`, signal, {
        type: 'application/json',
        bytes: JSON.stringify({ messaging_product: 'whatsapp', ...body }),
      }),
    media: (id, signal) => call(`${id}?phone_number_id=${phoneNumberId}`, signal),
    permissions: (signal) => call('me/permissions', signal),
    tokenFacts: (signal) => call(`debug_token?input_token=${encodeURIComponent(accessToken)}`, signal),
    upload: async (form, signal) => {
      const encoded = new Response(form);
      const body = { type: encoded.headers.get('content-type') ?? '', bytes: new Uint8Array(await encoded.arrayBuffer()) };
      // Nothing of an upload is seen before it is sent.
      return await call(`${phoneNumberId}/media`, signal, body, UPLOAD_MS).catch((thrown: unknown) => {
        const { code, message, details } = toGatewayError(thrown);
        throw new GatewayError(code, { message, details: { ...details, mayHaveArrived: false } });
      });
    },
  };
}
