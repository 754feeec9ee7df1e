/** A bundle goes up as it is: the gateway checks it from its first byte to its last. */
import type { ErrorBody } from '@openclaw-gateway/events';
import { CallError } from './act.ts';

export type ImportedBundle = { readonly bundleId: string; readonly sessionId: string; readonly events: number; readonly key: string };

/** What is wrong with a bundle, in its order, and a page of its lines. */
export type BundleInspection = {
  readonly findings: readonly {
    readonly where: string;
    readonly problem: string;
    readonly expected?: string;
    readonly found?: string;
    readonly position?: number;
  }[];
  readonly findingsCount: number;
  readonly lines: number;
  readonly readable: number;
  readonly events: readonly {
    readonly line: number;
    readonly position?: number;
    readonly time?: number;
    readonly type?: string;
    readonly summary?: string;
    readonly content: string;
    readonly findings: number;
  }[];
  readonly next?: number;
};

/** Imports a bundle to be replayed. Rejects with what is wrong with it. */
export function importBundle(file: Blob): Promise<ImportedBundle> {
  return send('/api/replays/bundles', file);
}

/** What is wrong with a bundle, and the lines of it after one. Nothing of it is kept. */
export function inspectBundle(file: Blob, after: number, signal: AbortSignal): Promise<BundleInspection> {
  return send(`/api/replays/bundles/inspect?after=${after}`, file, signal);
}

async function send<Answer>(url: string, file: Blob, signal?: AbortSignal): Promise<Answer> {
  const answer = await fetch(url, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'content-type': 'application/octet-stream' },
    body: file,
    ...(signal && { signal }),
  });
  const body = (await answer.json()) as Answer & { readonly error?: ErrorBody };
  if (!answer.ok) throw new CallError(body.error);
  return body;
}
