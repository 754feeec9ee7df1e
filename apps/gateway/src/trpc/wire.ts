/** An object type whose optional fields are absent rather than undefined. */
export type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** The object without the fields that are undefined: what was parsed from the wire may say `undefined`, the ports do not take it. */
export function definedOnly<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}

/** The text cut to a number of characters, and whether something was cut. */
export function cut(text: string, max: number): { readonly text: string; readonly truncated: boolean } {
  return text.length <= max ? { text, truncated: false } : { text: text.slice(0, max), truncated: true };
}
