/** Receiving by Socket Mode. An envelope is acknowledged only after the gateway has committed what is in it. */
import { GatewayError, toGatewayError } from '@openclaw-gateway/events';
import type { ChannelContext, Inbound } from '@openclaw-gateway/sdk';
import { createLanes, type Lanes } from '../lanes.ts';
import { untilDurable } from '../until-durable.ts';
import type { SlackApi } from './api.ts';
import { type EventReading, peopleIn, plainText, readEvent, type Self } from './event.ts';
import { attachments, type OpenFile } from './files.ts';
import type { People } from './people.ts';
import { type Envelope, openSlackSocket, type SlackSocket } from './socket.ts';
import type { Threads } from './threads.ts';

/** More than this waiting, and Slack has to wait, too. */
const MOST_WAITING = 500;

export type ReceiveContext = Pick<ChannelContext<unknown>, 'receive' | 'amend' | 'refuse' | 'signal'> & {
  readonly openFile: OpenFile;
  readonly self: Self;
  readonly people: People;
  readonly threads: Threads;
};

export type ReceiveOptions = {
  /** By the app-level token. */
  readonly appApi: SlackApi;
  readonly slackApiUrl: string;
  readonly self: Self;
  readonly context: ReceiveContext;
  readonly onConnected: () => void;
  /** Called with each new connection, before anything that comes by it is taken. */
  readonly onHello?: (lanes: Lanes) => void;
  /** Called with the id of each envelope that was acknowledged. */
  readonly onAcknowledged?: (envelopeId: string) => void;
};

/** Receives until the signal aborts. Throws a CHANNEL_ code when Slack does not answer as it should, or the connection breaks. */
export async function receiveFromSlack(options: ReceiveOptions): Promise<void> {
  const { appApi, slackApiUrl, self, context, onConnected, onHello, onAcknowledged } = options;
  const { signal } = context;
  const sockets = new Set<SlackSocket>();
  const lanes = createLanes((size) => {
    for (const socket of sockets) size > MOST_WAITING ? socket.pause() : socket.resume();
  });
  const onEnvelope = (envelope: Envelope) => {
    const acknowledge = () => {
      envelope.acknowledge();
      onAcknowledged?.(envelope.envelopeId);
    };
    take({ ...envelope, acknowledge }, lanes, self, context);
  };
  try {
    while (!signal.aborted) {
      const { url } = await appApi.call('apps.connections.open', {}, signal);
      if (typeof url !== 'string') throw new GatewayError('CHANNEL_UNAVAILABLE', { message: 'Slack names no address to connect to.' });
      const socket = openSlackSocket({
        url,
        slackApiUrl,
        signal,
        onEnvelope,
        onHello: () => {
          onHello?.(lanes);
          onConnected();
        },
      });
      sockets.add(socket);
      await socket.refreshed;
      // What came by it is acknowledged by it; the next connection is made meanwhile.
      void lanes.idle().then(() => {
        sockets.delete(socket);
        socket.close();
      });
    }
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  } finally {
    for (const socket of sockets) socket.close();
  }
}

function take(envelope: Envelope, lanes: Lanes, self: Self, context: ReceiveContext): void {
  const reading = readEnvelope(envelope, self);
  if (reading.kind === 'skip') {
    envelope.acknowledge();
    return;
  }
  const { lane, order } = reading.kind === 'refuse' ? { lane: 'refused', order: '' } : reading;
  lanes.add(lane, order, async () => {
    if (await untilDurable(envelope.payload, () => commit(reading, envelope.payload, context), context)) envelope.acknowledge();
  });
}

function readEnvelope({ type, payload }: Envelope, self: Self): EventReading {
  if (type === 'events_api') return readEvent(payload, self);
  const message = `${JSON.stringify(type.slice(0, 50))} of Slack is not supported; messages and mentions are.`;
  return { kind: 'refuse', error: new GatewayError('CHANNEL_BAD_UPDATE', { message }) };
}

/** Commits what was read. Throws as `receive` does. */
export async function commit(reading: EventReading, update: unknown, context: ReceiveContext): Promise<void> {
  if (reading.kind === 'message') {
    const inbound = await context.threads.place(await withNames(reading.inbound, reading.markup, context));
    await receiveOnce({ ...inbound, ...attachments(reading.files, context.openFile) }, context);
  } else if (reading.kind === 'amendment') {
    const { amendment, markup = '' } = reading;
    await context.amend(amendment.kind === 'edited' ? { ...amendment, text: await named(amendment.text, markup, context) } : amendment);
  } else if (reading.kind === 'refuse') await context.refuse(update, reading.error);
}

async function withNames(inbound: Inbound, markup: string, context: ReceiveContext): Promise<Inbound> {
  const { id } = inbound.sender;
  const name = (await context.people.namesOf([id])).get(id);
  return { ...inbound, sender: { id, ...(name !== undefined && { name }) }, text: await named(inbound.text, markup, context) };
}

async function named(text: string, markup: string, { people, self }: ReceiveContext): Promise<string> {
  const mentioned = peopleIn(markup, self);
  return mentioned.length === 0 ? text : plainText(markup, self, await people.namesOf(mentioned));
}

/** What Slack brings twice may differ in what people are called at the time: the first stands. */
async function receiveOnce(inbound: Inbound, { receive }: ReceiveContext): Promise<void> {
  try {
    await receive(inbound);
  } catch (thrown) {
    if (toGatewayError(thrown).code !== 'IDEMPOTENCY_MISMATCH') throw thrown;
  }
}
