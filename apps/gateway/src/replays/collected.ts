/** What an order runs again, read from the log or from a bundle. */
import { hash } from 'node:crypto';
import { join } from 'node:path';
import { openStoreReadOnly, type Store } from '@openclaw-gateway/db';
import { GatewayError, isId, MessageReceived } from '@openclaw-gateway/events';
import type { HistoryReader } from '../history/reader.ts';
import { collectConfigs, collectDecisions, collectRecording, newestMessages } from '../replay/collect.ts';
import type { RecordedConfig, RecordedDecision, Recording } from '../replay/job.ts';
import { type ImaginedMessage, imaginedRecording } from './imagined.ts';
import type { ReplayOrder, ReplayRange } from './order.ts';

export type ReplayStore = HistoryReader &
  Pick<Store, 'waitForViews'> & { readonly checkpoints?: { readonly verifierKey: string } | undefined };

export type Collected = {
  readonly range: ReplayRange;
  readonly recording?: Recording;
  readonly messages?: readonly RecordedDecision[];
  readonly configs: readonly RecordedConfig[];
};

const VIEWS_TIMEOUT_MS = 5_000;

/** Throws SESSION_NOT_FOUND, BODY_TOO_LARGE, QUERY_INVALID, REPLAY_NOT_FOUND where there is no such bundle. */
export async function collected(store: ReplayStore, dir: string, source: ReplayOrder['source']): Promise<Collected> {
  switch (source.kind) {
    case 'log':
      return { range: { messages: 0, events: store.log.head(), first: 1, last: store.log.head(), hash: '' }, configs: [] };
    case 'session':
      return ofRecording(store, await collectRecording(store, source.sessionId, source.toPosition));
    case 'query':
      return ofQuery(store, source);
    case 'bundle':
      return ofBundle(dir, source.bundleId);
    case 'message':
      return ofMessage(store, source.message);
  }
}

async function ofRecording(reader: HistoryReader, recording: Recording): Promise<Collected> {
  const { events, configs } = recording;
  const received = events.filter(MessageReceived.is);
  const digest = hash('sha256', events.map((event) => event.id).join('\n'));
  const [first, last] = [events[0]?.position ?? 0, events.at(-1)?.position ?? 0];
  const messages = await collectDecisions(
    reader.log,
    received.map(({ position }) => position),
  );
  return { recording, messages, configs, range: { messages: received.length, events: events.length, first, last, hash: digest } };
}

async function ofQuery(store: ReplayStore, { query, last }: Extract<ReplayOrder['source'], { kind: 'query' }>): Promise<Collected> {
  await store.waitForViews(store.log.head(), VIEWS_TIMEOUT_MS).catch(() => undefined);
  const positions = await newestMessages(store.views, { last, ...(query !== '' && { query }) });
  const messages = await collectDecisions(store.log, positions);
  const range = {
    messages: messages.length,
    events: messages.length,
    first: positions.at(-1) ?? 0,
    last: positions[0] ?? 0,
    hash: hash('sha256', messages.map(({ messageId }) => messageId).join('\n')),
  };
  return { messages, configs: await collectConfigs(store.log), range };
}

async function ofMessage({ log }: ReplayStore, message: ImaginedMessage): Promise<Collected> {
  const configs = await collectConfigs(log);
  const head = log.head();
  const range = { messages: 1, events: 0, first: head, last: head, hash: hash('sha256', JSON.stringify(message)) };
  return { recording: imaginedRecording(message, head, configs), configs, range };
}

async function ofBundle(dir: string, bundleId: string): Promise<Collected> {
  if (!isId('replay', bundleId)) throw new GatewayError('REPLAY_NOT_FOUND');
  const store = await openStoreReadOnly({ dir: join(dir, 'bundles', bundleId) }).catch((cause: unknown) => {
    throw new GatewayError('REPLAY_NOT_FOUND', { message: 'There is no such bundle here; it may have been removed.', cause });
  });
  try {
    const { rows } = await store.views.sessions({}, { limit: 1 });
    return await ofRecording(store, await collectRecording(store, rows[0]?.sessionId ?? ''));
  } finally {
    await store.close();
  }
}
