export function pack(folder: string): Promise<{ readonly file: string; readonly sizeBytes: number }>;
