/**
 * `fetch` for the provider SDKs over node:http with kept-alive connections. It costs about half the CPU of the
 * built-in one, never follows a redirect (the key would go along) and bounds what it reads.
 */
import http from 'node:http';
import https from 'node:https';
import { GatewayError } from '@openclaw-gateway/events';

const MOST_CONNECTIONS = 256;
const IDLE_CONNECTION_MS = 30_000;
const MOST_RESPONSE_BYTES = 32 * 1024 * 1024;
const AGENT = {
  keepAlive: true,
  maxSockets: MOST_CONNECTIONS,
  maxFreeSockets: 64,
  timeout: IDLE_CONNECTION_MS,
  scheduling: 'lifo',
} as const;

/** A `fetch` with connections of its own. Takes the one shape the SDKs use: a URL, plain headers, a text as body. */
export function createHttpFetch(): typeof fetch {
  const plain = new http.Agent(AGENT);
  const secure = new https.Agent(AGENT);
  return (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const body = typeof init.body === 'string' ? init.body : '';
    const headers = { ...(init.headers as Record<string, string>), 'content-length': String(Buffer.byteLength(body)) };
    const { method = 'POST', signal } = init;
    return new Promise((resolve, reject) => {
      const options = { method, headers, ...(signal ? { signal } : {}) };
      const request =
        url.protocol === 'https:' ? https.request(url, { ...options, agent: secure }) : http.request(url, { ...options, agent: plain });
      request.on('response', (response) => {
        try {
          resolve(toResponse(response));
        } catch (error) {
          response.destroy();
          reject(error);
        }
      });
      request.on('error', reject);
      request.end(body);
    });
  };
}

function toResponse(incoming: http.IncomingMessage): Response {
  const status = incoming.statusCode ?? 0;
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  if (status < 300) refuseWebPage(headers.get('content-type') ?? '');
  return new Response(bounded(incoming), { status, headers });
}

/** A proxy's sign-in page comes with status 200, too. */
function refuseWebPage(contentType: string): void {
  if (!/html/i.test(contentType)) return;
  throw new GatewayError('MODEL_BAD_RESPONSE', {
    message: `The model provider answered with ${contentType} instead of JSON.`,
    details: { contentType },
  });
}

function bounded(incoming: http.IncomingMessage): ReadableStream<Uint8Array> {
  let left = MOST_RESPONSE_BYTES;
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        incoming.on('data', (part: Buffer) => {
          left -= part.length;
          if (left < 0) {
            incoming.destroy(
              new GatewayError('MODEL_BAD_RESPONSE', {
                message: 'The answer of the model provider is too large.',
                details: { limitBytes: MOST_RESPONSE_BYTES },
              }),
            );
            return;
          }
          controller.enqueue(part);
          if ((controller.desiredSize ?? 0) <= 0) incoming.pause();
        });
        incoming.on('end', () => controller.close());
        incoming.on('error', (error) => controller.error(error));
      },
      pull: () => void incoming.resume(),
      cancel: () => void incoming.destroy(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: 65_536 }),
  );
}
