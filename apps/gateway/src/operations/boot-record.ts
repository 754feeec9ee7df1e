/**
 * Remembers in a small file which starts of the gateway ended badly, so that one that keeps crashing starts in safe mode: it
 * shows itself and can be configured, and does nothing that may have been the cause.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { GatewayError, toGatewayError } from '@openclaw-gateway/events';
import { isFinal } from './exit-codes.ts';

/** Why a process ended, as far as it could say. */
export type BootProblem = { readonly code: string; readonly message: string; readonly at: number; readonly remedy?: string };

export type SafeMode = {
  readonly since: number;
  /** Somebody wanted it; else it was entered after crashes. */
  readonly asked: boolean;
  readonly crashes: number;
  readonly problem?: BootProblem;
};

type Attempt = { readonly at: number; readonly pid: number; readonly problem?: BootProblem };

export type BootRecord = {
  /** Starts that have not ended well, nor run well for a while. */
  readonly attempts: readonly Attempt[];
  /** The configuration and the program that they were made with: others deserve a new chance. */
  readonly fingerprint?: string;
  /** In force from the next start on. */
  readonly safeMode?: SafeMode;
  /** Why the last start was given up for good. */
  readonly refused?: BootProblem;
};

export type BootRules = {
  readonly now: number;
  readonly pid: number;
  readonly fingerprint: string;
  /** So many crashes … 0 never. */
  readonly crashes: number;
  /** … within so long. */
  readonly withinMs: number;
  /** What the command line says. */
  readonly asked?: 'safe' | 'normal';
  /** What whoever started the process says of the end of the one before. */
  readonly lastExit?: string;
};

export const NO_RECORD: BootRecord = { attempts: [] };

/** What a start is to be, and the record with this start in it. */
export function decideStart(record: BootRecord, rules: BootRules): { readonly safeMode?: SafeMode; readonly record: BootRecord } {
  const { now, pid, fingerprint, asked } = rules;
  const isSame = record.fingerprint === fingerprint;
  const recent = asked === 'normal' || !isSame ? [] : record.attempts.filter(({ at }) => at <= now && now - at <= rules.withinMs);
  const normal = { record: { fingerprint, attempts: [...recent, { at: now, pid }] } };
  if (asked === 'normal') return normal;
  if (asked === 'safe') {
    // For this start only.
    const kept = { ...record, fingerprint };
    return { safeMode: { since: now, asked: true, crashes: 0 }, record: kept };
  }
  const standing = record.safeMode;
  if (standing && (standing.asked || isSame)) return { safeMode: standing, record: { attempts: [], fingerprint, safeMode: standing } };
  if (rules.crashes === 0 || recent.length < rules.crashes) return normal;
  const safeMode = { since: now, asked: false, crashes: recent.length, problem: lastProblem(recent, rules) };
  return { safeMode, record: { attempts: [], fingerprint, safeMode } };
}

function lastProblem(attempts: readonly Attempt[], { now, lastExit }: BootRules): BootProblem {
  const known = attempts.findLast(({ problem }) => problem)?.problem;
  if (known) return known;
  const how = lastExit ?? 'it was killed, by hand or because memory ran out, or the machine went down';
  return { code: 'INTERNAL', message: `The process ended without a word: ${how}.`, at: now };
}

/** Writes down how this process fares. Nothing here may keep a gateway from starting: what cannot be written is said on stderr. */
export type Boot = {
  /** Begins a start. */
  readonly begin: (rules: Omit<BootRules, 'now' | 'pid'>) => Promise<SafeMode | undefined>;
  /** The start, or the life, ended with this error. */
  readonly failed: (thrown: unknown) => void;
  /** The process ends as it was asked to. */
  readonly endedWell: () => void;
  /** It has run well for a while: earlier crashes no longer count. */
  readonly isHealthy: () => Promise<void>;
};

export function openBoot(path: string, pid: number = process.pid): Boot {
  let startedAt = -1;
  const withOwn = (record: BootRecord, change: (attempt: Attempt) => readonly Attempt[]): BootRecord => ({
    ...record,
    attempts: record.attempts.flatMap((attempt) => (attempt.at === startedAt ? change(attempt) : [attempt])),
  });
  // Others write to the file, too, while this process runs: it is read anew each time.
  return {
    async begin(rules) {
      startedAt = Date.now();
      const { safeMode, record } = decideStart(await readBootRecord(path), { ...rules, now: startedAt, pid });
      await save(path, record);
      return safeMode;
    },
    failed(thrown) {
      const error = toGatewayError(thrown);
      const problem = problemOf(error);
      const record = readNow(path);
      const isMine = record.attempts.some(({ at }) => at === startedAt);
      if (isFinal(error)) saveNow(path, { ...withOwn(record, () => []), refused: problem });
      else if (isMine)
        saveNow(
          path,
          withOwn(record, (attempt) => [{ ...attempt, problem }]),
        );
      else saveNow(path, { ...record, attempts: [...record.attempts, { at: Date.now(), pid, problem }] });
    },
    endedWell() {
      saveNow(
        path,
        withOwn(readNow(path), () => []),
      );
    },
    async isHealthy() {
      const { refused: _, ...record } = await readBootRecord(path);
      if (!record.safeMode) await save(path, { ...record, attempts: [] });
    },
  };
}

/** What the next start is to be, whoever starts it. */
export async function askForNextStart(path: string, mode: 'safe' | 'normal'): Promise<void> {
  const { fingerprint } = await readBootRecord(path);
  const safeMode = { since: Date.now(), asked: true, crashes: 0 };
  await save(path, { attempts: [], ...(fingerprint && { fingerprint }), ...(mode === 'safe' && { safeMode }) });
}

/** The record, or an empty one where there is none or it cannot be understood. */
export async function readBootRecord(path: string): Promise<BootRecord> {
  return parse(await readFile(path, 'utf8').catch(() => ''));
}

function parse(text: string): BootRecord {
  try {
    const value = JSON.parse(text) as BootRecord;
    return Array.isArray(value.attempts) ? value : NO_RECORD;
  } catch {
    return NO_RECORD;
  }
}

/** Why a start since `since` did not succeed, where the process could say. */
export function failureSince({ attempts, refused }: BootRecord, since: number): BootProblem | undefined {
  const problems = [refused, ...attempts.map(({ problem }) => problem)].filter((problem) => problem !== undefined);
  return problems.filter(({ at }) => at >= since).toSorted((a, b) => b.at - a.at)[0];
}

function problemOf(error: GatewayError): BootProblem {
  const cause = error.code === 'INTERNAL' && error.cause instanceof Error ? ` ${error.cause.message}` : '';
  const remedy = error.details?.['remedy'];
  return {
    code: error.code,
    message: `${error.message}${cause}`.slice(0, 1000),
    at: Date.now(),
    remedy: typeof remedy === 'string' ? remedy : error.remedy,
  };
}

async function save(path: string, record: BootRecord): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(`${path}.tmp`, `${JSON.stringify(record)}\n`, { mode: 0o600 });
    await rename(`${path}.tmp`, path);
  } catch (error) {
    complain(path, error);
  }
}

/** For a process that is about to end. */
function readNow(path: string): BootRecord {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch {
    return NO_RECORD;
  }
}

function saveNow(path: string, record: BootRecord): void {
  try {
    writeFileSync(`${path}.tmp`, `${JSON.stringify(record)}\n`, { mode: 0o600 });
    renameSync(`${path}.tmp`, path);
  } catch (error) {
    complain(path, error);
  }
}

function complain(path: string, error: unknown): void {
  process.stderr.write(`openclaw: ${path} cannot be written: ${error instanceof Error ? error.message : String(error)}\n`);
}

/** The error with which messages are refused in safe mode. */
export function safeModeError({ asked, crashes, problem }: SafeMode): GatewayError {
  const why = asked ? 'as it was asked to' : `after ${crashes} crashes; the last: ${problem?.message ?? 'unknown'}`;
  return new GatewayError('SAFE_MODE', {
    message: `The gateway is in safe mode and takes no messages, ${why}`.replace(/\.?$/, '.'),
    details: { asked, crashes, retryAfterMs: 30_000, ...(problem && { problem }) },
  });
}
