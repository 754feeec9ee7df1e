/** How the provider is asked. Whatever it answers, it costs no more than this. */
const MAX_BYTES = 1_000_000;

export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** A fetch that follows no redirect and reads an answer up to a size; what is larger fails. */
export function boundedFetch(fetch: Fetch, maxBytes = MAX_BYTES): Fetch {
  return async (url, init) => {
    const response = await fetch(url, { ...init, redirect: 'manual' });
    const body = await read(response, maxBytes);
    const { status, statusText, headers } = response;
    return new Response(isWithoutBody(status) ? null : body, { status: Math.max(200, status), statusText, headers: plain(headers) });
  };
}

async function read(response: Response, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new TypeError(`the answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Uint8Array.from(Buffer.concat(chunks));
}

function isWithoutBody(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}

/** The body is unpacked already. */
function plain(headers: Headers): Headers {
  const kept = new Headers(headers);
  kept.delete('content-encoding');
  kept.delete('content-length');
  return kept;
}
