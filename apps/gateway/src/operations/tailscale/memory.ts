import { mkdirSync, readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';

const schema = z.object({
  /** What this gateway had Tailscale publish. */
  published: z.object({ kind: z.enum(['https', 'tcp']), target: z.string() }).optional(),
  /** How the machine was set before the gateway set it. */
  before: z.object({ hostname: z.string(), acceptRoutes: z.boolean(), exitNode: z.boolean() }).optional(),
});

export type Remembered = z.output<typeof schema>;

export type Memory = {
  get(): Remembered;
  set(next: Remembered): Promise<void>;
  remove(): Promise<void>;
};

/** What was done to Tailscale and is to be taken back, in a file that outlives the process. A file that cannot be read is none. */
export function openMemory(path: string): Memory {
  let current = read(path);
  return {
    get: () => current,
    async set(next) {
      current = next;
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      await writeFile(`${path}.tmp`, `${JSON.stringify(next)}\n`, { mode: 0o600 });
      await rename(`${path}.tmp`, path);
    },
    async remove() {
      current = {};
      await rm(path, { force: true });
    },
  };
}

function read(path: string): Remembered {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return {};
  }
}
