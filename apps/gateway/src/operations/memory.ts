/**
 * How near the process is to its limit of memory, and what it therefore does not take: first what reads a lot, then new messages,
 * then everything but probes and the operator of this machine. It looks when somebody asks, and every second.
 */
import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { GatewayError, GatewayMemoryChanged, type NewEvent } from '@openclaw-gateway/events';
import { formatSize } from './health.ts';
import type { Logger } from './logs.ts';

export const MEMORY_STATES = ['normal', 'elevated', 'high', 'critical'] as const;
export type MemoryState = (typeof MEMORY_STATES)[number];

/** What a caller wants: to read the log, to hand in a message, or anything at all. */
export type Demand = 'read' | 'message' | 'request';

/** Where the limit comes from. */
export type LimitSource = 'gateway.limits.memory' | 'control group' | 'machine';

export type MemoryUse = {
  readonly state: MemoryState;
  /** The resident set of the process. */
  readonly usedBytes: number;
  readonly limitBytes: number;
  readonly limitFrom: LimitSource;
  /** Of the limit, or of what the heap of the main thread may grow to where that is nearer. */
  readonly percentage: number;
};

/** Something that holds memory, as `openclaw status --memory` names it. */
export type Holder = { readonly name: string; readonly count: number; readonly bytes?: number };

export interface Memory {
  use(): MemoryUse;
  /** Why this is not taken now: `OVERLOADED`, with the time to come again. */
  refusal(demand: Demand): GatewayError | undefined;
  /** Names what a part of the gateway holds. */
  holds(look: () => readonly Holder[]): void;
  holders(): readonly Holder[];
  /** What is done to use less, whenever memory is not normal. */
  onPressure(relieve: () => void): void;
  close(): void;
}

/** What the process takes of the machine and its main thread of its heap, in bytes. */
export type Sample = { readonly rss: number; readonly heapUsed: number; readonly heapLimit: number };

/** From which share of the limit on a state holds, and below which it ends: apart, so that it does not come and go. */
const STEPS: readonly { readonly state: MemoryState; readonly from: number; readonly until: number }[] = [
  { state: 'elevated', from: 0.8, until: 0.75 },
  { state: 'high', from: 0.85, until: 0.8 },
  { state: 'critical', from: 0.95, until: 0.9 },
];
/** Below this everything is as it should be. */
const LOWEST = 0.74;
const REFUSED_FROM: Readonly<Record<Demand, MemoryState>> = { read: 'elevated', message: 'high', request: 'critical' };
const WHAT: Readonly<Record<Demand, string>> = { read: 'no large reads', message: 'no new messages', request: 'nothing but health probes' };

/** Above this share of the limit nothing counts as free. */
const FULL = 0.95;
/** When nothing has been under way for this long, what can be given back has been. */
const QUIET_MS = 3000;

const SHARE_OF_MACHINE = 0.75;
/** A flood brings some ten megabytes in this time. */
const FRESH_MS = 25;
const LOOK_MS = 1000;
const LOOK_UNDER_PRESSURE_MS = 200;
/** Where it does not help it is tried less and less often. */
const RELIEVE_MS = { first: 1000, last: 5000 };
const RETRY_AFTER_MS = 2000;

export type MemoryOptions = {
  /** What `gateway.limits.memory` says now. */
  readonly limit: () => number | undefined;
  /** Keeps a change of state. */
  readonly record: (event: NewEvent) => Promise<unknown>;
  readonly logger: Logger;
  /** Whether no message is under way. */
  readonly isQuiet: () => boolean;
  readonly sample?: () => Sample;
};

/** Watches the memory of this process until it is closed. */
export function watchMemory({ limit, record, logger, isQuiet, sample = sampleProcess }: MemoryOptions): Memory {
  const holders: (() => readonly Holder[])[] = [];
  const reliefs: (() => void)[] = [];
  let state: MemoryState = 'normal';
  let current: MemoryUse | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let quietSince: number | undefined;
  /** Bytes that are the process's for the system, but free within it. */
  let freeBytes = 0;
  let relieveAt = 0;
  let relieveMs = RELIEVE_MS.first;
  let timer: NodeJS.Timeout | undefined;

  function look(): MemoryUse {
    const { bytes: limitBytes, from: limitFrom } = memoryLimit(limit());
    const { rss: usedBytes, heapUsed, heapLimit } = sample();
    lookedAt = performance.now();
    findFree(usedBytes, limitBytes);
    const whole = usedBytes / limitBytes;
    const share = Math.max(whole >= FULL ? whole : whole - freeBytes / limitBytes, heapUsed / heapLimit);
    const before = state;
    state = nextState(before, share);
    current = { state, usedBytes, limitBytes, limitFrom, percentage: Math.round(Math.max(whole, heapUsed / heapLimit) * 1000) / 10 };
    if (state !== before) changed(before, current);
    if (state !== 'normal' && lookedAt >= relieveAt) relieve();
    return current;
  }

  /**
   * Allocators do not give back all that is freed. What is left when nothing is under way is there to be used again: counted as
   * used, it would keep messages out for ever.
   */
  function findFree(usedBytes: number, limitBytes: number): void {
    const enough = LOWEST * limitBytes;
    if (usedBytes < enough) freeBytes = 0;
    if (state === 'normal') return;
    quietSince = isQuiet() ? (quietSince ?? lookedAt) : undefined;
    if (quietSince === undefined || lookedAt - quietSince < QUIET_MS) return;
    freeBytes = Math.max(0, usedBytes - enough);
    quietSince = undefined;
  }

  function relieve(): void {
    relieveAt = lookedAt + relieveMs;
    relieveMs = Math.min(2 * relieveMs, RELIEVE_MS.last);
    for (const give of reliefs) give();
  }

  function changed(from: MemoryState, use: MemoryUse): void {
    const { state: to, usedBytes, limitBytes, percentage } = use;
    const isWorse = MEMORY_STATES.indexOf(to) > MEMORY_STATES.indexOf(from);
    if (isWorse) [relieveAt, relieveMs] = [0, RELIEVE_MS.first];
    logger[isWorse ? 'warn' : 'info']({ from, to, usedBytes, limitBytes, percentage }, isWorse ? 'memory is short' : 'memory is freer');
    record(GatewayMemoryChanged.create({ from, to, usedBytes, limitBytes, percentage })).catch((error: unknown) =>
      logger.warn({ err: error }, 'a change of the state of memory was not recorded'),
    );
    schedule();
  }

  function schedule(): void {
    clearInterval(timer);
    timer = setInterval(look, state === 'normal' ? LOOK_MS : LOOK_UNDER_PRESSURE_MS);
    timer.unref();
  }

  const use = () => (current && performance.now() - lookedAt < FRESH_MS ? current : look());
  schedule();
  return {
    use,
    refusal(demand) {
      const now = use();
      if (MEMORY_STATES.indexOf(now.state) < MEMORY_STATES.indexOf(REFUSED_FROM[demand])) return undefined;
      return refusalOf(demand, now);
    },
    holds: (holder) => void holders.push(holder),
    holders: () => holders.flatMap((holder) => holder()),
    onPressure: (relieve) => void reliefs.push(relieve),
    close: () => clearInterval(timer),
  };
}

/** The state at this share of the limit, after that one. */
export function nextState(before: MemoryState, share: number): MemoryState {
  const reached = MEMORY_STATES.indexOf(before);
  const level = STEPS.findLastIndex(({ from, until }, index) => share >= (index < reached ? until : from));
  return STEPS[level]?.state ?? 'normal';
}

/** What the process may take: what is configured, never more than its control group allows; without either, most of the machine. */
export function memoryLimit(
  configured: number | undefined,
  { constrained, total }: { readonly constrained: number; readonly total: number } = MACHINE,
): { readonly bytes: number; readonly from: LimitSource } {
  // A control group without a limit says nothing, or a number larger than any machine.
  const group = constrained > 0 && constrained < total ? constrained : undefined;
  if (configured !== undefined && configured <= (group ?? Number.POSITIVE_INFINITY)) {
    return { bytes: configured, from: 'gateway.limits.memory' };
  }
  return group === undefined ? { bytes: Math.round(total * SHARE_OF_MACHINE), from: 'machine' } : { bytes: group, from: 'control group' };
}

const MACHINE = { constrained: process.constrainedMemory(), total: totalmem() };

/** What this process takes. */
export function sampleProcess(): Sample {
  const { used_heap_size: heapUsed, heap_size_limit: heapLimit } = getHeapStatistics();
  return { rss: process.memoryUsage.rss(), heapUsed, heapLimit };
}

function refusalOf(demand: Demand, { percentage, limitBytes, state }: MemoryUse): GatewayError {
  const until = STEPS.find((step) => step.state === REFUSED_FROM[demand])?.until ?? 0;
  const message = `The gateway uses ${percentage} % of its memory of ${formatSize(limitBytes)} and takes ${WHAT[demand]} until that is below ${until * 100} %.`;
  return new GatewayError('OVERLOADED', { message, details: { memory: { state, percentage, limitBytes }, retryAfterMs: RETRY_AFTER_MS } });
}
