/** Posts batches to a web server, signed like the webhooks that the gateway takes. Any answer but 2xx means: not arrived. */
import { signWebhook } from '../../channels/webhook/verify.ts';
import { egress } from '../../operations/egress/index.ts';
import type { Destination, Sender } from './destination.ts';

const TIMEOUT_MS = 15_000;

export function createWebhookDestination(url: string, secret: string | undefined, { gatewayId, version }: Sender): Destination {
  const way = egress.to(url);
  return {
    deliver: async ({ lines, lineEnd, header, mediaType }, _, signal) => {
      const head = header === undefined ? '' : header + lineEnd;
      const body = Buffer.from(head + lines.map(({ text }) => text + lineEnd).join(''));
      const timestamp = String(Math.floor(Date.now() / 1000));
      const response = await way.fetch(url, {
        method: 'POST',
        body,
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
        headers: {
          'content-type': mediaType,
          'user-agent': `OpenClaw-Gateway/${version}`,
          'x-openclaw-gateway': gatewayId,
          // The same for the same events, so that a receiver can drop what comes twice.
          'idempotency-key': `${gatewayId}:${lines[0]?.position ?? 0}-${lines.at(-1)?.position ?? 0}`,
          'x-openclaw-timestamp': timestamp,
          ...(secret !== undefined && { 'x-openclaw-signature': signWebhook(secret, timestamp, body) }),
        },
      });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`the server answered ${response.status}`);
      return undefined;
    },
    close: () => undefined,
  };
}
