/** `fetch` for the provider SDKs, over the gateway's one way out. */
import { GatewayError } from '@openclaw-gateway/events';
import { egress } from '../operations/egress/index.ts';

/** Takes the one shape the SDKs use: a URL, plain headers, a text as body. `baseUrl` is where the operator has the provider. */
export function createHttpFetch(baseUrl: string): typeof fetch {
  const way = egress.to(baseUrl);
  return async (input, init = {}) => {
    const response = await way.fetch(input instanceof Request ? input.url : input, {
      method: init.method ?? 'POST',
      headers: init.headers as Record<string, string>,
      body: typeof init.body === 'string' ? init.body : '',
      ...(init.signal && { signal: init.signal }),
      redirect: 'answer',
    });
    if (response.status < 300) await refuseWebPage(response);
    return response;
  };
}

/** A proxy's sign-in page comes with status 200, too. */
async function refuseWebPage(response: Response): Promise<void> {
  const contentType = response.headers.get('content-type') ?? '';
  if (!/html/i.test(contentType)) return;
  await response.body?.cancel();
  throw new GatewayError('MODEL_BAD_RESPONSE', {
    message: `The model provider answered with ${contentType} instead of JSON.`,
    details: { contentType },
  });
}
