import type { EventDetail } from '@openclaw-gateway/db';
import { ChannelProbed, type GatewayError } from '@openclaw-gateway/events';
import { z } from 'zod';
import { connectTelegram } from '../channels/connect-telegram.ts';
import { probeProgress } from '../channels/probe-progress.ts';
import type { ChannelStatus } from '../parts.ts';
import { procedure, router } from './procedure.ts';
import { eventRow, message, page, problem } from './rows.ts';
import { definedOnly } from './wire.ts';

const PROBES_SHOWN = 20;

const channel = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/);
const account = z.string().min(1).max(128);
const one = z.object({ channel, account });
const position = z.int().nonnegative();
const id = z.string().min(1).max(128);
const reason = z.string().trim().min(1).max(500).optional();
const failure = problem.extend({ remedy: z.string().optional() });

const facts = z.object({
  position: z.object({ name: z.string(), value: z.string() }).optional(),
  webhook: z
    .object({
      address: z.string().optional(),
      pending: z.number().optional(),
      lastError: z.string().optional(),
      lastErrorAt: z.number().optional(),
      askedAt: z.number().optional(),
      lastCallAt: z.number().optional(),
    })
    .optional(),
  tokenExpiresAt: z.number().optional(),
  version: z.string().optional(),
});

const status = z.object({
  channel: z.string(),
  account: z.string(),
  enabled: z.boolean(),
  state: z.enum(['connecting', 'connected', 'degraded', 'disconnected', 'paused', 'draining', 'stopped']),
  since: z.number().optional(),
  identity: z.string().optional(),
  lastInboundAt: z.number().optional(),
  lastOutboundAt: z.number().optional(),
  queue: z.number().optional(),
  error: failure.optional(),
  /** Since when its service takes the token that it has. */
  tokenSince: z.number().optional(),
  facts: facts.optional(),
  /** How its messages come: as its configuration says. */
  receives: z.enum(['polling', 'webhook', 'socket']),
});

/** In 24 hours, by hour, the oldest first. */
const hours = z.array(z.number()).readonly();
const traffic = z.object({ received: hours, delivered: hours, failed: hours });

const step = z.object({
  name: z.string(),
  ok: z.boolean(),
  durationMs: z.number(),
  detail: z.string().optional(),
  problem: failure.optional(),
});
const probeUpdate = z.discriminatedUnion('kind', [
  one.extend({ kind: z.literal('step'), step }),
  one.extend({ kind: z.literal('done'), ok: z.boolean() }),
  z.object({ kind: z.literal('end') }),
]);
const sender = z.object({
  channel: z.string(),
  account: z.string(),
  sender: z.object({ id: z.string(), name: z.string().optional() }),
});

const attempt = eventRow.pick({ position: true, time: true, type: true, summary: true, severity: true });

/** The page of channels: how each account is and why, what went through it, what could not be sent, who asks to be let in. */
export const channelsRouter = router({
  list: procedure.output(z.object({ accounts: z.array(status.extend({ traffic })), now: z.number() })).query(async ({ ctx }) => {
    const now = Date.now();
    const { channels } = ctx.parts.config.current().config;
    const withTraffic = async (each: ChannelStatus) => {
      const { lastReceivedAt, lastDeliveredAt, ...counted } = await ctx.parts.store.views.traffic(each, now);
      const ever = definedOnly({ lastInboundAt: lastReceivedAt, lastOutboundAt: lastDeliveredAt });
      return { ...ever, ...toStatus(each, channels[each.channel]?.accounts[each.account]), traffic: counted };
    };
    return { now, accounts: await Promise.all(ctx.parts.channels.status().map(withTraffic)) };
  }),

  /** What happened to the connection of an account and what operators said about it, the newest first. */
  log: procedure
    .input(one.extend({ before: position.optional(), limit: z.int().min(1).max(100) }))
    .output(page(eventRow))
    .query(({ ctx, input, signal }) => {
      const { before, limit } = input;
      return ctx.parts.store.views.events({ types: ['channel.*'], query: ofAccount(input) }, definedOnly({ before, limit, signal }));
    }),

  /** The newest probes, the newest first. */
  probes: procedure
    .input(one)
    .output(z.array(z.object({ position, time: z.number(), ok: z.boolean(), steps: z.array(step) })))
    .query(async ({ ctx, input, signal }) => {
      const { views } = ctx.parts.store;
      const { rows } = await views.events(
        { types: [ChannelProbed.type], query: ofAccount(input) },
        definedOnly({ limit: PROBES_SHOWN, signal }),
      );
      const events = await Promise.all(rows.map((row) => views.event(row.position)));
      return events.flatMap((event) => (event && !event.dataTruncated && isProbe(event) ? [toProbe(event)] : []));
    }),

  /** Really talks to each service; the steps come as they are taken. */
  probe: procedure.input(z.object({ channel: channel.optional(), account: account.optional() })).subscription(async function* ({
    ctx,
    input,
    signal,
  }) {
    for await (const update of probeProgress(ctx.parts.channels, definedOnly(input))) {
      if (signal?.aborted) return;
      yield probeUpdate.parse(update.kind === 'step' ? { ...update, step: toStep(update.step) } : update);
    }
  }),

  /** Sends a test message to somebody who may write on the account, and tells how it went. */
  testMessage: procedure
    .input(one.extend({ recipient: z.string().trim().min(1).max(512) }))
    .output(step)
    .mutation(async ({ ctx, input }) => toStep(await ctx.parts.testMessage(input, ctx.caller.actor))),

  /** Messages that came by an account and what became of their replies, the newest first. */
  messages: procedure
    .input(one.extend({ before: position.optional(), limit: z.int().min(1).max(50) }))
    .output(page(message))
    .query(async ({ ctx, input, signal }) => {
      const { channel: name, before, limit } = input;
      const { views } = ctx.parts.store;
      const received = { types: ['message.received'], channels: [name], query: ofAccount(input) };
      const found = await views.events(received, definedOnly({ before, limit, signal }));
      const rows = await Promise.all(found.rows.map(({ correlationId }) => correlationId && views.message(correlationId)));
      return { ...found, rows: rows.flatMap((row) => (row ? [row] : [])) };
    }),

  /** The attempts to send a message's reply, in their order. */
  attempts: procedure
    .input(z.object({ messageId: id }))
    .output(z.array(attempt))
    .query(async ({ ctx, input }) => {
      const events = await ctx.parts.store.views.messageEvents(input.messageId);
      return events.filter(({ type }) => /^delivery\.|^message\.(resubmitted|discarded|dead_lettered|delivered)$/.test(type));
    }),

  deadLetters: procedure
    .input(one.extend({ before: position.optional(), limit: z.int().min(1).max(50) }))
    .output(page(message))
    .query(({ ctx, input }) => {
      const { channel: name, account: which, before, limit } = input;
      const filter = { status: 'dead_lettered', hasReply: true, channel: name, account: which } as const;
      return ctx.parts.store.views.messages(filter, definedOnly({ before, limit }));
    }),

  /** However often it is asked, the reply is sent once. */
  resubmit: procedure
    .input(z.object({ messageId: id }))
    .output(z.object({ messageId: z.string(), deliveryId: z.string(), repeated: z.boolean() }))
    .mutation(({ ctx, input }) => ctx.parts.pipeline.resubmit(input.messageId, ctx.caller.actor)),

  discard: procedure
    .input(z.object({ messageId: id, reason }))
    .output(z.object({ messageId: z.string() }))
    .mutation(({ ctx, input }) => ctx.parts.pipeline.discard(input.messageId, ctx.caller.actor, input.reason)),

  hold: procedure
    .input(z.object({ what: z.enum(['pause', 'drain', 'resume']), channel, account: account.optional(), reason }))
    .output(z.array(status))
    .mutation(async ({ ctx, input }) => {
      const { what, channel: name, account: which } = input;
      const held = await ctx.parts.channelHolds.hold(what, { channel: name, ...definedOnly({ account: which }) }, ctx.caller.actor);
      const { channels } = ctx.parts.config.current().config;
      return held.map((each) => toStatus(each, channels[each.channel]?.accounts[each.account]));
    }),

  pairing: procedure
    .output(
      z.object({
        waiting: z.array(sender.extend({ code: z.string(), since: z.number() })),
        paired: z.array(sender.extend({ since: z.number() })),
      }),
    )
    .query(({ ctx }) => {
      const { waiting, paired } = ctx.parts.pairing.list();
      return {
        waiting: waiting.map((each) => ({ ...each, since: each.requestedAt })),
        paired: paired.map((each) => ({ ...each, since: each.since })),
      };
    }),

  pairingDecide: procedure
    .input(z.object({ code: z.string().min(1).max(64), verdict: z.enum(['approve', 'reject']), reason }))
    .output(sender)
    .mutation(({ ctx, input }) => ctx.parts.pairing[input.verdict](input.code, ctx.caller.actor)),

  pairingRevoke: procedure
    .input(one.extend({ sender: z.string().min(1).max(512), reason }))
    .output(sender)
    .mutation(({ ctx, input }) => {
      const { channel: name, account: which, sender: whom } = input;
      return ctx.parts.pairing.revoke({ channel: name, account: which, sender: { id: whom } }, ctx.caller.actor);
    }),

  /** Writes a Telegram account into the configuration. The token is not shown again. */
  connectTelegram: procedure
    .input(
      z.object({
        account: z.string().min(1).max(64).default('default'),
        token: z.union([
          z.strictObject({ token: z.string().min(1).max(200) }),
          z.strictObject({ file: z.string().min(1).max(4096) }),
          z.strictObject({ variable: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/) }),
        ]),
        dmPolicy: z.enum(['pairing', 'allowlist', 'open']),
        allowFrom: z.array(z.string().min(1).max(512)).max(1000).default([]),
        apiRoot: z.url().max(2048).optional(),
      }),
    )
    .output(one)
    .mutation(async ({ ctx, input }) => {
      const { apiRoot, ...setup } = input;
      await connectTelegram(ctx.parts, { ...setup, ...definedOnly({ apiRoot }) }, ctx.caller.actor);
      return { channel: 'telegram', account: input.account };
    }),
});

type Named = z.output<typeof one>;

const ofAccount = ({ channel: name, account: which }: Named) =>
  `data.channel:=${JSON.stringify(name)} data.account:=${JSON.stringify(which)}`;

function toStatus(
  { error, connected, state, ...rest }: ChannelStatus,
  config: Readonly<Record<string, unknown>> | undefined,
): z.output<typeof status> {
  const receives =
    rest.channel === 'whatsapp' || typeof config?.['webhookUrl'] === 'string'
      ? 'webhook'
      : rest.channel === 'telegram'
        ? 'polling'
        : 'socket';
  return {
    ...rest,
    receives,
    state: state ?? (connected ? 'connected' : 'stopped'),
    ...(error && { error: failureOf(error) }),
  };
}

function failureOf(error: GatewayError): z.output<typeof failure> {
  const { code, message: text, remedy } = error.toBody();
  return { code, message: text, remedy };
}

type TakenStep = {
  readonly name: string;
  readonly ok: boolean;
  readonly durationMs: number;
  readonly detail?: string;
  readonly error?: GatewayError;
};

function toStep({ error, ...taken }: TakenStep): z.output<typeof step> {
  return { ...taken, ...(error && { problem: failureOf(error) }) };
}

const isProbe = (event: EventDetail) => event.type === ChannelProbed.type && event.data !== null;

function toProbe({ position: at, time, data }: EventDetail) {
  const { ok, steps } = data as { readonly ok: boolean; readonly steps: z.output<typeof step>[] };
  return { position: at, time, ok, steps };
}
