/** Messages that are accepted and neither ended nor held, with when they came in and by which account. */
export class LiveMessages {
  readonly #messages = new Map<string, { readonly receivedAt: number; readonly place: string }>();
  readonly #byPlace = new Map<string, number>();

  get size(): number {
    return this.#messages.size;
  }

  has(messageId: string): boolean {
    return this.#messages.has(messageId);
  }

  add(messageId: string, receivedAt: number, { channel, account }: { readonly channel: string; readonly account: string }): void {
    this.delete(messageId);
    const place = placeOf(channel, account);
    this.#messages.set(messageId, { receivedAt, place });
    this.#byPlace.set(place, (this.#byPlace.get(place) ?? 0) + 1);
  }

  delete(messageId: string): void {
    const message = this.#messages.get(messageId);
    if (!message) return;
    this.#messages.delete(messageId);
    const left = (this.#byPlace.get(message.place) ?? 1) - 1;
    if (left > 0) this.#byPlace.set(message.place, left);
    else this.#byPlace.delete(message.place);
  }

  /** How many came by an account. */
  of(channel: string, account: string): number {
    return this.#byPlace.get(placeOf(channel, account)) ?? 0;
  }

  /** When the oldest came in. The queue limit bounds how many are looked at. */
  oldest(): number | undefined {
    let oldest: number | undefined;
    for (const { receivedAt } of this.#messages.values()) if (oldest === undefined || receivedAt < oldest) oldest = receivedAt;
    return oldest;
  }
}

const placeOf = (channel: string, account: string) => `${channel}/${account}`;
