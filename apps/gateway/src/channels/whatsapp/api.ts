/** Calls of the Graph API for one phone number. */
import { egress } from '../../operations/egress/index.ts';
import { networkFailure } from '../network-failure.ts';
import type { WhatsAppConfig } from './config.ts';
import { graphFailure, readProblem } from './failure.ts';

const CALL_MS = 30_000;
const MOST_ANSWER_BYTES = 1024 * 1024;

export type Graph = {
  readonly get: (fields: string, signal: AbortSignal) => Promise<Readonly<Record<string, unknown>>>;
  readonly post: (body: object, signal: AbortSignal) => Promise<Readonly<Record<string, unknown>>>;
};

/** Each call throws a CHANNEL_ code when it does not succeed. */
export function graphApi({ apiRoot, apiVersion, phoneNumberId, accessToken }: WhatsAppConfig): Graph {
  const root = `${apiRoot.replace(/\/+$/, '')}/${apiVersion}/${phoneNumberId}`;
  const way = egress.to(root);
  const call = async (path: string, signal: AbortSignal, body?: object) => {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]);
    const headers = { authorization: `Bearer ${accessToken}`, ...(body && { 'content-type': 'application/json' }) };
    try {
      const answer = await way.fetch(root + path, {
        method: body ? 'POST' : 'GET',
        headers,
        signal: deadline,
        mostBytes: MOST_ANSWER_BYTES,
        ...(body && { body: JSON.stringify(body) }),
      });
      if (!answer.ok) throw graphFailure(await readProblem(answer));
      return (await answer.json()) as Readonly<Record<string, unknown>>;
    } catch (thrown) {
      throw networkFailure('WhatsApp', thrown);
    }
  };
  return {
    get: (fields, signal) => call(`?fields=${fields}`, signal),
    post: (body, signal) => call('/messages', signal, { messaging_product: 'whatsapp', ...body }),
  };
}
