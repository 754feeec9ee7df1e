/**
 * How much may be used of models: by everybody, by an agent, by a session, each a day. What was used is folded from the answers in
 * the log; a model is not asked once a budget is used up. Calls that are under way are not broken off, so that a budget can be
 * passed by what they use.
 */
import type { Store } from '@openclaw-gateway/db';
import { BudgetSpent, BudgetWarned, GatewayError, type NewEvent, type StoredEvent } from '@openclaw-gateway/events';
import type { Config } from '../config/index.ts';
import { type Days, daysIn } from './day.ts';
import { DayUsage, type Scope, UNITS, type Unit } from './usage.ts';

export type BudgetRow = {
  readonly scope: Scope;
  /** The agent or the session. */
  readonly of?: string;
  readonly unit: Unit;
  readonly used: number;
  readonly limit: number;
  readonly state: 'well' | 'warned' | 'spent';
};

export type BudgetList = {
  readonly day: string;
  readonly timeZone: string;
  readonly resetsAt: number;
  readonly budgets: readonly BudgetRow[];
};

export type Budgets = {
  /** Counts what was used today before this process began, once, as soon as there is a budget. */
  readonly read: () => Promise<void>;
  readonly observe: (events: readonly StoredEvent[]) => void;
  /** Why no model may be asked now for this agent and session. */
  readonly refusal: (agentId: string, sessionId: string) => GatewayError | undefined;
  readonly list: () => BudgetList;
  /** What still has to be recorded is, when this resolves. */
  readonly close: () => Promise<void>;
};

export type BudgetsOptions = {
  readonly settings: () => Config['budgets'];
  readonly store: {
    readonly log: Pick<Store['log'], 'head'>;
    readonly views: Pick<Store['views'], 'matching'>;
    readonly waitForViews: Store['waitForViews'];
  };
  readonly record: (streamId: string, event: NewEvent) => Promise<void>;
  readonly onError: (error: unknown) => void;
  readonly now?: () => number;
};

const STREAM = 'budgets';
const PAGE = 500;
const VIEWS_TIMEOUT_MS = 30_000;
/** Sessions that are listed. */
const MOST_LISTED = 100;
const TYPES = ['model.responded', 'session.compacted', 'budget.warned', 'budget.spent'];

export function createBudgets({ settings, store, record, onError, now = Date.now }: BudgetsOptions): Budgets {
  const usage = new DayUsage();
  /** What was told today. */
  let told = new Set<string>();
  let toldDay = '';
  let zone = '';
  let days: Days = daysIn('UTC');
  let recording: Promise<void> = Promise.resolve();
  const startHead = store.log.head();
  let reading: Promise<void> | undefined;

  const inZone = (): Days => {
    const { timeZone } = settings();
    if (timeZone !== zone) [zone, days] = [timeZone, daysIn(timeZone)];
    return days;
  };

  const limitsOf = (scope: Scope) => {
    const { perDay, perAgent, perSession } = settings();
    const limits = scope === 'day' ? perDay : scope === 'agent' ? perAgent : perSession;
    return { tokens: limits.tokens, usd: limits.costUsd };
  };

  const rowsOf = (scope: Scope, of: string, day: string): BudgetRow[] => {
    const [used, limits] = [usage.used(scope, of, day), limitsOf(scope)];
    return UNITS.flatMap((unit) => {
      const limit = limits[unit];
      if (limit === undefined) return [];
      const state = used[unit] >= limit ? 'spent' : used[unit] >= limit * settings().warnAt ? 'warned' : 'well';
      return [{ scope, ...(scope !== 'day' && { of }), unit, used: used[unit], limit, state } as const];
    });
  };

  const rowsFor = (agentId: string, sessionId: string, day: string) => [
    ...rowsOf('day', '', day),
    ...rowsOf('agent', agentId, day),
    ...rowsOf('session', sessionId, day),
  ];

  const tell = (day: string, { state, ...row }: BudgetRow): void => {
    if (state === 'well') return;
    if (day !== toldDay) [toldDay, told] = [day, new Set()];
    const kinds = state === 'spent' ? [BudgetWarned, BudgetSpent] : [BudgetWarned];
    for (const kind of kinds) {
      const key = keyOf(kind.type, row);
      if (told.has(key)) continue;
      told.add(key);
      const event = kind.create({ ...row, day });
      recording = recording.then(() => record(STREAM, event)).catch(onError);
    }
  };

  const count = (event: StoredEvent): void => {
    const day = inZone().dayOf(event.time);
    if (usage.add(event, day)) {
      for (const row of rowsFor(event.metadata.agentId ?? '', event.metadata.sessionId ?? '', day)) tell(day, row);
    }
  };

  const remember = (event: StoredEvent): void => {
    if (!BudgetWarned.is(event) && !BudgetSpent.is(event)) return;
    const { day } = event.data;
    if (day < toldDay) return;
    if (day !== toldDay) [toldDay, told] = [day, new Set()];
    told.add(keyOf(event.type, event.data));
  };

  const readToday = async (): Promise<void> => {
    const filter = { types: TYPES, fromTime: inZone().startOf(now()) };
    await store.waitForViews(startHead, VIEWS_TIMEOUT_MS);
    for (let after = 0; after < startHead; ) {
      const { rows, scannedTo } = await store.views.matching(filter, { after, limit: PAGE });
      for (const event of rows.filter(({ position }) => position <= startHead)) {
        remember(event);
        usage.add(event, inZone().dayOf(event.time));
      }
      if (scannedTo <= after) break;
      after = scannedTo;
    }
    // What a crash kept from being told.
    const day = inZone().dayOf(now());
    for (const row of [...rowsOf('day', '', day), ...usage.all('agent', day).flatMap(([of]) => rowsOf('agent', of, day))]) tell(day, row);
  };

  return {
    read: () => {
      const { perDay, perAgent, perSession } = settings();
      const isAny = [perDay, perAgent, perSession].some(({ tokens, costUsd }) => tokens !== undefined || costUsd !== undefined);
      if (!isAny || startHead === 0) return Promise.resolve();
      reading ??= readToday().catch((error: unknown) => {
        reading = undefined;
        onError(error);
      });
      return reading;
    },
    observe: (events) => {
      for (const event of events) if (event.position > startHead) count(event);
    },
    refusal: (agentId, sessionId) => {
      const at = now();
      const spent = rowsFor(agentId, sessionId, inZone().dayOf(at)).find(({ state }) => state === 'spent');
      return spent && refusalFor(spent, inZone().endOf(at), settings().timeZone);
    },
    list: () => {
      const [at, { timeZone }] = [now(), settings()];
      const day = inZone().dayOf(at);
      const sessions = usage.all('session', day).slice(0, MOST_LISTED);
      const budgets = [
        ...rowsOf('day', '', day),
        ...usage.all('agent', day).flatMap(([of]) => rowsOf('agent', of, day)),
        ...sessions.flatMap(([of]) => rowsOf('session', of, day)),
      ];
      return { day, timeZone, resetsAt: inZone().endOf(at), budgets };
    },
    close: () => recording,
  };
}

const keyOf = (type: string, { scope, of = '', unit }: { readonly scope: Scope; readonly of?: string | undefined; readonly unit: Unit }) =>
  `${type} ${scope} ${of} ${unit}`;

function refusalFor({ scope, of, unit, used, limit }: BudgetRow, resetsAt: number, timeZone: string): GatewayError {
  const whose =
    scope === 'day'
      ? "Today's budget"
      : scope === 'agent'
        ? `Today's budget of the agent ${of ?? ''}`
        : "Today's budget of this conversation";
  const amount = unit === 'usd' ? `$${limit.toFixed(2)}` : `${limit} tokens`;
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' }).format(resetsAt);
  return new GatewayError('BUDGET_EXCEEDED', {
    message: `${whose} of ${amount} is used up. Ask again after ${clock} (${timeZone}).`,
    details: { scope, unit, used, limit, resetsAt },
  });
}
