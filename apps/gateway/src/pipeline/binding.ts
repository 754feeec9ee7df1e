/** A rule of the configuration that gives messages to an agent: what it asks for, how exact it is, and whether a message fits. */
import { isDeepStrictEqual } from 'node:util';
import { shorten } from '@openclaw-gateway/events';
import { fitsPattern } from './glob.ts';
import type { RouteRequest } from './route.ts';
import { describeSchedule, isWithin, type Schedule, wallClock } from './schedule.ts';

export type DmScope = 'main' | 'per-peer' | 'per-channel' | 'per-channel-peer';
export type MessagePriority = 'high' | 'normal' | 'low';

export type BindingMatch = {
  readonly channel?: string | undefined;
  readonly accountId?: string | undefined;
  readonly peer?: { readonly kind?: string | undefined; readonly id?: string | undefined } | undefined;
  /** A group or channel, and the threads in it. */
  readonly group?: string | undefined;
  readonly thread?: string | undefined;
  /** One of these roles of the sender. */
  readonly roles?: readonly string[] | undefined;
  /** A pattern as `fitsPattern` reads it. */
  readonly text?: string | undefined;
  readonly schedule?: Schedule | undefined;
};

export type Binding = {
  readonly agentId: string;
  readonly match: BindingMatch;
  /** The higher, the earlier it is asked, before how exact it is. */
  readonly priority?: number | undefined;
  readonly messagePriority?: MessagePriority | undefined;
  readonly dmScope?: DmScope | undefined;
};

/** In the order of how much each says about a message: all that are less exact together do not outweigh one. */
const WEIGHTS: readonly (readonly [(match: BindingMatch) => unknown, number])[] = [
  [({ peer, thread }) => peer?.id ?? thread, 128],
  [({ group }) => group, 64],
  [({ roles }) => roles, 32],
  [({ accountId }) => (accountId === '*' ? undefined : accountId), 16],
  [({ text }) => text, 8],
  [({ schedule }) => schedule, 4],
  [({ peer }) => peer?.kind, 2],
  [({ channel }) => (channel === '*' ? undefined : channel), 1],
];

export function weightOf({ match }: Binding): number {
  return WEIGHTS.reduce((sum, [read, weight]) => sum + (read(match) === undefined ? 0 : weight), 0);
}

/** The bindings in the order they are asked: by priority, then by how exact they are, then by their place in the file. */
export function inOrder(bindings: readonly Binding[]): readonly { readonly binding: Binding; readonly index: number }[] {
  return bindings
    .map((binding, index) => ({ binding, index, weight: weightOf(binding), priority: binding.priority ?? 0 }))
    .sort((a, b) => b.priority - a.priority || b.weight - a.weight || a.index - b.index);
}

/** Whether a binding fits every message that another one fits, as far as what they ask for says. */
export function covers(wide: Binding, narrow: Binding): boolean {
  const [a, b] = [wide.match, narrow.match];
  const asksLess = (want: string | undefined, other: string | undefined) => want === undefined || want === '*' || want === other;
  return (
    asksLess(a.channel, b.channel) &&
    asksLess(a.accountId, b.accountId) &&
    asksLess(a.peer?.kind, b.peer?.kind) &&
    asksLess(a.peer?.id, b.peer?.id) &&
    asksLess(a.group, b.group) &&
    asksLess(a.thread, b.thread) &&
    asksLess(a.text, b.text) &&
    (a.roles === undefined || (b.roles?.every((role) => a.roles?.includes(role)) ?? false)) &&
    (a.schedule === undefined || isDeepStrictEqual(a.schedule, b.schedule))
  );
}

export type Comparison = {
  readonly expected: Readonly<Record<string, string>>;
  readonly actual: Readonly<Record<string, string>>;
  /** The fields that differ. */
  readonly failed: readonly string[];
};

/** What a binding asks for beside what the message has. */
export function compare({ match }: Binding, request: RouteRequest): Comparison {
  const expected: Record<string, string> = {};
  const actual: Record<string, string> = {};
  const failed: string[] = [];
  const look = (field: string, want: string | undefined, have: string, fits = want === '*' || want === have): void => {
    if (want === undefined) return;
    expected[field] = want;
    actual[field] = have;
    if (!fits) failed.push(field);
  };
  const { channel, account, peer, parent, roles = [], text = '', at = 0 } = request;
  look('channel', match.channel, channel);
  look('accountId', match.accountId, account);
  look('peer.kind', match.peer?.kind, peer.kind);
  look('peer.id', match.peer?.id, peer.id);
  look('group', match.group, (peer.kind === 'thread' ? parent : peer.kind === 'direct' ? undefined : peer.id) ?? 'none');
  look('thread', match.thread, peer.kind === 'thread' ? peer.id : 'none');
  const wanted = match.roles;
  look(
    'roles',
    wanted?.join(', '),
    shorten(roles.join(', '), 200) || 'none',
    wanted?.some((role) => roles.includes(role)),
  );
  look('text', match.text, shorten(text, 200), match.text !== undefined && fitsPattern(match.text, text));
  const { schedule } = match;
  if (schedule) {
    const { day, time } = wallClock(at, schedule.timeZone);
    look('schedule', describeSchedule(schedule), `${day} ${time} ${schedule.timeZone}`, isWithin(schedule, at));
  }
  return { expected, actual, failed };
}
