/** What is recorded of a message itself: who sent it, what it says, and its files. */
import { type Actor, type Attachment, GatewayError, idFromBytes, MessageReceived, MOST_ATTACHMENTS } from '@openclaw-gateway/events';
import type { Received } from '@openclaw-gateway/sdk';
import { notKept, type Taken } from '../attachments/not-kept.ts';
import type { Submission } from '../parts.ts';
import type { PipelineContext } from './context.ts';

/** What whoever brought a message is told of it. */
export type Receipt = Received & { readonly runId: string };

/** More roles than a person has anywhere. */
const MOST_ROLES = 250;

export function receivedData(
  messageId: string,
  submission: Submission,
  attachments: readonly Attachment[],
): Parameters<typeof MessageReceived.create>[0] {
  const { channel, account, inbound, sessionKey, agentId, requestId, system, history } = submission;
  const { name, roles } = inbound.sender;
  const { parent, parentKind, mentioned } = inbound;
  return {
    messageId,
    channel,
    account,
    sender: {
      id: inbound.sender.id,
      ...(name === undefined ? {} : { name }),
      ...(roles === undefined || roles.length === 0 ? {} : { roles: roles.slice(0, MOST_ROLES) }),
    },
    peer: inbound.peer,
    ...(parent === undefined ? {} : { parent }),
    ...(parentKind === undefined ? {} : { parentKind }),
    ...(mentioned === undefined ? {} : { mentioned }),
    text: inbound.text,
    ...(attachments.length === 0 ? {} : { attachments: [...attachments] }),
    ...(submission.caller.method === 'channel' && isKept(inbound.externalId) ? { externalId: inbound.externalId } : {}),
    ...(sessionKey === undefined ? {} : { sessionKey }),
    ...(agentId === undefined ? {} : { agentId }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(system === undefined ? {} : { system }),
    ...(history === undefined || history.length === 0 ? {} : { history: [...history] }),
  };
}

/** No service has ids this long; one that is, is unique all the same but cannot be quoted. */
const isKept = (externalId: string | undefined): externalId is string =>
  externalId !== undefined && externalId !== '' && externalId.length <= 512;

/** A message that may not come in: what it brought is named, not fetched. */
export function refusedArrival(messageId: string, submission: Submission, error: GatewayError) {
  const files = submission.inbound.attachments ?? [];
  const attachments = files.slice(0, MOST_ATTACHMENTS).map((file) => notKept(file, error));
  return MessageReceived.create(receivedData(messageId, submission, attachments));
}

const NO_FILES: Taken = { attachments: [], release: () => undefined };

/** The message's files, on the disk. Only of senders who may write: others must not fill it. */
export async function takeFiles({ attachments }: PipelineContext, { inbound }: Submission): Promise<Taken> {
  const { attachments: files = [] } = inbound;
  if (files.length === 0) return NO_FILES;
  if (attachments) return attachments.take(files);
  const error = new GatewayError('ATTACHMENT_UNAVAILABLE', { message: 'No files are kept here.' });
  return { ...NO_FILES, attachments: files.slice(0, MOST_ATTACHMENTS).map((file) => notKept(file, error)) };
}

export function actorOf(context: PipelineContext, submission: Submission): Actor {
  if (submission.caller.method !== 'channel') return submission.caller.actor;
  const pseudonym = context.store.pseudonym(`${submission.channel}\0${submission.account}\0${submission.inbound.sender.id}`);
  return { type: 'app_user', id: idFromBytes('sender', pseudonym.subarray(0, 16)) };
}
