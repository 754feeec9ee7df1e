import { z } from 'zod';
import { defineAggregate, defineEvent } from '../define.ts';
import { explain, name, problem } from './shared.ts';

/** The name of an npm package. */
const packageName = z
  .string()
  .regex(/^(@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/)
  .max(128);
const integrity = z.string().regex(/^sha512-[A-Za-z0-9+/=]{80,100}$/);
const contentHash = z.string().regex(/^[0-9a-f]{64}$/);

export const ExtensionAdded = defineEvent('extension.added', {
  version: 1,
  description: 'An extension was installed: this version of it and no other, and it is about to be started for the first time.',
  schema: z.object({
    name: packageName,
    version: name,
    /** Of the package as it was packed. */
    integrity,
    /** Of all files that were installed with it. */
    contentHash,
    from: z.enum(['folder', 'file', 'registry']),
  }),
  summary: (d) => `Extension ${d.name} ${d.version} added (${d.integrity.slice(0, 19)}…)`,
  retention: 'audit',
});

export const ExtensionRemoved = defineEvent('extension.removed', {
  version: 1,
  description: 'An extension was removed.',
  schema: z.object({ name: packageName, version: name }),
  summary: (d) => `Extension ${d.name} ${d.version} removed`,
  retention: 'audit',
});

export const ExtensionDown = defineEvent('extension.down', {
  version: 1,
  description: 'The process of an extension ended or was ended. It is started again after a while.',
  schema: z.object({ name: packageName, problem }),
  summary: (d) => `Extension ${d.name} is down: ${explain(d.problem)}`,
  retention: 'audit',
  severity: 'error',
});

export type InstalledExtension = {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
  readonly contentHash: string;
};
export type ExtensionState = { readonly installed: ReadonlyMap<string, InstalledExtension> };

export const Extension = defineAggregate<ExtensionState>({
  name: 'extension',
  events: [ExtensionAdded, ExtensionRemoved, ExtensionDown],
  initial: () => ({ installed: new Map() }),
  evolve: (state, event) => {
    if (ExtensionAdded.is(event)) {
      const { from: _, ...installed } = event.data;
      return { installed: new Map(state.installed).set(installed.name, installed) };
    }
    if (!ExtensionRemoved.is(event)) return state;
    const installed = new Map(state.installed);
    installed.delete(event.data.name);
    return { installed };
  },
});
