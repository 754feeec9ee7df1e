/** Figures that are folded from the newest events when somebody looks: bounded, and said to be where the bound was reached. */
import type { Store } from '@openclaw-gateway/db';
import {
  ModelResponded,
  RouteDecided,
  SessionCompacted,
  type StoredEvent,
  ToolCompleted,
  ToolDenied,
  ToolFailed,
} from '@openclaw-gateway/events';

type Views = Pick<Store['views'], 'matching'>;
type Window = { readonly fromTime: number; readonly signal?: AbortSignal };

const PAGE = 500;
const MOST_EVENTS = 10_000;

export type Counted<T> = {
  readonly of: T;
  /** There were more events than are looked at: the figures are of the oldest ones in the window. */
  readonly partial: boolean;
};

async function foldWindow(
  views: Views,
  types: readonly string[],
  { fromTime, signal }: Window,
  add: (event: StoredEvent) => void,
): Promise<boolean> {
  let after = 0;
  for (let looked = 0; looked < MOST_EVENTS; looked += PAGE) {
    const { rows, scannedTo, partial } = await views.matching({ types, fromTime }, { after, limit: PAGE, ...(signal && { signal }) });
    for (const event of rows) if (event.erased !== true) add(event);
    if (scannedTo <= after || (rows.length < PAGE && partial !== true)) return false;
    after = scannedTo;
  }
  return true;
}

export type RuleHits = { readonly hits: number; readonly lastAt: number; readonly lastPosition: number };

/** How a decision's winner is told from one of another configuration: by its name and what it expected. */
export const ruleKey = (rule: string, expected: Readonly<Record<string, string>>): string =>
  rule.startsWith('bindings[') ? `binding ${JSON.stringify(Object.entries(expected).toSorted())}` : rule;

/** How often each rule decided, and when last. */
export async function ruleHits(views: Views, window: Window): Promise<Counted<ReadonlyMap<string, RuleHits>>> {
  const found = new Map<string, RuleHits>();
  const partial = await foldWindow(views, [RouteDecided.type], window, (event) => {
    if (!RouteDecided.is(event)) return;
    const { winner = 'none', candidates } = event.data;
    const key = ruleKey(winner, candidates.find(({ rule }) => rule === winner)?.expected ?? {});
    found.set(key, { hits: (found.get(key)?.hits ?? 0) + 1, lastAt: event.time, lastPosition: event.position });
  });
  return { of: found, partial };
}

export type Use = { readonly answers: number; readonly inputTokens: number; readonly outputTokens: number; readonly costUsd: number };
const UNUSED: Use = { answers: 0, inputTokens: 0, outputTokens: 0, costUsd: 0 };

/** What each agent used of models. */
export async function modelUse(views: Views, window: Window): Promise<Counted<ReadonlyMap<string, Use>>> {
  const found = new Map<string, Use>();
  const partial = await foldWindow(views, [ModelResponded.type, SessionCompacted.type], window, (event) => {
    if (!ModelResponded.is(event) && !SessionCompacted.is(event)) return;
    const agent = event.metadata.agentId ?? '';
    const before = found.get(agent) ?? UNUSED;
    const { inputTokens, outputTokens, costUsd = 0 } = event.data.usage;
    found.set(agent, {
      answers: before.answers + 1,
      inputTokens: before.inputTokens + inputTokens,
      outputTokens: before.outputTokens + outputTokens,
      costUsd: before.costUsd + costUsd,
    });
  });
  return { of: found, partial };
}

export type ToolUse = {
  readonly calls: number;
  readonly errors: number;
  readonly denied: number;
  readonly lastAt: number;
  readonly p95Ms?: number;
};

/** How often each tool was called, how that ended, and how long 95 of 100 calls took at most. */
export async function toolUse(views: Views, window: Window): Promise<Counted<ReadonlyMap<string, ToolUse>>> {
  const found = new Map<string, { calls: number; errors: number; denied: number; lastAt: number; times: number[] }>();
  const partial = await foldWindow(views, [ToolCompleted.type, ToolFailed.type, ToolDenied.type], window, (event) => {
    const { tool, durationMs } = event.data as { readonly tool: string; readonly durationMs?: number };
    const use = found.get(tool) ?? { calls: 0, errors: 0, denied: 0, lastAt: 0, times: [] };
    found.set(tool, use);
    use.calls += 1;
    use.lastAt = event.time;
    if (ToolFailed.is(event)) use.errors += 1;
    if (ToolDenied.is(event)) use.denied += 1;
    if (durationMs !== undefined) use.times.push(durationMs);
  });
  const uses = [...found].map(([tool, { times, ...use }]) => {
    const p95Ms = times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * 0.95))];
    return [tool, { ...use, ...(p95Ms !== undefined && { p95Ms }) }] as const;
  });
  return { of: new Map(uses), partial };
}
