export const dist: string;
export const OLDEST_NODE: readonly [number, number];
export const inputsFile: string;
export const packagesFile: string;
export const NODE_FLAGS: readonly string[];
export const NODE_VARIABLES: Readonly<Record<string, string>>;
export function isBundleCurrent(): boolean;
