export const LAUNCH_ARGS: string[];
export function findBrowser(): Promise<{ executablePath: string; env: Record<string, string>; from: string; version: string }>;
