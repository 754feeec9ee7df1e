/** Messages at set times. What was done is read from the newest event of each schedule, so that a start costs the same however long the log is. */
import {
  type Actor,
  GatewayError,
  type NewEvent,
  newId,
  ScheduleFailed,
  ScheduleFired,
  ScheduleSet,
  ScheduleSkipped,
  toGatewayError,
} from '@openclaw-gateway/events';
import type { Config } from '../config/index.ts';
import type { Logger } from '../operations/logs.ts';
import type { Pipeline } from '../parts.ts';
import { problemOf } from '../pipeline/run-context.ts';
import { SYSTEM } from '../take-up.ts';
import { type Times, timesOf } from './cron.ts';
import { decideDue } from './due.ts';
import { type Last, lastOf, type NewestReads, newestOf } from './newest.ts';

export type ScheduleRow = {
  readonly name: string;
  readonly enabled: boolean;
  readonly cron: string;
  readonly timeZone: string;
  /** Milliseconds since 1970, as all times here. */
  readonly next?: number;
  readonly last?: Last;
};

export type Schedules = {
  /** Takes the present configuration over; the first time, it begins to fire. Resolves once what was due is submitted. */
  readonly apply: () => Promise<void>;
  readonly list: () => Promise<readonly ScheduleRow[]>;
  /** Submits the message of a schedule now. Throws SCHEDULE_NOT_FOUND and what the pipeline refuses with. */
  readonly run: (name: string, actor: Actor) => Promise<{ readonly messageId: string }>;
  /** Nothing fires any more once this resolves. */
  readonly stop: () => Promise<void>;
};

export type SchedulesOptions = {
  readonly settings: () => Config['schedules'];
  readonly pipeline: Pick<Pipeline, 'receive'>;
  readonly store: NewestReads;
  readonly record: (streamId: string, event: NewEvent, metadata: { readonly actor: Actor }) => Promise<void>;
  readonly logger: Pick<Logger, 'error' | 'warn'>;
  readonly now?: () => number;
};

type Setting = Config['schedules'][string];
type Cell = { setting: Setting; times: Times; doneUntil: number };

/** A clock may jump, and a timer cannot be longer than 24.8 days: so it is looked at again at least this often. */
const LOOK_MS = 30_000;
const RETRY_MS = 5000;

export function createSchedules({ settings, pipeline, store, record, logger, now = Date.now }: SchedulesOptions): Schedules {
  const cells = new Map<string, Cell>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let changed = false;
  let working: Promise<void> = Promise.resolve();

  const write = (name: string, event: NewEvent, actor = SYSTEM) => record(`schedule/${name}`, event, { actor });
  const ruleOf = (name: string, { cron, timeZone }: Setting) => ({ name, cron, timeZone });

  /** One look after the other, so that nobody is in the middle of what another one changes. A configuration that could not be taken over is tried again. */
  const look = (): Promise<void> => {
    working = working.then(async () => {
      if (stopped) return;
      clearTimeout(timer);
      const isNew = changed;
      changed = false;
      let waitMs = RETRY_MS;
      try {
        if (isNew) await takeOver();
        waitMs = await fireDue();
      } catch (error) {
        changed ||= isNew;
        logger.error({ err: error }, 'the schedules were not looked at');
      }
      if (stopped || (cells.size === 0 && !changed)) return;
      timer = setTimeout(() => void look(), waitMs);
      timer.unref();
    });
    return working;
  };

  async function takeOver(): Promise<void> {
    const wanted = settings();
    for (const [name, { setting }] of cells) {
      if (Object.hasOwn(wanted, name)) continue;
      if (setting.enabled) await write(name, setEvent(name, { ...setting, enabled: false }));
      cells.delete(name);
    }
    for (const [name, setting] of Object.entries(wanted)) cells.set(name, await cellOf(name, setting));
  }

  async function cellOf(name: string, setting: Setting): Promise<Cell> {
    const times = timesOf(setting.cron, setting.timeZone);
    const known = cells.get(name);
    const before = known ? { ...known.setting, doneUntil: known.doneUntil } : await newestOf(store, name);
    if (before && before.cron === setting.cron && before.timeZone === setting.timeZone && before.enabled === setting.enabled)
      return { setting, times, doneUntil: before.doneUntil };
    const set = setEvent(name, setting);
    await write(name, set);
    return { setting, times, doneUntil: set.data.from };
  }

  const setEvent = (name: string, setting: Setting) =>
    ScheduleSet.create({ ...ruleOf(name, setting), enabled: setting.enabled, from: now() });

  /** Resolves with how long nothing is to be done. */
  async function fireDue(): Promise<number> {
    let waitMs = LOOK_MS;
    for (const [name, cell] of cells) {
      if (!cell.setting.enabled) continue;
      const { times, doneUntil, setting } = cell;
      const due = decideDue(times, { doneUntil, now: now(), missed: setting.missed });
      if (due.kind === 'fire' && !(await fire(name, setting, due))) waitMs = Math.min(waitMs, RETRY_MS);
      else if (due.kind !== 'wait') {
        if (due.kind === 'skip') await write(name, ScheduleSkipped.create({ ...ruleOf(name, setting), plannedAt: due.plannedAt }));
        cell.doneUntil = due.plannedAt;
      }
      const next = times(cell.doneUntil);
      if (due.kind !== 'fire' && next !== undefined) waitMs = Math.min(waitMs, Math.max(0, next - now()));
    }
    return waitMs;
  }

  /** Resolves with whether the time is dealt with; where not, the same message is submitted again. */
  async function fire(name: string, setting: Setting, due: { plannedAt: number; why: 'due' | 'missed' }): Promise<boolean> {
    const { plannedAt, why } = due;
    const time = { ...ruleOf(name, setting), plannedAt };
    const receipt = await submit(name, setting, `${plannedAt}`).catch((thrown: unknown) => ({
      status: 'refused' as const,
      error: toGatewayError(thrown),
    }));
    if (receipt.status === 'accepted') {
      await write(name, ScheduleFired.create({ ...time, messageId: receipt.messageId, why }));
      return true;
    }
    const { error } = receipt;
    logger.warn({ code: error.code, schedule: name }, `the message of a schedule was not taken: ${error.message}`);
    if (receipt.status === 'refused' && (error.retryable || error.code.startsWith('LOG_'))) return false;
    const arrived = receipt.status === 'rejected' && { messageId: receipt.messageId };
    await write(name, ScheduleFailed.create({ ...time, ...arrived, problem: problemOf(error) }));
    return true;
  }

  /** A message is made once for each `occasion`, whoever submits it again. */
  function submit(name: string, { channel, account, to, text, agentId }: Setting, occasion: string, actor = SYSTEM) {
    return pipeline.receive({
      channel,
      account,
      inbound: { externalId: `schedule:${name}:${occasion}`, sender: { id: `schedule:${name}` }, peer: to, text },
      caller: { method: 'schedule', actor },
      ...(agentId !== undefined && { agentId }),
    });
  }

  return {
    apply: () => {
      changed = true;
      return look();
    },
    async list() {
      const rows = Object.entries(settings()).map(async ([name, { enabled, cron, timeZone }]): Promise<ScheduleRow> => {
        const next = enabled ? timesOf(cron, timeZone)(now()) : undefined;
        const last = await lastOf(store, name);
        return { name, enabled, cron, timeZone, ...(next !== undefined && { next }), ...(last && { last }) };
      });
      return Promise.all(rows);
    },
    async run(name, actor) {
      const all = settings();
      const setting = Object.hasOwn(all, name) ? all[name] : undefined;
      if (!setting) throw new GatewayError('SCHEDULE_NOT_FOUND', { message: `The configuration has no schedule named ${name}.` });
      const receipt = await submit(name, setting, newId('run'), actor);
      if (receipt.status !== 'accepted') throw receipt.error;
      const { messageId } = receipt;
      await write(name, ScheduleFired.create({ ...ruleOf(name, setting), plannedAt: now(), messageId, why: 'asked' }), actor);
      return { messageId };
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await working;
    },
  };
}
