/** Keeps known secrets out of the log. Looking costs one search per secret; only a hit is taken apart. */

const REPLACEMENT = '[secret]';
/** Anything shorter would be found inside ordinary words. */
const MIN_SECRET_LENGTH = 6;

export class Redactor {
  #secrets: readonly { readonly plain: string; readonly inJson: string }[] = [];

  constructor(secrets: readonly string[]) {
    this.set(secrets);
  }

  set(secrets: readonly string[]): void {
    const known = [...new Set(secrets)].filter((secret) => secret.length >= MIN_SECRET_LENGTH);
    // The longest first, so that a secret which contains another one leaves nothing behind.
    known.sort((a, b) => b.length - a.length);
    this.#secrets = known.map((plain) => ({ plain, inJson: JSON.stringify(plain).slice(1, -1) }));
  }

  /** The same value when its JSON holds no secret, otherwise a copy with `[secret]` in each one's place. */
  redact<T>(value: T, json: string): T {
    return this.#secrets.some((secret) => json.includes(secret.inJson)) ? (this.#clean(value) as T) : value;
  }

  #clean(value: unknown): unknown {
    if (typeof value === 'string') return this.#cleanText(value);
    if (Array.isArray(value)) return value.map((item) => this.#clean(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [this.#cleanText(key), this.#clean(item)]));
  }

  #cleanText(text: string): string {
    return this.#secrets.reduce((rest, secret) => rest.replaceAll(secret.plain, REPLACEMENT), text);
  }
}
