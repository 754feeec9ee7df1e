/** How the provider is asked: over the gateway's one way out, without following it elsewhere, and for no more than an answer can need. */
import type { EgressFetch } from '../../operations/egress/index.ts';

const MOST_BYTES = 1_000_000;

/** The way to an issuer. What its document of discovery names elsewhere counts as somebody else's word. */
export type ProviderWay = { readonly fetch: EgressFetch };
export type WayTo = (issuer: string) => ProviderWay;

type LibraryRequest = {
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
};

/** A fetch as the library of OpenID Connect calls it. */
export function providerFetch(way: ProviderWay): (url: string, request?: LibraryRequest) => Promise<Response> {
  return (url, { method, headers, body, signal } = {}) =>
    way.fetch(url, {
      redirect: 'answer',
      mostBytes: MOST_BYTES,
      ...(method !== undefined && { method }),
      ...(headers !== undefined && { headers }),
      ...(body !== undefined && body !== null && { body: String(body) }),
      ...(signal !== undefined && { signal }),
    });
}
