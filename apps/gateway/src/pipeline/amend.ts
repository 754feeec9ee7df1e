/** What senders do to messages that came before: recorded with the conversation, and heeded where it is not too late. */
import {
  encodeBase32,
  GatewayError,
  MessageDeleted,
  MessageEdited,
  MessageNoReply,
  MessageReceived,
  type StoredEvent,
} from '@openclaw-gateway/events';
import type { Amended, Amendment } from '@openclaw-gateway/sdk';
import { changeAlone, type PipelineContext, settle } from './context.ts';
import { messageKey } from './idempotency.ts';
import type { SessionCell } from './sessions.ts';

/** Nothing is ever in it. */
const NO_STREAM = 'none';

export type AmendRequest = { readonly channel: string; readonly account: string; readonly amendment: Amendment };

/** Commits the change; resolves once it is durable. The same change a second time is not recorded again. */
export async function amendMessage(
  context: PipelineContext,
  request: AmendRequest,
): Promise<{ readonly amended: Amended; readonly sessionId?: string }> {
  const received = await findReceived(context, request);
  const { sessionId } = received?.metadata ?? {};
  if (!received || sessionId === undefined) return { amended: 'ignored' };
  const cell = await context.sessions.load(sessionId);
  const { messageId } = received.data;
  await changeAlone(context, messageId, async () => {
    if (isNews(cell, messageId, request.amendment)) await commitChange(context, cell, received, request.amendment);
  });
  return { amended: 'recorded', sessionId };
}

async function commitChange(
  context: PipelineContext,
  cell: SessionCell,
  { data: { messageId }, metadata }: StoredEvent<string, { readonly messageId: string }>,
  amendment: Amendment,
): Promise<void> {
  const changed =
    amendment.kind === 'edited' ? MessageEdited.create({ messageId, text: amendment.text }) : MessageDeleted.create({ messageId });
  const open = cell.state.open.get(messageId);
  const isUnasked = open?.run === 'waiting' && open.attempts === 0 && !context.running.has(messageId) && !context.started.has(messageId);
  const ended = amendment.kind === 'deleted' && isUnasked ? [MessageNoReply.create({ messageId, reason: 'aborted' })] : [];
  // A text may come back, which what the conversation holds tells from a repetition; a deletion is once for all.
  const isOnce = amendment.kind === 'deleted' || !isHeld(cell, messageId);
  const idempotency = isOnce ? { idempotency: keyOf(context, messageId, amendment) } : {};
  await context.sessions.commit(cell, [changed, ...ended], metadata, idempotency);
  if (open && ended.length > 0) settle(context, cell, open, { status: 'no_reply', reason: 'aborted' });
}

function isNews({ state }: SessionCell, messageId: string, amendment: Amendment): boolean {
  const open = state.open.get(messageId);
  const said = questionOf(state, messageId);
  const change = open?.change ?? said?.change;
  if (amendment.kind === 'deleted') return change?.kind !== 'deleted';
  if (change) return change.kind === 'edited' && change.text !== amendment.text;
  return (open?.received.text ?? said?.text) !== amendment.text;
}

const isHeld = ({ state }: SessionCell, messageId: string): boolean =>
  state.open.has(messageId) || questionOf(state, messageId) !== undefined;

function questionOf({ transcript }: SessionCell['state'], messageId: string) {
  const entry = transcript.findLast((candidate) => candidate.role === 'user' && candidate.messageId === messageId);
  return entry?.role === 'user' ? entry : undefined;
}

function keyOf({ store }: PipelineContext, messageId: string, amendment: Amendment) {
  const change = JSON.stringify([messageId, amendment.kind, amendment.kind === 'edited' ? amendment.text : '']);
  return { key: `change:${encodeBase32(store.pseudonym(change).subarray(0, 16))}`, requestHash: 'change' };
}

/** The message's arrival. What it is found by is its key, which the log is asked for without giving it anything to store. */
async function findReceived(context: PipelineContext, { channel, account, amendment }: AmendRequest) {
  const { externalId, peer } = amendment;
  const asked = await context.log.append({
    events: [{ streamId: NO_STREAM, event: MessageDeleted.create({ messageId: '-' }) }],
    idempotency: { key: messageKey(context, channel, account, externalId), requestHash: 'asked' },
    expected: { [NO_STREAM]: 'exists' },
  });
  if (asked.ok) throw new GatewayError('INTERNAL');
  if (asked.reason === 'conflict') return undefined;
  const event = await context.log.readAt(asked.position);
  if (!event || !MessageReceived.is(event)) return undefined;
  const isThere = event.erased === true || (event.data.peer.kind === peer.kind && event.data.peer.id === peer.id);
  return isThere ? event : undefined;
}
