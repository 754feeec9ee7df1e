import type { Actor } from '@openclaw-gateway/events';
import { diff, type PatchOperation } from '@openclaw-gateway/events/json-patch';
import { secrets } from '../../config/secrets.ts';
import { type Forked, forkSession } from '../../history/fork.ts';
import { momentOf } from '../../history/moment.ts';
import { type SessionAt, sessionAt, sessionIdOf } from '../../history/session-at.ts';
import type { Context } from '../context.ts';
import { formatTime, paint, pairs, plain, table } from '../output.ts';
import { withStore } from '../stopped-store.ts';
import { describeEntry } from './sessions.ts';
import { describePatch } from './state.ts';

const CLI: Actor = { type: 'system', id: 'command-line' };

/** A conversation as it was at a moment, or what changed in it between two. */
export async function showSessionAt(
  context: Context,
  options: { readonly at: string; readonly diff?: string },
  id: string,
): Promise<undefined> {
  const shown = await withStore(
    context,
    async (reader): Promise<SessionAt | (SessionAt & { readonly patch: readonly PatchOperation[] })> => {
      const then = await sessionAt(reader, id, await momentOf(reader.log, options.at));
      if (options.diff === undefined) return then;
      const other = await sessionAt(reader, id, await momentOf(reader.log, options.diff));
      return { ...then, patch: diff(then.state, other.state) };
    },
  );
  context.out.result(shown, () => ('patch' in shown ? describePatch(shown.patch) : describe(shown)));
}

/** Begins a new session with the conversation of another one as it was at a moment. */
export async function fork(
  context: Context,
  options: { readonly at: string; readonly key?: string; readonly reason: string },
  id: string,
): Promise<undefined> {
  const { key, reason } = options;
  const api = await context.apiIfRunning();
  const body = { at: options.at, reason, ...(key !== undefined && { key }) };
  const forked = api
    ? await api.send<Forked>('POST', `/api/sessions/${encodeURIComponent(id)}/fork`, body)
    : await forkStopped(context, id, body);
  context.out.result(forked, () => [
    `Session ${forked.sessionId} begins with ${forked.entries} entries of the conversation.`,
    `Its key is ${plain(forked.sessionKey)}.`,
  ]);
}

/** Nobody has the log now, so that this process may write it. */
async function forkStopped(
  context: Context,
  id: string,
  { at, key, reason }: { at: string; key?: string; reason: string },
): Promise<Forked> {
  const { openStore } = await import('@openclaw-gateway/db');
  const store = await openStore({ dir: context.paths.databases, secrets: secrets((await context.config()).config) });
  try {
    await store.waitForViews(store.log.head(), 60_000);
    const sessionId = await sessionIdOf(store, id);
    return await forkSession(store, {
      sessionId,
      at: await momentOf(store.log, at),
      reason,
      actor: CLI,
      ...(key !== undefined && { key }),
    });
  } finally {
    await store.close();
  }
}

function describe({ at, state }: SessionAt): string[] {
  const open = Object.values(state.open);
  const rows = open.map((message) => [String(message.position), message.run, message.delivery?.status ?? '', message.messageId]);
  return [
    paint('bold', plain(state.sessionKey)),
    ...pairs([
      ['Session', state.sessionId],
      ['At', `position ${at.position}, ${new Date(at.time).toISOString()}`],
      ['Agent', state.agentId],
      ['Channel', `${state.channel}/${state.account}`],
      ['Opened', formatTime(state.openedAt)],
      ['Turns', String(state.turns)],
    ]),
    ...(open.length > 0 ? ['', ...table(['POSITION', 'RUN', 'DELIVERY', 'UNFINISHED MESSAGE'], rows)] : []),
    '',
    ...state.transcript.flatMap(describeEntry),
  ];
}
