import { fold, type OpenMessage, Session, type StoredEvent } from '@openclaw-gateway/events';
import { type ConfigAt, configAt } from './config-at.ts';
import type { Moment } from './moment.ts';
import type { HistoryReader } from './reader.ts';

/** How far a message that had no terminal event had come. */
export type WorkStatus = 'waiting' | 'running' | 'retrying' | 'delivering' | 'held';

export type OpenWork = {
  readonly status: WorkStatus;
  readonly sessionId: string;
  readonly agentId: string;
  readonly channel: string;
  readonly receivedAt: number;
  readonly position: number;
  readonly attempts: number;
};

/** The gateway as it was at a moment. */
export type StateAt = {
  readonly position: number;
  readonly time: number;
  readonly running: boolean;
  readonly sessions: number;
  readonly config: ConfigAt;
  /** Messages that had come in and not ended, by id; at most 1,000, the oldest. */
  readonly queue: Readonly<Record<string, OpenWork>>;
};

const MAX_QUEUE = 1000;
const AT_ONCE = 50;

/** Folds what the gateway was doing at a moment. The views must show the moment already. */
export async function stateAt(reader: HistoryReader, at: Moment): Promise<StateAt> {
  const [{ sessions, messageIds }, config, running] = await Promise.all([
    reader.views.openAt(at.position, MAX_QUEUE),
    configAt(reader.log, at),
    wasRunning(reader, at),
  ]);
  const queue: Record<string, OpenWork> = {};
  for (let from = 0; from < messageIds.length; from += AT_ONCE) {
    const works = await Promise.all(messageIds.slice(from, from + AT_ONCE).map((id) => workAt(reader, id, at)));
    for (const { messageId, work } of works) if (work) queue[messageId] = work;
  }
  return { ...at, running, sessions, config, queue };
}

async function wasRunning({ views }: HistoryReader, at: Moment): Promise<boolean> {
  const { rows } = await views.events({ types: ['gateway.started', 'gateway.stopped'] }, { before: at.position + 1, limit: 1 });
  return rows[0]?.type === 'gateway.started';
}

/** A message's own events are enough to fold how far it came. */
async function workAt({ views }: HistoryReader, messageId: string, at: Moment): Promise<{ messageId: string; work?: OpenWork }> {
  const events = await views.messageEvents(messageId);
  const before = events.filter((event) => event.position <= at.position) as readonly StoredEvent[];
  const open = fold(Session, before).open.get(messageId);
  if (!open || open.agentId === '') return { messageId };
  const { sessionId = '', channel = '' } = before.at(-1)?.metadata ?? {};
  const { agentId, receivedAt, position, attempts } = open;
  return { messageId, work: { status: statusOf(open), sessionId, agentId, channel, receivedAt, position, attempts } };
}

function statusOf({ run, delivery }: OpenMessage): WorkStatus {
  if (delivery) return delivery.status === 'held' ? 'held' : 'delivering';
  if (run === 'waiting' || run === 'retrying') return run;
  return 'running';
}
