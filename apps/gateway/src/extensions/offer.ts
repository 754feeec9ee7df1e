/** What an extension says that it adds, checked, and as the gateway's own parts take it. */
import { GatewayError, MOST_ATTACHMENTS, toGatewayError } from '@openclaw-gateway/events';
import type {
  Amendment,
  ChannelAccount,
  ChannelContext,
  ChannelDefinition,
  ChannelFacts,
  DeliveryReport,
  Inbound,
  InboundAttachment,
  ModelChunk,
  ModelDefinition,
  ModelRequest,
  OnProbeStep,
  OutboundAttachment,
  ProbeStep,
  ReadAttachment,
  ToolContext,
  ToolDefinition,
} from '@openclaw-gateway/sdk';
import { z } from 'zod';
import { channelFacts } from './facts.ts';
import { borrowed, type LentFile, lentFile } from './loans.ts';
import type { ExtensionProcess, Offer } from './process.ts';
import { errorOf } from './rpc.ts';

const id = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/);
const toolName = z
  .string()
  .regex(/^[a-z][a-z0-9]*(\.[a-z][a-z0-9_]*)+$/)
  .max(64);

const offer = z.object({
  channels: z
    .array(z.object({ id, capabilities: z.looseObject({ idempotency: z.enum(['native', 'none']) }), probes: z.boolean() }))
    .max(20),
  models: z.array(z.object({ api: id })).max(20),
  routers: z.array(z.object({ name: id })).max(20),
  tools: z
    .array(
      z.object({
        name: toolName,
        description: z.string().max(4096),
        parameters: z.record(z.string(), z.unknown()),
        effect: z.enum(['read', 'write']),
        policy: z.enum(['allow', 'ask', 'deny']).exactOptional(),
      }),
    )
    .max(100),
});

/** Throws EXTENSION_INVALID. */
export function readOffer(value: unknown): Offer {
  const read = offer.safeParse(value);
  if (read.success) return read.data as Offer;
  const [issue] = read.error.issues;
  throw new GatewayError('EXTENSION_INVALID', {
    message: `What it offers is not as it must be. ${issue?.path.join('.')}: ${issue?.message}`,
  });
}

const CHUNK = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({
    type: z.literal('tool-call'),
    call: z.object({ callId: z.string().min(1).max(128), tool: z.string().min(1).max(128), arguments: z.unknown() }),
  }),
  z.object({
    type: z.literal('finish'),
    reason: z.string().min(1).max(128),
    usage: z.object({
      inputTokens: z.int().nonnegative(),
      outputTokens: z.int().nonnegative(),
      cachedInputTokens: z.int().nonnegative().exactOptional(),
      costUsd: z.number().nonnegative().exactOptional(),
    }),
    responseModel: z.string().min(1).max(128).exactOptional(),
    pauseMs: z.number().nonnegative().max(3_600_000).exactOptional(),
  }),
]);
const peer = z.object({ kind: z.enum(['direct', 'group', 'channel', 'thread']), id: z.string().min(1).max(512) });

/** A message as an extension's channel hands it over. */
const inbound = z.object({
  externalId: z.string().max(512).exactOptional(),
  sender: z.object({
    id: z.string().min(1).max(512),
    name: z.string().max(512).exactOptional(),
    roles: z.array(z.string().max(256)).max(250).exactOptional(),
  }),
  peer,
  parent: z.string().max(512).exactOptional(),
  parentKind: z.enum(['group', 'channel']).exactOptional(),
  text: z.string(),
  mentioned: z.boolean().exactOptional(),
  files: z.array(lentFile).max(MOST_ATTACHMENTS).exactOptional(),
});

const amendment = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('edited'), externalId: z.string().max(512), peer, text: z.string() }),
  z.object({ kind: z.literal('deleted'), externalId: z.string().max(512), peer }),
]);

const report = z.object({
  deliveryId: z.string().max(128),
  messageId: z.string().max(128).exactOptional(),
  isPart: z.boolean().exactOptional(),
  status: z.enum(['sent', 'delivered', 'read', 'failed']),
  error: z.unknown().optional(),
});

const toolMessage = z.object({ channel: z.string().max(64), account: z.string().max(128), to: peer, text: z.string() });

const probeStep = z.object({
  name: z.string().transform((name) => name.slice(0, 100)),
  ok: z.boolean(),
  durationMs: z.number().nonnegative(),
  detail: z
    .string()
    .transform((detail) => detail.slice(0, 500))
    .exactOptional(),
  error: z.unknown().optional(),
});

/** Throws EXTENSION_INVALID. Its files are read from the extension as long as its call lasts. */
export function readInbound(process: ExtensionProcess, value: unknown): Inbound {
  const { files = [], ...message } = checked(inbound, value, 'message');
  return { ...message, ...(files.length > 0 && { attachments: files.map((file) => borrowed(file, process.call)) }) };
}

/** Throws EXTENSION_INVALID. */
export const readAmendment = (value: unknown): Amendment => checked(amendment, value, 'change of a message');

/** Throws EXTENSION_INVALID. */
export function readReport(value: unknown): DeliveryReport {
  const { error, ...said } = checked(report, value, 'report of a delivery');
  return { ...said, ...(error !== undefined && { error: channelError(error) }) };
}

function readStep(value: unknown): ProbeStep {
  const { error, ...step } = checked(probeStep, value, 'step of a probe');
  return { ...step, ...(error !== undefined && { error: channelError(error) }) };
}

const channelError = (value: unknown): GatewayError =>
  as(
    errorOf(value, (code) => code.startsWith('CHANNEL_') || code === 'CONFIG_INVALID'),
    'CHANNEL_',
    'CHANNEL_UNAVAILABLE',
  );

function checked<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new GatewayError('EXTENSION_INVALID', { message: `This is no ${what}: ${issue?.path.join('.')} ${issue?.message}` });
}

const MOST_ANSWER_CHARACTERS = 8 * 1024 * 1024;
const SEND_MS = 30_000;
const FACTS_MS = 2_000;
/** With files there is more to carry. */
const SEND_FILES_MS = 120_000;
const MOST_STEPS = 20;

export function toolOf(
  process: ExtensionProcess,
  { name, description, parameters, effect, policy }: Offer['tools'][number],
): ToolDefinition {
  return {
    name,
    description,
    effect,
    // The parameters are checked in the extension's process; here they are only what a model is told.
    parameters: z.looseObject({}),
    inputSchema: parameters,
    ...(policy && { policy }),
    run: async (args, { signal, attach, show, send, ...context }) => {
      using scope = new DisposableStack();
      const { loans } = process;
      const take = (given: NonNullable<ToolContext['attach']>) =>
        loans.lend(({ args: file }) => given(borrowed(checked(lentFile, file, 'file'), process.call)), scope);
      const lent = {
        ...(attach && { attach: take(attach) }),
        ...(show && { show: take(show) }),
        ...(send && { send: loans.lend(({ args: message }) => send(checked(toolMessage, message, 'message')), scope) }),
      };
      try {
        return await process.call('tool.run', { name, args, context, lent }, { signal });
      } catch (thrown) {
        throw as(thrown, 'TOOL_', 'TOOL_FAILED');
      }
    },
  };
}

export function modelOf(process: ExtensionProcess, api: string): ModelDefinition {
  return {
    api,
    config: z.looseObject({ timeout: z.number().default(60_000) }),
    create: (config, name) => ({
      async *stream(request, signal, options) {
        const { timeout } = config as { readonly timeout: number };
        const chunks: ModelChunk[] = [];
        let characters = 0;
        let failed: unknown;
        let wake = () => {};
        let over = false;
        const control = new AbortController();
        const timer = setTimeout(
          () => fail(new GatewayError('MODEL_TIMEOUT', { message: `The model sent nothing for ${timeout} ms.` })),
          timeout,
        );
        const fail = (error: unknown) => {
          failed ??= error;
          control.abort();
          wake();
        };
        const onChunk = (value: unknown) => {
          timer.refresh();
          const read = CHUNK.safeParse(value);
          characters += JSON.stringify(value).length;
          if (!read.success || characters > MOST_ANSWER_CHARACTERS) return fail(new GatewayError('MODEL_BAD_RESPONSE'));
          chunks.push(read.data as ModelChunk);
          wake();
        };
        using scope = new DisposableStack();
        const { streaming, readAttachment } = options ?? {};
        const lent = readAttachment && process.loans.lend(({ args }) => lendFileOf(process, request, readAttachment, args, scope), scope);
        process
          .call(
            'model.stream',
            { api, name, config, request, streaming, readAttachment: lent },
            { signal: AbortSignal.any([signal, control.signal]), onChunk },
          )
          .catch((error: unknown) => (failed ??= error))
          .finally(() => {
            over = true;
            wake();
          });
        try {
          for (;;) {
            for (const chunk of chunks.splice(0)) {
              yield chunk;
              if (chunk.type === 'finish') return;
            }
            if (failed !== undefined) throw failed;
            if (over) throw new GatewayError('MODEL_BAD_RESPONSE', { message: 'The answer broke off before its end.' });
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
        } catch (thrown) {
          throw signal.aborted ? new GatewayError('RUN_ABORTED') : as(thrown, 'MODEL_', 'MODEL_UNAVAILABLE');
        } finally {
          clearTimeout(timer);
          control.abort();
        }
      },
    }),
  };
}

/** A file of the request, and of nothing else. */
async function lendFileOf(
  process: ExtensionProcess,
  { messages }: ModelRequest,
  readAttachment: ReadAttachment,
  asked: unknown,
  scope: DisposableStack,
): Promise<LentFile> {
  const { hash } = checked(z.object({ hash: z.string() }), asked, 'file of the request');
  const file = messages
    .flatMap((message) => ('attachments' in message ? (message.attachments ?? []) : []))
    .find((one) => one.hash === hash);
  if (!file) throw new GatewayError('ATTACHMENT_GONE', { message: 'The request has no such file.' });
  const bytes = await readAttachment(file);
  return process.loans.lendFile({ name: file.name, mimeType: file.mimeType, size: file.size, open: async () => whole(bytes) }, scope);
}

export type Attached = { readonly context: ChannelContext<unknown>; readonly at: { readonly channel: string; readonly account: string } };

/** `attach` has the process call back to the account while it runs. */
export function channelOf(
  process: ExtensionProcess,
  { id: channel, capabilities, probes }: Offer['channels'][number],
  attach: (attached: Attached) => () => void,
): ChannelDefinition {
  const ask = async <T>(op: string, args: object, signal?: AbortSignal, timeoutMs = SEND_MS): Promise<T> => {
    try {
      return await process.call<T>(op, { channel, ...args }, { timeoutMs, ...(signal && { signal }) });
    } catch (thrown) {
      throw as(thrown, 'CHANNEL_', 'CHANNEL_UNAVAILABLE');
    }
  };
  const probed = async (op: string, args: object, signal: AbortSignal, onStep: OnProbeStep = () => undefined): Promise<ProbeStep[]> => {
    using scope = new DisposableStack();
    const lent = process.loans.lend(({ args: step }) => onStep(readStep(step)), scope);
    const steps = await ask<unknown>(op, { ...args, onStep: lent }, signal);
    return checked(z.array(z.unknown()), steps, 'list of steps').slice(0, MOST_STEPS).map(readStep);
  };
  return {
    id: channel,
    config: z.looseObject({}),
    capabilities,
    ...(probes && { probe: (config, signal, onStep) => probed('channel.probe-config', { config }, signal, onStep).catch(failedProbe) }),
    start: async (context) => {
      const at = { channel, account: context.account };
      const call = <T>(op: string, args: object, signal?: AbortSignal, timeoutMs?: number): Promise<T> =>
        ask(op, { ...at, ...args }, signal, timeoutMs);
      const detach = attach({ at, context });
      const { config, lastConnectedAt } = context;
      try {
        await call('channel.start', { config, lastConnectedAt });
      } catch (error) {
        detach();
        throw error;
      }
      let facts: ChannelFacts = {};
      let asking = false;
      const askFacts = async () => {
        if (asking) return;
        asking = true;
        try {
          facts = checked(channelFacts, await call('channel.facts', {}, undefined, FACTS_MS), 'list of facts');
        } finally {
          asking = false;
        }
      };
      await askFacts().catch(() => undefined);
      const account: ChannelAccount = {
        // What was known when it was asked last: it may take its time to answer.
        facts: () => {
          void askFacts().catch(() => undefined);
          return facts;
        },
        send: async ({ attachments = [], ...outbound }, signal) => {
          using scope = new DisposableStack();
          const files = attachments.map((file) => process.loans.lendFile(opened(file), scope));
          const sent = await call<{ readonly providerMessageId?: unknown } | null>(
            'channel.send',
            { outbound: { ...outbound, ...(files.length > 0 && { files }) } },
            signal,
            files.length > 0 ? SEND_FILES_MS : SEND_MS,
          );
          const given = sent?.providerMessageId;
          return typeof given === 'string' ? { providerMessageId: given.slice(0, 512) } : {};
        },
        probe: (signal, onStep) => probed('channel.probe', at, signal, onStep),
        typing: (to, signal) => call('channel.typing', { to }, signal),
        webhook: async ({ rawBody, ...more }) => {
          using scope = new DisposableStack();
          return await call('channel.webhook', { call: more, body: process.loans.lendFile({ open: async () => whole(rawBody) }, scope) });
        },
        stop: async () => {
          detach();
          await call('channel.stop', {}).catch(() => undefined);
        },
      };
      return account;
    },
  };
}

function opened({ name, mimeType, size, bytes }: OutboundAttachment): InboundAttachment {
  return { name, mimeType, size, open: async () => whole(await bytes()) };
}

async function* whole(bytes: Uint8Array) {
  yield bytes;
}

/** An extension that cannot be asked cannot be probed: that is what is found. */
const failedProbe = (error: unknown): ProbeStep[] => [{ name: 'extension', ok: false, durationMs: 0, error: toGatewayError(error) }];

/** The error of an extension as one of the part that asked it. */
function as(thrown: unknown, prefix: string, otherwise: 'TOOL_FAILED' | 'MODEL_UNAVAILABLE' | 'CHANNEL_UNAVAILABLE'): GatewayError {
  if (
    thrown instanceof GatewayError &&
    (thrown.code.startsWith(prefix) || thrown.code === 'RUN_ABORTED' || thrown.code === 'CONFIG_INVALID')
  )
    return thrown;
  return new GatewayError(otherwise, { message: thrown instanceof GatewayError ? thrown.message : 'The extension failed.' });
}
