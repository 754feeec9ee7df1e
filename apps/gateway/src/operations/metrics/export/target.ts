import type { Config } from '../../../config/index.ts';
import type { Family } from '../registry.ts';

/** The figures of this moment, made only in the form that is asked for. */
export type Snapshot = { readonly text: () => Promise<string>; readonly families: () => Promise<readonly Family[]> };

/** A server that metrics are pushed to. */
export type Target = {
  /** Rejects when the server did not take them. */
  readonly push: (snapshot: Snapshot, signal: AbortSignal) => Promise<void>;
  readonly close: () => Promise<void>;
};

export type ExportSettings = Omit<Config['gateway']['monitoring']['metrics']['export'], 'endpoint'> & { readonly endpoint: string };
