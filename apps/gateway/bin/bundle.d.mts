export const dist: string;
export const NODE_FLAGS: readonly string[];
export function isBundleCurrent(): boolean;
