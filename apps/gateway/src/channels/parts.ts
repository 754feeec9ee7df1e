/** Replies that go out in several messages. One that is tried again goes on after the last part that the service took. */
const MOST_UNFINISHED = 1_000;

export type PartSender = <Part>(
  deliveryId: string,
  parts: readonly Part[],
  send: (part: Part, index: number) => Promise<string>,
) => Promise<{ readonly providerMessageId?: string }>;

/** Remembers how far each delivery came, for as long as the account runs. `send` resolves with the service's id of the message. */
export function createPartSender(): PartSender {
  const unfinished = new Map<string, number>();
  return async (deliveryId, parts, send) => {
    let providerMessageId = '';
    for (const [index, part] of parts.entries()) {
      if (index < (unfinished.get(deliveryId) ?? 0)) continue;
      providerMessageId = await send(part, index);
      if (parts.length > 1) rememberIn(unfinished, deliveryId, index + 1, MOST_UNFINISHED);
    }
    unfinished.delete(deliveryId);
    return providerMessageId ? { providerMessageId } : {};
  };
}

/** Keeps what is newest. */
export function rememberIn<T>(map: Map<string, T>, key: string, value: T, most: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= most) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
