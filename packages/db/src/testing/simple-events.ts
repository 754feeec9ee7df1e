/** Events of which only who is in them, or that they are there, matters to a test. */
import { GatewayStopped, MessageReceived, newId } from '@openclaw-gateway/events';
import type { StreamEvent } from '../log.ts';

/** A message whose text is sealed for a person. */
export function personal(subject: string, text: string): StreamEvent {
  const sender = { id: 'tg:1' };
  const peer = { kind: 'direct' as const, ...sender };
  const event = MessageReceived.create({ messageId: newId('message'), channel: 'telegram', account: 'default', sender, peer, text });
  return { streamId: `people/${subject}`, event, metadata: { subject } };
}

export function stopped(streamId: string, reason: string): StreamEvent {
  return { streamId, event: { ...GatewayStopped.create({ reason, uptimeMs: 1 }), id: newId('event') } };
}
