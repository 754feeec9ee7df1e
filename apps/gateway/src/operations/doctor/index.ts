/**
 * The doctor: looks for everything that is known to go wrong, says why and what to do, and repairs what can be repaired without
 * losing anything. It reads only, unless it is told to repair, and needs no running gateway. A check knows nothing of how its
 * findings are shown.
 */
import { lookQuietly } from '@openclaw-gateway/db';
import type { Check, Found, Scope } from './check.ts';
import { createMachine, type Machine, type MachineOptions } from './machine.ts';
import { CHECKS } from './manifest.ts';
import type { DoctorFinding, DoctorReport } from './report.ts';

export type Diagnosis = DoctorReport & { readonly running: boolean };

export type DoctorOptions = Omit<MachineOptions, 'deep'> & {
  /** Only checks of these scopes, more thoroughly; all checks, quickly, when there is none. */
  readonly scopes: readonly Scope[];
  readonly fix: boolean;
};

export type { Check, Scope } from './check.ts';
export { CHECKS, FAMILIES } from './manifest.ts';
export type { CheckResult, DoctorFinding, Severity } from './report.ts';

const QUICK_CHECK_MS = 15_000;
const DEEP_CHECK_MS = 60_000;

/** Runs the checks beside each other, and the repairs after them one by one. Never rejects because of a check. */
export async function diagnose({ scopes, fix, ...options }: DoctorOptions): Promise<Diagnosis> {
  const startedAt = performance.now();
  const look = lookQuietly(options.paths.databases);
  const machine = createMachine({ ...options, deep: scopes.length > 0 }, look.isOwned);
  const chosen = CHECKS.filter((check) => scopes.length === 0 || check.scopes?.some((scope) => scopes.includes(scope)));
  // As soon as the databases are closed a gateway may start, whatever the network still does.
  const inDatabases = Promise.all(chosen.filter((check) => check.opensDatabases).map((check) => examine(check, machine))).finally(look.end);
  const elsewhere = Promise.all(chosen.filter((check) => !check.opensDatabases).map((check) => examine(check, machine)));
  const examined = new Map([...(await inDatabases), ...(await elsewhere)].map((one) => [one.check, one]));
  const ordered = chosen.flatMap((check) => examined.get(check) ?? []);

  const findings: DoctorFinding[] = [];
  for (const { check, found } of ordered) for (const one of found) findings.push(await toFinding(check, one, fix));
  const checks = ordered.map(({ check, found, durationMs, error }) => ({
    id: check.id,
    findings: found.length,
    durationMs: Math.round(durationMs),
    ...(error !== undefined && { error }),
  }));
  const isWell = findings.every(({ severity, fixed }) => severity === 'note' || fixed) && checks.every(({ error }) => error === undefined);
  const running = machine.isOwned || (await machine.running()) !== undefined;
  return { ok: isWell, running, findings, checks, durationMs: Math.round(performance.now() - startedAt) };
}

type Examined = { readonly check: Check; readonly found: readonly Found[]; readonly durationMs: number; readonly error?: string };

async function examine(check: Check, machine: Machine): Promise<Examined> {
  const startedAt = performance.now();
  const limitMs = machine.deep ? DEEP_CHECK_MS : QUICK_CHECK_MS;
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`it took longer than ${limitMs / 1000} s`)), limitMs);
  try {
    const found = await Promise.race([check.look(machine), late.promise]);
    return { check, found, durationMs: performance.now() - startedAt };
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown.message : String(thrown);
    return { check, found: [], durationMs: performance.now() - startedAt, error };
  } finally {
    clearTimeout(timer);
  }
}

async function toFinding(check: Check, { repair, ...found }: Found, fix: boolean): Promise<DoctorFinding> {
  const finding = {
    id: check.id,
    severity: check.severity,
    cause: check.cause,
    remedy: check.remedy,
    ...found,
    ...(repair && check.fix !== undefined && { fix: check.fix }),
  };
  if (!fix || !repair) return finding;
  return await repair().then(
    () => ({ ...finding, fixed: true }),
    (error: unknown) => ({ ...finding, fixed: false, fixError: error instanceof Error ? error.message : String(error) }),
  );
}
