import type { GatewayError } from '@openclaw-gateway/events';
import type { z } from 'zod';

export type PeerKind = 'direct' | 'group' | 'channel' | 'thread';
export type Peer = { readonly kind: PeerKind; readonly id: string };

/** A message as an adapter hands it over: normalised, not yet decided about. */
export type Inbound = {
  /** The service's own id of the message: the same id is taken once only, also after a restart. */
  readonly externalId?: string;
  readonly sender: {
    readonly id: string;
    readonly name?: string;
    /** What the service says the sender is in the group: names or ids of its roles. */
    readonly roles?: readonly string[];
  };
  readonly peer: Peer;
  /** The group or channel that a thread is in. */
  readonly parent?: string;
  /** What the parent is; `group` when left out. */
  readonly parentKind?: 'group' | 'channel';
  readonly text: string;
  readonly attachments?: readonly InboundAttachment[];
  /** It speaks to the agent itself: it names it, or answers what it said. What the adapter cannot tell it leaves out. */
  readonly mentioned?: boolean;
};

/** A file that came with a message. Its bytes are read once, when the gateway stores them. */
export type InboundAttachment = {
  /** As the service names it: hostile. */
  readonly name?: string;
  /** As the service calls it: a claim, the bytes decide. */
  readonly mimeType?: string;
  /** In bytes, where the service says it before the download. */
  readonly size?: number;
  readonly open: (signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>;
};

/** A file to send with a reply. */
export type OutboundAttachment = {
  readonly name: string;
  readonly mimeType: string;
  readonly size: number;
  readonly bytes: () => Promise<Uint8Array>;
};

/** What became of an inbound message. Its events are durable when this is returned. */
export type Received =
  | {
      readonly status: 'accepted';
      readonly messageId: string;
      readonly sessionId: string;
      readonly sessionKey: string;
      readonly agentId: string;
      readonly position: number;
      /** The same message was received before; these are the first one's ids. */
      readonly duplicate: boolean;
    }
  | {
      readonly status: 'rejected';
      readonly messageId: string;
      readonly position: number;
      readonly error: GatewayError;
      readonly duplicate: boolean;
    };

/** What somebody did to a message that the service brought before. `externalId` and `peer` are those that it was received with. */
export type Amendment = { readonly externalId: string; readonly peer: Peer } & (
  | { readonly kind: 'edited'; readonly text: string }
  | { readonly kind: 'deleted' }
);

/** `ignored`: no accepted message has this id here. */
export type Amended = 'recorded' | 'ignored';

/** What the service says later of a reply that it took. */
export type DeliveryReport = {
  readonly deliveryId: string;
  /** The message that it answers. A failure that has it counts: the reply is sent again or given up, as `error.retryable` says. */
  readonly messageId?: string;
  /** The reply was sent as several messages, and this is about one of them: the others may have arrived. */
  readonly isPart?: boolean;
  readonly status: 'sent' | 'delivered' | 'read' | 'failed';
  /** Why it failed. */
  readonly error?: GatewayError;
};

/** A reply to send. `deliveryId` is the idempotency key. */
export type Outbound = {
  readonly deliveryId: string;
  readonly messageId: string;
  readonly to: Peer;
  readonly text: string;
  readonly attempt: number;
  /** The service's own id of the message that is answered, where it had one. */
  readonly replyTo?: string;
  readonly attachments?: readonly OutboundAttachment[];
};

export type ChannelCapabilities = {
  /**
   * What the service does with the same `deliveryId` twice. `native`: nothing, so an uncertain delivery is sent again.
   * `none`: it would show twice, so an uncertain delivery is held or sent again as configured.
   */
  readonly idempotency: 'native' | 'none';
  /** Whether an account keeps a connection, or asks again and again, and can lose that. `none`: the service calls. `kept` when left out. */
  readonly connection?: 'kept' | 'none';
};

/** What the gateway gives a running channel account. */
export type ChannelContext<Config> = {
  readonly account: string;
  readonly config: Config;
  /** Commits the message, then resolves. Throws a retryable `GatewayError` when it could not: do not acknowledge to the service. */
  readonly receive: (inbound: Inbound) => Promise<Received>;
  /**
   * Commits that a message was edited or deleted, then resolves. Before its run has begun the model is asked the new text, or nothing;
   * later the next turn knows of it. Throws as `receive` does.
   */
  readonly amend: (amendment: Amendment) => Promise<Amended>;
  /** Records what the service says of a reply after it took it. */
  readonly report?: (report: DeliveryReport) => Promise<void>;
  /** Makes a part of a message durable whose other parts are still to come, for a service that brings them one by one. Throws as `receive` does. */
  readonly keepPart?: (part: { readonly senderId: string; readonly update: unknown }) => Promise<void>;
  /** The parts that may not have been received before the account ended, the oldest first; some may have been. */
  readonly keptParts?: () => Promise<readonly unknown[]>;
  /** Records something unreadable that the service sent, so that it can be skipped. */
  readonly refuse: (update: unknown, error: GatewayError) => Promise<void>;
  /**
   * Until when the account was connected before, in milliseconds since 1970, as far as it is known: what the service does not bring
   * again by itself since then must be asked for. Messages that come twice are taken once.
   */
  readonly lastConnectedAt?: number;
  readonly connected: (identity?: string) => void;
  readonly disconnected: (reason: string, error?: GatewayError) => void;
  /** Aborted when the account must stop. */
  readonly signal: AbortSignal;
};

export type ProbeStep = {
  readonly name: string;
  readonly ok: boolean;
  readonly durationMs: number;
  /** What was found, in a few words; nothing secret. */
  readonly detail?: string;
  readonly error?: GatewayError;
};

/** Hears of each step of a probe when it was taken; an adapter need not tell. */
export type OnProbeStep = (step: ProbeStep) => void;

/** What an adapter knows of its place in the service and of the service, for who looks after it. Nothing secret; what it does not know it leaves out. */
export type ChannelFacts = {
  /** Up to where what the service brought is taken care of, and what the service calls it, such as `update_id`. */
  readonly position?: { readonly name: string; readonly value: string };
  readonly webhook?: WebhookFacts;
  /** When the service lets the token expire, in milliseconds since 1970. */
  readonly tokenExpiresAt?: number;
  /** Of the service's interface that is used. */
  readonly version?: string;
};

/** Times in milliseconds since 1970. */
export type WebhookFacts = {
  /** Where the service calls, as it says itself; of an address that is not this account's only the host. */
  readonly address?: string;
  /** How many updates wait with the service. */
  readonly pending?: number;
  /** What the service says of its last call that failed. */
  readonly lastError?: string;
  readonly lastErrorAt?: number;
  /** When the service said so. */
  readonly askedAt?: number;
  /** When the last call came whose signature is the service's. */
  readonly lastCallAt?: number;
};

/** A running channel account. */
export type ChannelAccount = {
  /** Sends one reply. Throws a `GatewayError` whose `retryable` says whether trying again makes sense; `details.retryAfterMs` is honoured. */
  readonly send: (outbound: Outbound, signal: AbortSignal) => Promise<{ readonly providerMessageId?: string }>;
  /** Really talks to the service, without sending anything to a user. */
  readonly probe: (signal: AbortSignal, onStep?: OnProbeStep) => Promise<ProbeStep[]>;
  readonly stop: () => Promise<void>;
  /** What is known at the moment, without asking the service. */
  readonly facts?: () => ChannelFacts;
  /** Where a direct message to somebody goes whose id `sender.id` would be; the id itself when left out. */
  readonly direct?: (personId: string, signal: AbortSignal) => Promise<Peer>;
  /** Shows that an answer is being written, for the few seconds that the service shows it. */
  readonly typing?: (to: Peer, signal: AbortSignal) => Promise<void>;
  /** Answers a call of the service at `/webhooks/<channel>/<account>`. Answer with success only once `receive` has resolved. */
  readonly webhook?: (call: ChannelCall) => Promise<ChannelAnswer>;
};

/** A call of the service as it came, before any parsing. */
export type ChannelCall = {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly query: Readonly<Record<string, string>>;
  readonly rawBody: Uint8Array;
};

export type ChannelAnswer = { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string };

export type ChannelDefinition<S extends z.ZodType = z.ZodType> = {
  readonly id: string;
  /** The account's block of the configuration, beyond the keys every channel has (enabled, dmPolicy, allowFrom, delivery). */
  readonly config: S;
  readonly capabilities: ChannelCapabilities;
  readonly start: (context: ChannelContext<z.output<S>>) => Promise<ChannelAccount>;
  /** The same as a running account's `probe`, for one that does not run: it may be what keeps it from starting. Never rejects. */
  readonly probe?: (config: z.output<S>, signal: AbortSignal, onStep?: OnProbeStep) => Promise<ProbeStep[]>;
};

/** Declares a channel adapter. @example export default defineChannel({ id: 'telegram', config: z.object({ botToken: z.string() }), … }) */
export function defineChannel<S extends z.ZodType>(definition: ChannelDefinition<S>): ChannelDefinition<S> {
  return definition;
}
