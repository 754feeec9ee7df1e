/** The way by which a service's calls reach an account that a test started by itself: as the gateway's door would let them in. */
import { type ErrorBody, GatewayError, toGatewayError } from '@openclaw-gateway/events';
import type { ChannelAccount } from '@openclaw-gateway/sdk';
import { startHttpServer } from './http-server.ts';

export type Door = { readonly url: string; readonly open: (account: ChannelAccount) => void; readonly close: () => Promise<void> };

export async function startDoor(): Promise<Door> {
  let account: ChannelAccount | undefined;
  const answer = async (request: { method?: string | undefined; url?: string | undefined; headers: object }, body: string) => {
    if (!account?.webhook) throw new GatewayError('CHANNEL_UNAVAILABLE');
    return account.webhook({
      method: request.method ?? '',
      headers: request.headers as Readonly<Record<string, string>>,
      query: Object.fromEntries(new URL(request.url ?? '/', 'http://door').searchParams),
      rawBody: Buffer.from(body),
    });
  };
  const server = await startHttpServer((request, body, response) => {
    answer(request, body).then(
      ({ status, headers, body: text }) => response.writeHead(status, headers).end(text),
      (thrown: unknown) => {
        const error = toGatewayError(thrown);
        const told: { error: ErrorBody } = { error: error.toBody() };
        response.writeHead(error.retryable ? 503 : error.status, { 'content-type': 'application/json' }).end(JSON.stringify(told));
      },
    );
  });
  return {
    url: server.origin,
    open: (opened) => {
      account = opened;
    },
    close: server.close,
  };
}
