/** What a check is. Each has an id of its own and finds one kind of fault; the reference in docs/doctor.md is made of these. */
import type { Machine } from './machine.ts';
import type { Severity } from './report.ts';

/** What `--network`, `--config` and `--security` look at. */
export type Scope = 'network' | 'config' | 'security';

/** One fault, in words for whoever runs the gateway. */
export type Found = {
  /** What there is, with its values. A secret is never among them. */
  readonly found: string;
  /** In place of what the check says in general, where more is known. */
  readonly severity?: Severity;
  readonly cause?: string;
  readonly remedy?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  /** Repairs it. Only where nothing can be lost by it. */
  readonly repair?: () => Promise<void>;
};

export type Check = {
  /** Stable: scripts may rely on it. */
  readonly id: string;
  readonly severity: Severity;
  readonly scopes?: readonly Scope[];
  /** What it finds, as the end of "Finds …". */
  readonly finds: string;
  readonly cause: string;
  /** What to do, with the exact command where there is one. */
  readonly remedy: string;
  /** What `--fix` does about it. */
  readonly fix?: string;
  /** Whether it opens the databases. */
  readonly opensDatabases?: true;
  readonly look: (machine: Machine) => Promise<readonly Found[]>;
};

/** A check of the configuration alone, so that one that is not in force yet can be looked at, too. */
export type ConfigCheck = Omit<Check, 'look'> & { readonly look: (machine: Pick<Machine, 'config'>) => Promise<readonly Found[]> };
