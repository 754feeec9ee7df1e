/** A probe of accounts as it goes on: each step when it was taken, then how the account is, at last that all were asked. */
import type { Channels, ProbeUpdate } from '../parts.ts';

type Whom = { readonly channel?: string; readonly account?: string };

/** Throws CHANNEL_NOT_FOUND. Whoever stops listening does not stop the probe: what it finds is recorded. */
export async function* probeProgress(
  channels: Pick<Channels, 'probe'>,
  { channel, account }: Whom,
): AsyncGenerator<ProbeUpdate | { readonly kind: 'end' }> {
  const heard: ProbeUpdate[] = [];
  let more = Promise.withResolvers<void>();
  const hear = (update: ProbeUpdate) => {
    heard.push(update);
    more.resolve();
  };
  const probing = channels.probe(channel, { ...(account !== undefined && { account }), onUpdate: hear });
  let ended = false;
  const end = () => {
    ended = true;
    more.resolve();
  };
  probing.then(end, end);
  for (;;) {
    while (heard.length > 0) yield* heard.splice(0);
    if (ended) break;
    await more.promise;
    more = Promise.withResolvers<void>();
  }
  await probing;
  yield { kind: 'end' };
}
