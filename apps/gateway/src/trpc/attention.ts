import type { EventRow, MessageJourney, Overview } from '@openclaw-gateway/db';
import { SessionQuarantined, shorten } from '@openclaw-gateway/events';
import { z } from 'zod';
import type { Unapplied } from '../config/index.ts';
import type { AlertRow } from '../operations/alerts/index.ts';
import type { Approval, ChannelStatus } from '../parts.ts';

export const attentionItem = z.object({
  kind: z.enum([
    'projection_stopped',
    'held',
    'quarantined',
    'dead_lettered',
    'channel_down',
    'unsettled',
    'projection_lagging',
    'rejected',
    'approval',
    'alert',
    'config_pending',
    'config_refused',
  ]),
  severity: z.enum(['error', 'warn']),
  /** How many things this line stands for. */
  count: z.number(),
  since: z.number().optional(),
  /** What it is about: a channel account, a projection, or the beginning of a message. */
  subject: z.string().optional(),
  problem: z.string().optional(),
  position: z.number().optional(),
  /** When it is decided without anybody. */
  until: z.number().optional(),
  /** What an approval is named by. */
  code: z.string().optional(),
  messageId: z.string().optional(),
  sessionId: z.string().optional(),
  /** Of a line that stands for several the one to look at first: the oldest without an answer, the newest that was rejected. */
  example: z.object({ messageId: z.string().optional(), sessionId: z.string().optional(), position: z.number() }).optional(),
});
export type AttentionItem = z.output<typeof attentionItem>;

/** A message may take this long before somebody should look. */
const SLOW_MS = 60_000;
const LAGGING_EVENTS = 1_000;

export type AttentionSources = {
  readonly overview: Overview;
  readonly channels: readonly ChannelStatus[];
  /** The newest of each; the overview has the counts. */
  readonly held: readonly MessageJourney[];
  readonly deadLettered: readonly MessageJourney[];
  /** The oldest that has no answer yet, as far as was looked. */
  readonly unsettled?: MessageJourney | undefined;
  /** The newest rejection. */
  readonly rejected?: EventRow | undefined;
  /** The newest quarantines and releases of conversations, the newest first. */
  readonly quarantines?: readonly EventRow[];
  /** Tool calls that wait for a person. */
  readonly approvals?: readonly Approval[];
  readonly alerts?: readonly AlertRow[];
  /** What is written in the configuration and not in force. */
  readonly unapplied?: Unapplied;
  readonly nowMs: number;
};

/** Alerts about what has a line of its own here. */
const TOLD_OTHERWISE: ReadonlySet<string> = new Set(['queueAge', 'channelDown', 'projectionLag', 'projectionStopped']);

/** What waits for a person, the gravest first. */
export function needsAttention(sources: AttentionSources): AttentionItem[] {
  const { overview, channels, held, deadLettered, quarantines = [], approvals = [], alerts = [], unapplied, nowMs } = sources;
  const firing = alerts.filter(({ state, rule }) => state === 'firing' && !TOLD_OTHERWISE.has(rule)).map(alert);
  const items = [
    ...overview.projections.flatMap(stoppedProjection),
    ...firing.filter(({ severity }) => severity === 'error'),
    ...approvals.map(approval),
    ...stillQuarantined(quarantines).map(quarantine),
    ...held.map((message) => unanswered('held', message)),
    ...deadLettered.filter((message) => nowMs - message.receivedAt < 24 * 3_600_000).map((message) => unanswered('dead_lettered', message)),
    ...channels.flatMap(channelDown),
    ...(unapplied ? notInForce(unapplied) : []),
  ];
  const { oldestUnsettledAt } = overview;
  if (oldestUnsettledAt !== undefined && nowMs - oldestUnsettledAt > SLOW_MS) {
    const example = sources.unsettled && exampleOf(sources.unsettled);
    items.push({ kind: 'unsettled', severity: 'warn', count: overview.unsettled, since: oldestUnsettledAt, ...(example && { example }) });
  }
  items.push(...overview.projections.flatMap(laggingProjection), ...firing.filter(({ severity }) => severity === 'warn'));
  if (overview.rejectedLastDay > 0) {
    const { rejected } = sources;
    const example = rejected && exampleOf({ ...rejected, messageId: rejected.correlationId });
    items.push({ kind: 'rejected', severity: 'warn', count: overview.rejectedLastDay, ...(example && { example }) });
  }
  return items;
}

type One = { readonly position: number; readonly messageId?: string | undefined; readonly sessionId?: string | undefined };

function exampleOf({ position, messageId, sessionId }: One): NonNullable<AttentionItem['example']> {
  return { position, ...(messageId && { messageId }), ...(sessionId && { sessionId }) };
}

/** Of each conversation the newest event counts. */
export function stillQuarantined(events: readonly EventRow[]): EventRow[] {
  const seen = new Set<string | undefined>();
  return events.filter(({ sessionId, type }) => {
    if (seen.has(sessionId)) return false;
    seen.add(sessionId);
    return type === SessionQuarantined.type;
  });
}

function quarantine({ time, summary, position, sessionId }: EventRow): AttentionItem {
  const problem = shorten(summary, 200);
  return {
    kind: 'quarantined',
    severity: 'error',
    count: 1,
    since: time,
    problem,
    position,
    ...(sessionId && { sessionId, subject: sessionId }),
  };
}

function approval({ tool, agentId, requestedAt, expiresAt, code, messageId, sessionId }: Approval): AttentionItem {
  const about = { subject: tool, problem: agentId, since: requestedAt, until: expiresAt, code, messageId, sessionId };
  return { kind: 'approval', severity: 'warn', count: 1, ...about };
}

function alert({ rule, text, since, severity }: AlertRow): AttentionItem {
  return {
    kind: 'alert',
    severity: severity === 'critical' ? 'error' : 'warn',
    count: 1,
    subject: rule,
    problem: shorten(text, 200),
    since,
  };
}

function notInForce({ changes, refused }: Unapplied): AttentionItem[] {
  if (refused) return [{ kind: 'config_refused', severity: 'error', count: 1, problem: shorten(refused.message, 200) }];
  const waiting = changes.filter(({ waitsFor }) => waitsFor === 'restart').map(({ path }) => path);
  if (waiting.length === 0) return [];
  return [{ kind: 'config_pending', severity: 'warn', count: waiting.length, problem: shorten(waiting.join(', '), 200) }];
}

function stoppedProjection(projection: Overview['projections'][number]): AttentionItem[] {
  const { stoppedAt, name } = projection;
  if (!stoppedAt) return [];
  const { position, message } = stoppedAt;
  return [{ kind: 'projection_stopped', severity: 'error', count: 1, subject: name, position, problem: shorten(message, 200) }];
}

function laggingProjection(projection: Overview['projections'][number]): AttentionItem[] {
  if (projection.stoppedAt || projection.lagEvents < LAGGING_EVENTS) return [];
  return [{ kind: 'projection_lagging', severity: 'warn', count: projection.lagEvents, subject: projection.name }];
}

function channelDown(status: ChannelStatus): AttentionItem[] {
  if (!status.enabled || status.connected) return [];
  return [
    {
      kind: 'channel_down',
      severity: 'error',
      count: 1,
      subject: `${status.channel}/${status.account}`,
      ...(status.since === undefined ? {} : { since: status.since }),
      ...(status.error ? { problem: status.error.message } : {}),
    },
  ];
}

function unanswered(kind: 'held' | 'dead_lettered', message: MessageJourney): AttentionItem {
  return {
    kind,
    severity: 'error',
    count: 1,
    since: message.receivedAt,
    subject: shorten(message.text, 80),
    position: message.position,
    messageId: message.messageId,
    ...(message.sessionId ? { sessionId: message.sessionId } : {}),
    ...(message.problem ? { problem: shorten(message.problem.message, 200) } : {}),
  };
}
