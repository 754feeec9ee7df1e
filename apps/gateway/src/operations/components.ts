/** How each part of the gateway is: since when, and what it said last when it was not well. Everything here is at hand in memory. */
import type { Parts } from '../parts.ts';
import { outlets } from './alerts/outlets.ts';
import { safeModeError } from './boot-record.ts';
import { BACKLOG_EVENTS, type HealthStatus, health } from './health.ts';

const LOOK_EVERY_MS = 10_000;
/** A view that is this far behind is behind. */
const LAGGING_EVENTS = 5000;

/** A part, below another one where it is a part of that. `id` tells it from others. */
export type ComponentNow = {
  readonly id: string;
  readonly parent?: string;
  readonly status: HealthStatus;
  /** Since when, where the part itself knows. */
  readonly since?: number;
  /** What is wrong with it. */
  readonly problem?: string;
};

export type Component = Omit<ComponentNow, 'since'> & {
  readonly since: number;
  /** What was wrong with it last, which may be over. */
  readonly lastProblem?: { readonly time: number; readonly message: string };
};

export type Components = { readonly list: () => readonly Component[]; readonly close: () => void };

const WELL = { status: 'healthy' } as const;

/** The parts as they are now. */
export function componentsOf(parts: Parts): readonly ComponentNow[] {
  const named = Object.entries(health(parts).components).map(([id, { status }]) => ({ id, status, ...problemOf(id, parts) }));
  const children = [...accounts(parts), ...views(parts), ...destinations(parts)];
  const groups = ['views', 'destinations'].flatMap((id): ComponentNow[] => {
    const own = children.filter(({ parent }) => parent === id);
    if (own.length === 0) return [];
    return [{ id, status: own.every(({ status }) => status === 'healthy') ? 'healthy' : 'degraded' }];
  });
  return [...named, { id: 'log', ...logStatus(parts) }, ...groups, ...children];
}

/** Looks at the parts every ten seconds and whenever somebody asks, so that it is known when each changed. */
export function watchComponents(read: () => readonly ComponentNow[], now: () => number = Date.now): Components {
  let known = new Map<string, Component>();
  const look = (): readonly Component[] => {
    const time = now();
    const list = read().map((part) => seen(part, known.get(part.id), time));
    known = new Map(list.map((part) => [part.id, part]));
    return list;
  };
  const timer = setInterval(look, LOOK_EVERY_MS).unref();
  return { list: look, close: () => clearInterval(timer) };
}

function seen(part: ComponentNow, before: Component | undefined, time: number): Component {
  const since = part.since ?? (before?.status === part.status ? before.since : time);
  const lastProblem = part.problem === undefined ? before?.lastProblem : { time, message: part.problem };
  return { ...part, since, ...(lastProblem && { lastProblem }) };
}

function problemOf(id: string, { safeMode, membership, tls, remote, memory }: Parts): Pick<ComponentNow, 'problem'> {
  if (id === 'database') {
    const problem = membership?.refusal()?.message;
    return problem === undefined ? {} : { problem };
  }
  if (id === 'gateway' && safeMode) return { problem: safeModeError(safeMode).message };
  if (id === 'memory' && memory.use().state !== 'normal') return { problem: memory.refusal('read')?.message ?? memory.use().state };
  if (id === 'certificate') {
    const status = tls.status();
    const said = tls.pending()?.message ?? (status.state === 'off' ? '' : status.problems.join('; '));
    return said === '' ? {} : { problem: said };
  }
  if (id === 'remote') {
    const status = remote.status();
    return status.state === 'off' || !status.error ? {} : { problem: status.error.message };
  }
  return {};
}

function logStatus({ store }: Parts): Pick<ComponentNow, 'status' | 'problem'> {
  const { pendingEvents } = store.log.stats();
  return pendingEvents > BACKLOG_EVENTS ? { status: 'degraded', problem: `${pendingEvents} events wait for the disk.` } : WELL;
}

function accounts({ channels }: Parts): readonly ComponentNow[] {
  return channels
    .status()
    .filter(({ enabled }) => enabled)
    .map(({ channel, account, connected, state, since, error }) => ({
      id: `${channel}/${account}`,
      parent: 'channels',
      status: state === 'connecting' ? 'starting' : connected && state !== 'degraded' ? 'healthy' : 'degraded',
      ...(since !== undefined && { since }),
      ...(error && { problem: error.message }),
    }));
}

function views({ store }: Parts): readonly ComponentNow[] {
  const head = store.log.head();
  return store.projections().map(({ name, position, stopped }) => ({
    id: name,
    parent: 'views',
    ...(stopped ? { status: 'degraded', problem: `It stopped at event ${position + 1}.` } : lagStatus(head - position)),
  }));
}

function lagStatus(events: number): Pick<ComponentNow, 'status' | 'problem'> {
  return events > LAGGING_EVENTS ? { status: 'degraded', problem: `It is ${events} events behind the log.` } : WELL;
}

/** What is sent to elsewhere. */
function destinations(parts: Parts): readonly ComponentNow[] {
  const status = { well: 'healthy', starting: 'starting', failing: 'degraded' } as const;
  return outlets(parts).map(({ name, state, problem }) => ({
    id: name,
    parent: 'destinations',
    status: status[state],
    ...(problem !== undefined && { problem }),
  }));
}
