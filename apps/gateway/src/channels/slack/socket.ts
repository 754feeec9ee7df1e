/** One Socket Mode connection: what it brings, what is acknowledged, and how it ends. */
import { GatewayError } from '@openclaw-gateway/events';
import { z } from 'zod';
import { type ChatSocket, openChatSocket } from '../chat-socket.ts';
import { slackWay } from './api.ts';

export type Envelope = { readonly envelopeId: string; readonly type: string; readonly payload: unknown; readonly acknowledge: () => void };

export type SlackSocketOptions = {
  readonly url: string;
  readonly slackApiUrl: string;
  readonly signal: AbortSignal;
  readonly onHello: () => void;
  readonly onEnvelope: (envelope: Envelope) => void;
  readonly mostSilenceMs?: number;
};

export type SlackSocket = Pick<ChatSocket, 'pause' | 'resume' | 'close'> & {
  /** Resolves when Slack asks for a new connection; the old one still takes acknowledgements. Rejects with why it broke. */
  readonly refreshed: Promise<void>;
};

const envelope = z.looseObject({ envelope_id: z.string().min(1), type: z.string(), payload: z.unknown().optional() });
const control = z.looseObject({ type: z.string(), reason: z.string().optional() });

export function openSlackSocket({ url, slackApiUrl, signal, onHello, onEnvelope, mostSilenceMs }: SlackSocketOptions): SlackSocket {
  const refreshed = Promise.withResolvers<void>();
  refreshed.promise.catch(() => {});
  const socket = openChatSocket(url, {
    way: slackWay(slackApiUrl),
    signal,
    ...(mostSilenceMs !== undefined && { mostSilenceMs }),
    onMessage: (message) => {
      const brought = envelope.safeParse(message);
      if (brought.success) {
        const { envelope_id: envelopeId, type, payload } = brought.data;
        onEnvelope({ envelopeId, type, payload, acknowledge: () => socket.send({ envelope_id: envelopeId }) });
        return;
      }
      const said = control.safeParse(message).data;
      if (said?.type === 'hello') onHello();
      if (said?.type !== 'disconnect') return;
      if (said.reason === 'link_disabled') refreshed.reject(switchedOff());
      else refreshed.resolve();
    },
  });
  void socket.closed.then(({ code, cause }) => refreshed.reject(lost(cause ?? `close code ${code}`)));
  return { pause: socket.pause, resume: socket.resume, close: socket.close, refreshed: refreshed.promise };
}

function lost(why: string): GatewayError {
  return new GatewayError('CHANNEL_UNAVAILABLE', { message: `The connection to Slack ended (${why}).` });
}

function switchedOff(): GatewayError {
  return new GatewayError('CHANNEL_UNAUTHORIZED', {
    message: 'Socket Mode is switched off for the app. Switch it on at api.slack.com/apps.',
  });
}
