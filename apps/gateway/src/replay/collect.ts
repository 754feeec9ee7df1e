/** Reads from a log what a replay needs, before the replay's process is started. */
import {
  AuthAccepted,
  AuthDenied,
  ConfigChanged,
  ConfigRolledBack,
  type DataOf,
  GatewayError,
  MessageNoReply,
  MessageReceived,
  MessageRejected,
  RouteDecided,
  SessionOpened,
  type StoredEvent,
} from '@openclaw-gateway/events';
import { type HistoryReader, type LogOfThePast, streamTo } from '../history/reader.ts';
import { sessionIdOf } from '../history/session-at.ts';
import { PAIRED_RULE } from '../pipeline/admit.ts';
import type { ConfigDocument, Decision, Method, RecordedConfig, RecordedDecision, Recording } from './job.ts';
import { seenAgent } from './seen-agent.ts';
import { seenRouters } from './seen-routers.ts';

/** More than this is no conversation; it would also not fit the memory of a replay. */
const MAX_EVENTS = 50_000;
/** How far from its arrival a message's decisions can lie: they are committed together. */
const DECISION_EVENTS = 6;
const AT_ONCE = 50;
const PAGE = 500;

/** Everything of a session, by id or key, up to a position when given. Throws SESSION_NOT_FOUND, BODY_TOO_LARGE. */
export async function collectRecording(reader: HistoryReader, idOrKey: string, toPosition?: number): Promise<Recording> {
  const sessionId = await sessionIdOf(reader, idOrKey);
  const head = toPosition ?? reader.log.head();
  const events: StoredEvent[] = [];
  for await (const page of streamTo(reader.log, `session/${sessionId}`, head)) {
    events.push(...page);
    if (events.length > MAX_EVENTS) {
      throw new GatewayError('BODY_TOO_LARGE', { message: `The session has more than ${MAX_EVENTS} events; none so large is replayed.` });
    }
  }
  const opened = events.find(SessionOpened.is);
  if (!opened) throw new GatewayError('SESSION_NOT_FOUND', { message: `No session has the id or key ${idOrKey}.` });
  const masked = events.some((event) => event.metadata.origin?.masked === true);
  return { sessionId, sessionKey: opened.data.sessionKey, events, configs: await collectConfigs(reader.log), masked };
}

/** Every configuration that was in force, in their order. */
export async function collectConfigs(log: LogOfThePast): Promise<RecordedConfig[]> {
  const documents = new Map<string, ConfigDocument>();
  const configs: RecordedConfig[] = [];
  for await (const page of streamTo(log, 'config', log.head())) {
    for (const event of page) {
      if (ConfigChanged.is(event) && event.data.document) documents.set(event.data.hash, event.data.document);
      if (!ConfigChanged.is(event) && !ConfigRolledBack.is(event)) continue;
      const { hash } = event.data;
      const document = documents.get(hash);
      configs.push(document ? { position: event.position, hash, document } : { position: event.position, hash });
    }
  }
  return configs;
}

/** At most so many messages are decided again at once. */
export const MOST_MESSAGES = 100_000;

/** Where the newest messages came in, or those whose arrival matches, the newest first. */
export async function newestMessages(
  views: HistoryReader['views'],
  { last, query, signal }: { readonly last: number; readonly query?: string; readonly signal?: AbortSignal },
): Promise<number[]> {
  const filter = { types: ['message.received'], ...(query !== undefined && { query }) };
  const positions: number[] = [];
  let before: number | undefined;
  while (positions.length < last) {
    signal?.throwIfAborted();
    const limit = Math.min(PAGE, last - positions.length);
    const page = await views.events(filter, before === undefined ? { limit } : { before, limit });
    positions.push(...page.rows.map((row) => row.position));
    if (page.next === undefined) break;
    before = page.next;
  }
  return positions;
}

/** The messages at these positions with what was decided about them. Those whose data is no longer kept are left out. */
export async function collectDecisions(
  log: Pick<HistoryReader['log'], 'readAll'>,
  positions: readonly number[],
): Promise<RecordedDecision[]> {
  const decisions: RecordedDecision[] = [];
  for await (const some of decisionsAt(log, positions)) decisions.push(...some);
  return decisions;
}

/** The same, a few at a time. */
export async function* decisionsAt(
  log: Pick<HistoryReader['log'], 'readAll'>,
  positions: readonly number[],
  signal?: AbortSignal,
): AsyncGenerator<readonly RecordedDecision[]> {
  for (let from = 0; from < positions.length; from += AT_ONCE) {
    signal?.throwIfAborted();
    const pages = await Promise.all(
      positions.slice(from, from + AT_ONCE).map((position) => log.readAll({ after: position - 1, limit: DECISION_EVENTS })),
    );
    yield pages.flatMap((page) => decisionOf(page) ?? []);
  }
}

function decisionOf(page: readonly StoredEvent[]): RecordedDecision | undefined {
  const [received] = page;
  if (!received || !MessageReceived.is(received) || received.erased === true) return undefined;
  const flow = page.filter((event) => event.metadata.correlationId === received.metadata.correlationId);
  const auth = flow.find(AuthAccepted.is) ?? flow.find(AuthDenied.is);
  const unheard = flow.find(MessageNoReply.is);
  const isUnheard = unheard?.data.reason === 'not_addressed';
  if (!auth && !isUnheard) return undefined;
  const routed = flow.find(RouteDecided.is);
  const { messageId, channel, account, sender, peer, parent, parentKind, mentioned, text, agentId, sessionKey } = received.data;
  const historyAgentId = routed && seenAgent(routed.data, 'session.history');
  const openAgentId = routed && seenAgent(routed.data, 'session.open');
  return {
    position: received.position,
    time: received.time,
    messageId,
    channel,
    account,
    senderId: sender.id,
    peer,
    method: (auth?.data.method ?? 'channel') as Method,
    outcome: auth
      ? outcomeOf(flow, auth, routed?.data)
      : { allowed: false, rule: unheard?.data.rule ?? '', reason: 'The message does not speak to the agent.' },
    ...(agentId !== undefined && { agentId }),
    ...(sessionKey !== undefined && { sessionKey }),
    ...(historyAgentId !== undefined && { historyAgentId }),
    ...(openAgentId !== undefined && { openAgentId }),
    ...(routed && { routers: seenRouters(routed.data) }),
    text,
    ...(parent !== undefined && { parent }),
    ...(mentioned !== undefined && { mentioned }),
    ...(auth?.data.rule === PAIRED_RULE && { paired: true }),
    ...(parentKind !== undefined && { parentKind }),
    ...(sender.roles !== undefined && { roles: sender.roles }),
    ...(routed?.data.decidedAt !== undefined && { at: routed.data.decidedAt }),
    ...(routed && { configHash: routed.data.configHash }),
  };
}

function outcomeOf(
  flow: readonly StoredEvent[],
  auth: StoredEvent<string, DataOf<typeof AuthAccepted>> | StoredEvent<string, DataOf<typeof AuthDenied>>,
  routed: DataOf<typeof RouteDecided> | undefined,
): Decision {
  const { rule } = auth.data;
  if ('problem' in auth.data) return { allowed: false, rule, reason: auth.data.problem.message };
  const rejected = flow.find(MessageRejected.is);
  if (rejected || !routed?.agentId)
    return { allowed: false, rule: 'route', reason: rejected?.data.problem.message ?? 'No agent takes it.' };
  const { agentId, winner = '', model = '' } = routed;
  return { allowed: true, rule, reason: auth.data.reason, route: { agentId, rule: winner, model } };
}
