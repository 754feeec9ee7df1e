/** Changes on trial: one that nobody confirms in time, or with which the gateway is not well, is undone. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Actor, ConfigConfirmed, ConfigReverted, ConfigTrialStarted, GatewayError } from '@openclaw-gateway/events';
import { z } from 'zod';
import { hashText, readText, writeText } from './file.ts';
import { writeNote } from './note.ts';
import { checkBase } from './stopped.ts';
import type { ConfigEdit, ConfigStore, ConfigUpdate, FileChange, RecordConfigEvent } from './types.ts';

export type Trial = {
  readonly hash: string;
  readonly previousHash: string;
  /** When it is undone, in milliseconds since 1970; absent while it waits for the next start. */
  readonly endsAt?: number;
};

export interface ConfigTrials {
  /** What is on trial now. */
  current(): Trial | undefined;
  /**
   * Puts a change in force on trial. Keys that wait for a restart are on trial from the next start. Throws what `ConfigStore.change`
   * throws, and CONFIG_CONFLICT when the text in force is not the one the change was made for.
   */
  change(change: FileChange, edit: ConfigEdit & { readonly baseHash: string }): Promise<ConfigUpdate>;
  /** What is on trial stays. Throws CONFIG_NO_TRIAL. */
  confirm(actor: Actor): Promise<Trial>;
  /** What is on trial is undone now. Throws CONFIG_NO_TRIAL. */
  revert(actor: Actor): Promise<Trial>;
  /** Goes on with what an earlier process had on trial. */
  resume(): Promise<void>;
  close(): void;
}

export type ConfigTrialsOptions = {
  readonly store: ConfigStore;
  readonly record: RecordConfigEvent;
  /** Where the earlier text waits, readable by its owner only. */
  readonly path: string;
  /** What is not well just now; what was not well before the trial does not count. */
  readonly problems: () => readonly string[];
  /** Starts the gateway anew, for keys that are read at the start. */
  readonly restart: () => void;
  readonly logger: { warn(details: object, message: string): void };
  readonly windowMs?: number;
  readonly checkMs?: number;
};

type Cause = 'unconfirmed' | 'unhealthy' | 'restarted' | 'asked';

const kept = z.object({
  hash: z.string(),
  previousHash: z.string(),
  previousText: z.string(),
  /** How often the gateway started with it. */
  starts: z.int().nonnegative(),
  /** The process that has it in force. */
  pid: z.int().positive(),
  undone: z.boolean(),
});
type Kept = z.output<typeof kept>;

const WINDOW_MS = 60_000;
const CHECK_MS = 1_000;
/** A channel that connects anew is not well for a moment. */
const BAD_CHECKS = 5;
const TRIAL_ACTOR = { type: 'system', id: 'config-trial' } as const;
const UNDONE = 'the configuration on trial was not confirmed before the next restart';

export function trialPathIn(stateDir: string): string {
  return join(stateDir, 'config-trial.json');
}

/** To be called before the configuration is read: one that was on trial in a process that ended is put back. */
export async function undoUnconfirmed(paths: { readonly config: string; readonly trial: string; readonly note: string }): Promise<void> {
  const trial = await readKept(paths.trial);
  if (!trial || (trial.pid !== process.pid && isRunning(trial.pid))) return;
  const text = await readText(paths.config).catch(() => undefined);
  if (text === undefined || hashText(text) !== trial.hash) return rm(paths.trial, { force: true });
  if (trial.starts > 0) {
    await writeNote(paths.note, { hash: trial.previousHash, source: 'rollback', reason: UNDONE });
    await writeText(paths.config, trial.previousText);
  }
  await writeKept(paths.trial, { ...trial, starts: trial.starts + 1, undone: trial.starts > 0, pid: process.pid });
}

export function createConfigTrials(options: ConfigTrialsOptions): ConfigTrials {
  const { store, record, path, problems, restart, logger, windowMs = WINDOW_MS, checkMs = CHECK_MS } = options;
  let running: (Kept & { readonly endsAt?: number }) | undefined;
  let timer: NodeJS.Timeout | undefined;

  const shown = ({ hash, previousHash, endsAt }: NonNullable<typeof running>): Trial =>
    endsAt === undefined ? { hash, previousHash } : { hash, previousHash, endsAt };

  async function end(): Promise<void> {
    clearInterval(timer);
    running = undefined;
    await rm(path, { force: true });
  }

  /** Another change took its place: there is nothing to undo any more. */
  function ofNow(): NonNullable<typeof running> {
    if (running && store.current().hash === running.hash) return running;
    throw new GatewayError('CONFIG_NO_TRIAL');
  }

  function watch(trial: Kept, before: ReadonlySet<string>): void {
    const endsAt = Date.now() + windowMs;
    running = { ...trial, endsAt };
    let bad = 0;
    timer = setInterval(() => {
      if (store.current().hash !== trial.hash) return void end();
      const problem = problems().find((one) => !before.has(one));
      bad = problem === undefined ? 0 : bad + 1;
      if (problem !== undefined && bad >= BAD_CHECKS) undoByItself(trial, 'unhealthy', problem);
      else if (Date.now() >= endsAt) undoByItself(trial, 'unconfirmed');
    }, checkMs);
    timer.unref();
  }

  async function undo({ hash, previousHash, previousText }: Kept, cause: Cause, actor: Actor, problem?: string): Promise<void> {
    clearInterval(timer);
    const reason = problem === undefined ? `on trial: ${cause}` : `on trial: ${problem}`.slice(0, 500);
    const change = { op: 'text', text: previousText } as const;
    const { restartNeeded } = await store.change(change, { actor, source: 'rollback', baseHash: hash, reason }).finally(end);
    await record(ConfigReverted.create({ hash, previousHash, cause, ...(problem !== undefined && { problem }) }), { actor });
    // Keys that were read at the start of this process are those that are undone.
    if (restartNeeded.length > 0) restart();
  }

  function undoByItself(trial: Kept, cause: Cause, problem?: string): void {
    undo(trial, cause, TRIAL_ACTOR, problem).catch((error: unknown) => {
      logger.warn({ err: error }, 'the configuration on trial could not be undone');
    });
  }

  return {
    current: () => (running && store.current().hash === running.hash ? shown(running) : undefined),
    async change(change, edit) {
      const previousText = store.raw();
      checkBase(previousText, edit.baseHash);
      const previousHash = hashText(previousText);
      const planned = await store.change(change, { ...edit, dryRun: true });
      const { hash } = planned.snapshot;
      if (edit.dryRun || hash === previousHash) return planned;
      const before = new Set(problems());
      const afterRestart = planned.restartNeeded.length > 0;
      // One that is in force at once has no start to wait for: the next one is one too many.
      const trial = { hash, previousHash, previousText, starts: afterRestart ? 0 : 1, undone: false, pid: process.pid };
      clearInterval(timer);
      await writeKept(path, trial);
      const update = await store.change(change, edit).catch(async (error: unknown) => {
        await end();
        throw error;
      });
      await record(ConfigTrialStarted.create({ hash, previousHash, windowMs, afterRestart }), { actor: edit.actor });
      if (afterRestart) running = trial;
      else watch(trial, before);
      return update;
    },
    async confirm(actor) {
      const trial = ofNow();
      await record(ConfigConfirmed.create({ hash: trial.hash }), { actor });
      await end();
      return shown(trial);
    },
    async revert(actor) {
      const trial = ofNow();
      await undo(trial, 'asked', actor);
      return shown(trial);
    },
    async resume() {
      const trial = await readKept(path);
      if (!trial) return;
      if (trial.undone) {
        const { hash, previousHash } = trial;
        await record(ConfigReverted.create({ hash, previousHash, cause: 'restarted' }), { actor: TRIAL_ACTOR });
        await rm(path, { force: true });
      } else if (store.current().hash === trial.hash) watch(trial, new Set(problems()));
    },
    close: () => clearInterval(timer),
  };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function readKept(path: string): Promise<Kept | undefined> {
  try {
    return kept.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

function writeKept(path: string, trial: Kept): Promise<void> {
  return writeText(path, `${JSON.stringify(trial)}\n`);
}
