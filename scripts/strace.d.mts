export function ensureStrace(): Promise<string>;
