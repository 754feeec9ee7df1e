/** A bundle goes up as it is: the gateway checks it from its first byte to its last. */
import type { ErrorBody } from '@openclaw-gateway/events';

export type ImportedBundle = { readonly bundleId: string; readonly sessionId: string; readonly events: number; readonly key: string };

/** Imports a bundle to be replayed. Rejects with what is wrong with it. */
export async function importBundle(file: Blob): Promise<ImportedBundle> {
  const answer = await fetch('/api/replays/bundles', {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'content-type': 'application/octet-stream' },
    body: file,
  });
  const body = (await answer.json()) as ImportedBundle & { readonly error?: ErrorBody };
  if (!answer.ok) throw new Error(body.error?.message ?? String(answer.status));
  return body;
}
