/** A message that nobody sent, as a recording that ends with its arrival: what comes of it is all that a replay of it adds. */
import { GatewayError, MessageReceived, newId, type StoredEvent } from '@openclaw-gateway/events';
import { type Described, notKept } from '../attachments/not-kept.ts';
import { receivedData } from '../pipeline/arrival.ts';
import { type Imagined, questionOf } from '../pipeline/explain.ts';
import type { RecordedConfig, Recording } from '../replay/job.ts';

export type ImaginedMessage = Omit<Imagined, 'at'> & {
  readonly name?: string | undefined;
  readonly files?: readonly Described[] | undefined;
};

const DESCRIBED = new GatewayError('ATTACHMENT_UNAVAILABLE', { message: 'The file was only described: nobody sent it.' });
const NOBODY = { type: 'system', id: 'replay' } as const;

/** It comes in where the log ends now, under the configuration in force there. */
export function imaginedRecording(message: ImaginedMessage, position: number, configs: readonly RecordedConfig[]): Recording {
  const { channel, account, senderId, peer, parent, roles, mentioned, text, at } = questionOf(message);
  const messageId = newId('message');
  const data = receivedData(
    messageId,
    {
      channel,
      account,
      inbound: {
        sender: { id: senderId, ...(message.name !== undefined && { name: message.name }), ...(roles && { roles }) },
        peer,
        text,
        ...(parent !== undefined && { parent }),
        ...(mentioned !== undefined && { mentioned }),
      },
      caller: { method: 'channel', actor: NOBODY },
    },
    (message.files ?? []).map((file) => notKept(file, DESCRIBED)),
  );
  const received: StoredEvent = {
    ...MessageReceived.create(data),
    position,
    streamId: 'session/imagined',
    version: 1,
    time: at,
    metadata: { correlationId: messageId, actor: NOBODY },
  };
  return { sessionId: '', sessionKey: '', events: [received], configs, masked: false };
}
