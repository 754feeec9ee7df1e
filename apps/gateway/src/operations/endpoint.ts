/** What everything that sends to other people's servers needs: addresses without their secrets, failures in words, waits. */
import { egress } from './egress/index.ts';

/** An address without the user, password, path and query it may hold: some services put a secret in their paths. */
export function shownEndpoint(address: string): string {
  const url = URL.parse(address);
  return url ? `${url.protocol}//${url.host}` : 'an address that cannot be read';
}

/** An address as a request takes it, and the header that stands for the user and password in it. */
export function splitCredentials(address: string): { readonly url: string; readonly headers: Readonly<Record<string, string>> } {
  const url = new URL(address);
  const { username, password } = url;
  if (username === '' && password === '') return { url: address, headers: {} };
  url.username = '';
  url.password = '';
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  return { url: url.href, headers: { authorization: `Basic ${credentials}` } };
}

/** Why something failed, in one line, with its cause where the error itself says little. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer in time';
  const { cause } = error;
  const because = cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code ?? '') : '';
  return (because ? `${error.message}: ${because}` : error.message).split('\n', 1)[0]?.slice(0, 500) ?? '';
}

/** How long to wait after so many failures in a row: doubling from `firstMs` to `mostMs`, jittered. */
export function backoffMs(failures: number, firstMs: number, mostMs: number, random: () => number = Math.random): number {
  return Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 30)) * (0.5 + random() / 2);
}

const MAX_SHOWN_ANSWER = 200;

/** Sends something and reads away the answer. Throws with the status and the beginning of the answer when it is not 2xx. */
export async function sendTo(
  address: string,
  request: {
    readonly method: 'POST' | 'PUT';
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { url, headers } = splitCredentials(address);
  const response = await egress.to(url).fetch(url, { ...request, headers: { ...headers, ...request.headers } });
  if (response.ok) return void (await response.body?.cancel());
  const answer = (await response.text().catch(() => '')).replaceAll(/\s+/g, ' ').trim().slice(0, MAX_SHOWN_ANSWER);
  throw new Error(`the server answered ${response.status}${answer === '' ? '' : `: ${answer}`}`);
}
