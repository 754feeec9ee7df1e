/**
 * The channels: starts the accounts of the configuration, keeps each running whatever happens to the others, and sends
 * replies through them. Messages go out of here through `receive`; what is decided about them is not known here.
 */
import {
  type Actor,
  ChannelProbed,
  type EventMetadata,
  encodeBase32,
  GatewayError,
  type NewEvent,
  shorten,
} from '@openclaw-gateway/events';
import type {
  ChannelAccount,
  ChannelAnswer,
  ChannelCall,
  ChannelCapabilities,
  ChannelDefinition,
  OnProbeStep,
  Outbound,
  Peer,
  ProbeStep,
  Received,
} from '@openclaw-gateway/sdk';
import type { ChannelAccountConfig, Config } from '../config/index.ts';
import { UsualGaps } from '../operations/alerts/usual-gaps.ts';
import type { Logger } from '../operations/logs.ts';
import { metrics } from '../operations/metrics/index.ts';
import type { ChannelHolds, ChannelStatus, Channels, Pipeline, ProbeUpdate, Submission } from '../parts.ts';
import { PULL_CHANNELS } from '../pull-channels.ts';
import { type Presence, type RunningAccount, runAccount } from './account.ts';
import { BACKOFF, type Backoff } from './backoff.ts';
import type { Holding, Holds } from './holds.ts';
import type { KeptParts } from './kept-parts.ts';
import { LIVENESS, type LivenessSettings } from './liveness.ts';
import { CHANNELS } from './manifest.ts';
import { unknownChannel } from './unknown-channel.ts';

const MOST_PROBE_MS = 15_000;

export type ChannelManagerOptions = {
  readonly config: Config['channels'];
  /** Commits a message. What it throws reaches the adapter, which then does not acknowledge. */
  readonly receive: (submission: Submission) => Promise<Received>;
  /** Commits what a sender did to an earlier message. */
  readonly amend: Pipeline['amend'];
  /** Commits that a reply did not arrive. */
  readonly undelivered: Pipeline['undelivered'];
  /** Keeps parts of messages; without it each is a message of its own. */
  readonly parts?: KeptParts;
  readonly record: (streamId: string, event: NewEvent, metadata: EventMetadata) => Promise<void>;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  readonly manifest?: Readonly<Record<string, () => Promise<{ readonly default: ChannelDefinition }>>>;
  readonly backoff?: Backoff;
  /** Until when an earlier process ran, in milliseconds since 1970. */
  readonly lastAliveAt?: () => number | undefined;
  readonly liveness?: LivenessSettings;
  /** What operators paused or drain; nothing can be without it. */
  readonly holds?: Holds;
  /** A keyed hash, by which tokens are told apart. */
  readonly pseudonym?: (text: string) => Uint8Array;
  /** How many messages of an account are accepted and not ended. */
  readonly openOn?: (channel: string, account: string) => number;
  /** What has no account of its own and can be probed all the same. */
  readonly alsoProbed?: () => readonly Probed[];
  readonly now?: () => number;
  readonly random?: () => number;
};

export type Probed = {
  readonly channel: string;
  readonly account: string;
  readonly probe: (signal: AbortSignal, onStep?: OnProbeStep) => Promise<readonly ProbeStep[]>;
};

/** What is decided about messages, not how they travel: a change of these needs no new connection. */
const POLICY_KEYS: ReadonlySet<string> = new Set(['dmPolicy', 'groupPolicy', 'allowFrom', 'mentionPatterns', 'delivery', 'agentId']);

type Slot = {
  readonly block: string;
  readonly channel: string;
  readonly account: string;
  readonly config: ChannelAccountConfig;
  readonly running?: RunningAccount;
};

/** How often it is looked whether a draining account has nothing left to do. */
const DRAIN_LOOK_MS = 250;
const SYSTEM: Actor = { type: 'system', id: 'gateway' };

/** The stream that holds what happened to an account. */
export const channelStream = (channel: string, account: string): string => `channel/${channel}/${account}`;

export class ChannelManager implements Channels, ChannelHolds {
  readonly #options: ChannelManagerOptions;
  readonly #manifest: NonNullable<ChannelManagerOptions['manifest']>;
  readonly #slots = new Map<string, Slot>();
  readonly #capabilities = new Map<string, ChannelCapabilities>();
  readonly #presences = new Map<string, Presence>();
  /** Changes take effect one after the other. */
  #changes: Promise<void> = Promise.resolve();
  #config: Config['channels'];
  #phase: 'new' | 'running' | 'stopped' = 'new';
  #drains: NodeJS.Timeout | undefined;
  readonly #gaps = new UsualGaps();

  constructor(options: ChannelManagerOptions) {
    this.#options = options;
    this.#manifest = options.manifest ?? CHANNELS;
    this.#config = options.config;
  }

  /** Begins to start all accounts; does not wait for their services. */
  start(): Promise<void> {
    this.#phase = 'running';
    return this.apply(this.#config);
  }

  /** Puts another configuration in force: only accounts whose connection changed are stopped and started. */
  apply(config: Config['channels']): Promise<void> {
    this.#config = config;
    const change = this.#changes.then(() => (this.#phase === 'running' ? this.#apply(config) : undefined));
    this.#changes = change.catch(() => {});
    return change;
  }

  /** Stops all accounts; resolves when their connections are closed. */
  async stop(): Promise<void> {
    this.#phase = 'stopped';
    clearInterval(this.#drains);
    await this.#changes;
    await Promise.all([...this.#slots.values()].map((slot) => slot.running?.stop()));
  }

  status(): readonly ChannelStatus[] {
    return [...this.#slots.values()].map((slot) => this.#status(slot));
  }

  async probe(channel?: string, { account, onUpdate }: Parameters<Channels['probe']>[1] = {}) {
    const slots = [...this.#slots.values()].flatMap(({ channel: of, account: named, running }) =>
      running ? [{ channel: of, account: named, probe: running.probe }] : [],
    );
    const others = this.#options.alsoProbed?.() ?? [];
    const asked = [...slots, ...others].filter(
      (each) => (channel === undefined || each.channel === channel) && (account === undefined || each.account === account),
    );
    if (channel !== undefined && asked.length === 0 && !(channel in this.#manifest))
      throw unknownChannel(channel, Object.keys(this.#manifest));
    return Promise.all(asked.map((each) => this.#probe(each, onUpdate)));
  }

  /** What a channel does with a reply that is sent twice; the careful answer for one that is not loaded. */
  capabilities(channel: string): ChannelCapabilities {
    if (PULL_CHANNELS.has(channel)) return { idempotency: 'native' };
    return this.#capabilities.get(channel) ?? { idempotency: 'none' };
  }

  /** Sends a reply. Throws CHANNEL_UNAVAILABLE when the account is not running, and what the adapter throws. */
  async send(channel: string, account: string, outbound: Outbound, signal: AbortSignal): Promise<{ readonly providerMessageId?: string }> {
    if (PULL_CHANNELS.has(channel)) return {};
    const running = this.#slots.get(slotKey(channel, account))?.running;
    // It may be about to start again with another configuration; what never comes back is given up after the retries.
    if (!running) throw new GatewayError('CHANNEL_UNAVAILABLE', { message: `No account ${channel}/${account} is running.` });
    return running.send(outbound, signal);
  }

  /** Where a direct message to somebody goes. Throws CHANNEL_UNAVAILABLE when the account is not running, and what the adapter throws. */
  async direct(channel: string, account: string, personId: string, signal: AbortSignal): Promise<Peer> {
    const running = this.#slots.get(slotKey(channel, account))?.running;
    if (!running) throw new GatewayError('CHANNEL_UNAVAILABLE', { message: `No account ${channel}/${account} is running.` });
    return running.direct(personId, signal);
  }

  /** How an account shows that an answer is being written; nothing where it cannot. */
  readonly typing = (channel: string, account: string): ChannelAccount['typing'] =>
    this.#slots.get(slotKey(channel, account))?.running?.typing();

  async webhook(channel: string, account: string, call: ChannelCall): Promise<ChannelAnswer> {
    const running = this.#slots.get(slotKey(channel, account))?.running;
    // The service keeps what it could not hand over.
    if (!running && this.#isPaused(channel, account)) throw new GatewayError('CHANNEL_HELD');
    if (!running) throw new GatewayError('NOT_FOUND', { message: `No account ${channel}/${account} is running.` });
    return running.webhook(call);
  }

  /** Whether nothing can be sent by the account for now: an operator paused it, or it is down and will be started again. */
  isHeld(channel: string, account: string): boolean {
    return this.#isPaused(channel, account) || this.#slots.get(slotKey(channel, account))?.running?.isUp() === false;
  }

  #isPaused(channel: string, account: string): boolean {
    return this.#options.holds?.of(channel, account) === 'paused';
  }

  async hold(
    what: 'pause' | 'drain' | 'resume',
    { channel, account }: { readonly channel: string; readonly account?: string },
    actor: Actor,
  ): Promise<readonly ChannelStatus[]> {
    const keys = [...this.#slots].filter(([, slot]) => slot.channel === channel && (account ?? slot.account) === slot.account);
    if (keys.length === 0) throw unknownChannel(account === undefined ? channel : slotKey(channel, account), this.#slots.keys());
    const change = this.#changes.then(async () => {
      for (const [key, slot] of keys) await this.#hold(key, HOLDINGS[what], slot, actor);
    });
    this.#changes = change.catch(() => {});
    await change;
    return keys.flatMap(([key]) => this.#slots.get(key) ?? []).map((slot) => this.#status(slot));
  }

  async #hold(key: string, what: Holding, { channel, account }: Slot, actor: Actor): Promise<void> {
    const { holds } = this.#options;
    const slot = this.#slots.get(key);
    if (!holds || !slot) throw new GatewayError('INTERNAL');
    const before = holds.of(channel, account);
    if (before === HOLDS[what]) return;
    await holds.set(what, channel, account, actor);
    if (HOLDS[what] === 'paused') await this.#stopSlot(key, slot);
    else if (!slot.running && slot.config.enabled && this.#phase === 'running') this.#startSlot(key, slot);
    if (what === 'draining') this.#watchDrains();
  }

  async #stopSlot(key: string, slot: Slot): Promise<void> {
    await slot.running?.stop();
    const { running: _, ...rest } = slot;
    this.#slots.set(key, rest);
  }

  #startSlot(key: string, slot: Slot): void {
    this.#slots.set(key, { ...slot, running: this.#run(slot.channel, slot.account, slot.config) });
  }

  /** Pauses those that drain once nothing is left to do; looks as long as one drains. */
  #watchDrains(): void {
    this.#drains ??= setInterval(() => {
      const draining = [...this.#slots].filter(([, { channel, account }]) => this.#options.holds?.of(channel, account) === 'draining');
      if (draining.length === 0 || this.#phase !== 'running') {
        clearInterval(this.#drains);
        this.#drains = undefined;
        return;
      }
      for (const [key, slot] of draining) {
        const isDone = () =>
          this.#options.holds?.of(slot.channel, slot.account) === 'draining' &&
          (this.#options.openOn?.(slot.channel, slot.account) ?? 0) === 0;
        if (!isDone()) continue;
        const change = this.#changes.then(async () => void (isDone() && (await this.#hold(key, 'drained', slot, SYSTEM))));
        this.#changes = change.catch(() => {});
      }
    }, DRAIN_LOOK_MS).unref();
  }

  #status({ running, channel, account, config }: Slot): ChannelStatus {
    const queue = this.#options.openOn?.(channel, account);
    const state = config.enabled && this.#isPaused(channel, account) ? 'paused' : 'stopped';
    const status = running?.status() ?? { channel, account, enabled: config.enabled, state, connected: false };
    const tokenSince = this.#tokenSince(channel, account, config);
    return { ...status, ...(queue !== undefined && { queue }), ...(tokenSince !== undefined && { tokenSince }) };
  }

  #tokenId(channel: string, account: string, config: ChannelAccountConfig): string | undefined {
    const { pseudonym } = this.#options;
    const tokens = tokensOf(config);
    if (!pseudonym || tokens.length === 0) return undefined;
    return encodeBase32(pseudonym(JSON.stringify(['token', channel, account, ...tokens])).subarray(0, 16));
  }

  #tokenSince(channel: string, account: string, config: ChannelAccountConfig): number | undefined {
    const known = this.#options.holds?.token(channel, account);
    return known && known.tokenId === this.#tokenId(channel, account, config) ? known.since : undefined;
  }

  async #noteToken(channel: string, account: string, config: ChannelAccountConfig): Promise<void> {
    const { holds } = this.#options;
    const tokenId = this.#tokenId(channel, account, config);
    if (tokenId === undefined || holds?.token(channel, account)?.tokenId === tokenId) return;
    await holds?.tokenTaken(channel, account, tokenId);
  }

  async #apply(config: Config['channels']): Promise<void> {
    const wanted = accountsOf(config);
    const gone = [...this.#slots].filter(([key, slot]) => wanted.get(key)?.written !== slot.block);
    await Promise.all(
      gone.map(async ([key, slot]) => {
        await slot.running?.stop();
        this.#slots.delete(key);
      }),
    );
    for (const [key, { channel, account, block, written }] of wanted) {
      if (this.#slots.has(key)) continue;
      const slot = { block: written, channel, account, config: block };
      this.#slots.set(key, slot);
      if (block.enabled && !this.#isPaused(channel, account)) this.#startSlot(key, slot);
    }
    this.#watchDrains();
  }

  #run(channel: string, account: string, config: ChannelAccountConfig): RunningAccount {
    const { receive, amend, backoff = BACKOFF, liveness = LIVENESS, now = Date.now, random = Math.random } = this.#options;
    const caller = { method: 'channel', actor: { type: 'service_account', id: `${channel}/${account}` } } as const;
    return runAccount({
      channel,
      account,
      config,
      load: () => this.#load(channel),
      receive: (inbound) => receive({ channel, account, inbound, caller }),
      amend: async (amendment) => {
        const amended = await amend({ channel, account, amendment });
        metrics.amended(channel, amended);
        return amended;
      },
      undelivered: this.#options.undelivered,
      ...(this.#options.parts && { parts: this.#options.parts }),
      record: (event) => this.#record(channel, account, event),
      backoff,
      liveness,
      usualGapMs: () => this.#gaps.of(slotKey(channel, account)).usualGapMs,
      heard: () => this.#gaps.add(slotKey(channel, account), now()),
      taken: () => void this.#noteToken(channel, account, config).catch(() => {}),
      isDraining: () => this.#options.holds?.of(channel, account) === 'draining',
      now,
      random,
      presence: this.#presence(slotKey(channel, account)),
    });
  }

  #presence(key: string): Presence {
    const lastAliveAt = this.#options.lastAliveAt?.();
    const presence = this.#presences.get(key) ?? (lastAliveAt === undefined ? {} : { lastConnectedAt: lastAliveAt });
    this.#presences.set(key, presence);
    return presence;
  }

  async #load(channel: string): Promise<ChannelDefinition> {
    const module = await this.#manifest[channel]?.();
    if (!module) throw unknownChannel(channel, Object.keys(this.#manifest));
    this.#capabilities.set(channel, module.default.capabilities);
    return module.default;
  }

  async #probe({ channel, account, probe }: Probed, onUpdate: (update: ProbeUpdate) => void = () => undefined) {
    let told = 0;
    const tell = (step: ProbeStep) => onUpdate({ kind: 'step', channel, account, step });
    const steps = await probe(AbortSignal.timeout(MOST_PROBE_MS), (step) => {
      told += 1;
      tell(step);
    });
    // Some adapters tell of their steps only at the end.
    for (const step of steps.slice(told)) tell(step);
    const ok = steps.every((step) => step.ok);
    onUpdate({ kind: 'done', channel, account, ok });
    const recorded = steps.map(({ name, ok: stepOk, durationMs, detail, error }) => {
      const step = { name, ok: stepOk, durationMs, ...(detail !== undefined && { detail: shorten(detail, 500) }) };
      return error ? { ...step, problem: { code: error.code, message: shorten(error.message, 2000) } } : step;
    });
    await this.#record(channel, account, ChannelProbed.create({ channel, account, ok, steps: recorded })).catch(() => {});
    return { channel, account, ok, steps };
  }

  async #record(channel: string, account: string, event: NewEvent): Promise<void> {
    const { logger, record } = this.#options;
    logger.info({ channel, account, event: event.type }, 'channel event');
    try {
      await record(channelStream(channel, account), event, { channel });
    } catch (error) {
      logger.warn({ channel, account, event: event.type, err: error }, 'channel event could not be recorded');
      throw error;
    }
  }
}

type Wanted = { readonly channel: string; readonly account: string; readonly block: ChannelAccountConfig; readonly written: string };

function accountsOf(config: Config['channels']): ReadonlyMap<string, Wanted> {
  const wanted = new Map<string, Wanted>();
  for (const [channel, { accounts }] of Object.entries(config)) {
    if (PULL_CHANNELS.has(channel)) continue;
    for (const [account, block] of Object.entries(accounts)) {
      const connection = Object.entries(block).filter(([key]) => !POLICY_KEYS.has(key));
      wanted.set(slotKey(channel, account), { channel, account, block, written: JSON.stringify(connection) });
    }
  }
  return wanted;
}

const HOLDINGS = { pause: 'paused', drain: 'draining', resume: 'resumed' } as const;
const HOLDS = { paused: 'paused', drained: 'paused', draining: 'draining', resumed: undefined } as const;

/** What the account proves itself to its service with. */
const tokensOf = (config: ChannelAccountConfig): readonly string[] =>
  Object.entries(config).flatMap(([key, value]) =>
    /token$/i.test(key) && key !== 'verifyToken' && typeof value === 'string' && value !== '' ? [value] : [],
  );

const slotKey = (channel: string, account: string): string => `${channel}/${account}`;
