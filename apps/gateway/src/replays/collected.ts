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
  /** Where the messages came in, of which there may be too many to be read at once. */
  readonly positions?: readonly number[];
  readonly configs: readonly RecordedConfig[];
};

const VIEWS_TIMEOUT_MS = 5_000;

/** Throws SESSION_NOT_FOUND, BODY_TOO_LARGE, QUERY_INVALID, REPLAY_NOT_FOUND where there is no such bundle. */
export async function collected(store: ReplayStore, dir: string, source: ReplayOrder['source'], signal?: AbortSignal): Promise<Collected> {
  switch (source.kind) {
    case 'log':
      return { range: { messages: 0, events: store.log.head(), first: 1, last: store.log.head(), hash: '' }, configs: [] };
    case 'session':
      return ofRecording(store, await collectRecording(store, source.sessionId, source.toPosition));
    case 'query':
      return ofQuery(store, source, signal);
    case 'bundle':
      return ofBundle(dir, source.bundleId);
    case 'message':
      return ofMessage(store, source.message);
  }
}

/** A session's recording with what was decided about its messages. */
export async function ofRecording(reader: HistoryReader, recording: Recording): Promise<Collected & { readonly recording: Recording }> {
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

type QuerySource = Extract<ReplayOrder['source'], { kind: 'query' }>;

async function ofQuery(store: ReplayStore, { query, last }: QuerySource, signal?: AbortSignal): Promise<Collected> {
  await store.waitForViews(store.log.head(), VIEWS_TIMEOUT_MS).catch(() => undefined);
  const positions = await newestMessages(store.views, { last, ...(query !== '' && { query }), ...(signal && { signal }) });
  const range = {
    messages: positions.length,
    events: positions.length,
    first: positions.at(-1) ?? 0,
    last: positions[0] ?? 0,
    hash: hash('sha256', positions.join('\n')),
  };
  return { positions, configs: await collectConfigs(store.log), range };
}

async function ofMessage({ log }: ReplayStore, message: ImaginedMessage): Promise<Collected> {
  const configs = await collectConfigs(log);
  const head = log.head();
  const range = { messages: 1, events: 0, first: head, last: head, hash: hash('sha256', JSON.stringify(message)) };
  return { recording: imaginedRecording(message, head, configs), configs, range };
}

/** The configurations that were in force in what an order runs again. */
export async function configsOf(store: ReplayStore, dir: string, source: ReplayOrder['source']): Promise<readonly RecordedConfig[]> {
  return source.kind === 'bundle' ? inBundle(dir, source.bundleId, ({ log }) => collectConfigs(log)) : collectConfigs(store.log);
}

function ofBundle(dir: string, bundleId: string): Promise<Collected> {
  return inBundle(dir, bundleId, async (store) => {
    const { rows } = await store.views.sessions({}, { limit: 1 });
    return ofRecording(store, await collectRecording(store, rows[0]?.sessionId ?? ''));
  });
}

async function inBundle<Result>(dir: string, bundleId: string, read: (store: HistoryReader) => Promise<Result>): Promise<Result> {
  if (!isId('replay', bundleId)) throw new GatewayError('REPLAY_NOT_FOUND');
  const store = await openStoreReadOnly({ dir: join(dir, 'bundles', bundleId) }).catch((cause: unknown) => {
    throw new GatewayError('REPLAY_NOT_FOUND', { message: 'There is no such bundle here; it may have been removed.', cause });
  });
  try {
    return await read(store);
  } finally {
    await store.close();
  }
}
