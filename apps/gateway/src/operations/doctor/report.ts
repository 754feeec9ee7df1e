/** What the doctor says. */

/** `error`: something does not work, or is not safe. `warning`: it will not, or costs. `note`: good to know, nothing is wrong. */
export type Severity = 'error' | 'warning' | 'note';

export type DoctorFinding = {
  readonly id: string;
  readonly severity: Severity;
  readonly found: string;
  readonly cause: string;
  readonly remedy: string;
  /** What `--fix` does about it; absent where nothing is safe. */
  readonly fix?: string;
  /** Whether it was repaired just now. */
  readonly fixed?: boolean;
  /** Why the repair failed. */
  readonly fixError?: string;
  readonly details?: Readonly<Record<string, unknown>>;
};

export type CheckResult = {
  readonly id: string;
  readonly findings: number;
  /** From the start of the check until its end; the checks run beside each other. */
  readonly durationMs: number;
  /** Why the check itself failed. */
  readonly error?: string;
};

export type DoctorReport = {
  /** Whether there is nothing but notes, and every check could be made. */
  readonly ok: boolean;
  readonly findings: readonly DoctorFinding[];
  readonly checks: readonly CheckResult[];
  readonly durationMs: number;
};
