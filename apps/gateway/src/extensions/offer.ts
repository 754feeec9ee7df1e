/** What an extension says that it adds, checked, and as the gateway's own parts take it. */
import { GatewayError } from '@openclaw-gateway/events';
import type {
  ChannelAccount,
  ChannelContext,
  ChannelDefinition,
  Inbound,
  ModelChunk,
  ModelDefinition,
  ToolDefinition,
} from '@openclaw-gateway/sdk';
import { z } from 'zod';
import type { ExtensionProcess, Offer } from './process.ts';

const id = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/);
const toolName = z
  .string()
  .regex(/^[a-z][a-z0-9]*(\.[a-z][a-z0-9_]*)+$/)
  .max(64);

const offer = z.object({
  channels: z.array(z.object({ id, capabilities: z.looseObject({ idempotency: z.enum(['native', 'none']) }) })).max(20),
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
/** A message as an extension's channel hands it over; files are not taken from extensions. */
const inbound = z.object({
  externalId: z.string().max(512).exactOptional(),
  sender: z.object({
    id: z.string().min(1).max(512),
    name: z.string().max(512).exactOptional(),
    roles: z.array(z.string().max(256)).max(250).exactOptional(),
  }),
  peer: z.object({ kind: z.enum(['direct', 'group', 'channel', 'thread']), id: z.string().min(1).max(512) }),
  parent: z.string().max(512).exactOptional(),
  text: z.string(),
  mentioned: z.boolean().exactOptional(),
});

/** Throws EXTENSION_INVALID. */
export function readInbound(value: unknown): Inbound {
  const read = inbound.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new GatewayError('EXTENSION_INVALID', { message: `This is no message: ${issue?.path.join('.')} ${issue?.message}` });
}

const MOST_ANSWER_CHARACTERS = 8 * 1024 * 1024;
const SEND_MS = 30_000;

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
    run: async (args, { signal, ...context }) => {
      try {
        return await process.call('tool.run', { name, args, context }, { signal });
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
        process
          .call('model.stream', { api, name, config, request, options }, { signal: AbortSignal.any([signal, control.signal]), onChunk })
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

export type Attached = { readonly context: ChannelContext<unknown>; readonly at: { readonly channel: string; readonly account: string } };

/** `attach` has the process call back to the account while it runs. */
export function channelOf(
  process: ExtensionProcess,
  { id: channel, capabilities }: Offer['channels'][number],
  attach: (attached: Attached) => () => void,
): ChannelDefinition {
  return {
    id: channel,
    config: z.looseObject({}),
    capabilities,
    start: async (context) => {
      const at = { channel, account: context.account };
      const call = async <T>(op: string, args: object, signal?: AbortSignal): Promise<T> => {
        try {
          return await process.call<T>(op, { ...at, ...args }, { timeoutMs: SEND_MS, ...(signal && { signal }) });
        } catch (thrown) {
          throw as(thrown, 'CHANNEL_', 'CHANNEL_UNAVAILABLE');
        }
      };
      const detach = attach({ at, context });
      try {
        await call('channel.start', { config: context.config });
      } catch (error) {
        detach();
        throw error;
      }
      const account: ChannelAccount = {
        send: async (outbound, signal) => {
          const sent = await call<{ readonly providerMessageId?: unknown } | null>(
            'channel.send',
            { outbound: { ...outbound, attachments: undefined } },
            signal,
          );
          const given = sent?.providerMessageId;
          return typeof given === 'string' ? { providerMessageId: given.slice(0, 512) } : {};
        },
        probe: async (signal) => {
          const steps = await call<readonly { readonly name: string; readonly ok: boolean; readonly durationMs: number }[]>(
            'channel.probe',
            {},
            signal,
          );
          return steps
            .slice(0, 20)
            .map(({ name, ok, durationMs }) => ({ name: String(name), ok: ok === true, durationMs: Number(durationMs) || 0 }));
        },
        typing: (to, signal) => call('channel.typing', { to }, signal),
        webhook: ({ rawBody, ...more }) => call('channel.webhook', { call: { ...more, rawBody: Buffer.from(rawBody).toString('base64') } }),
        stop: async () => {
          detach();
          await call('channel.stop', {}).catch(() => undefined);
        },
      };
      return account;
    },
  };
}

/** The error of an extension as one of the part that asked it. */
function as(thrown: unknown, prefix: string, otherwise: 'TOOL_FAILED' | 'MODEL_UNAVAILABLE' | 'CHANNEL_UNAVAILABLE'): GatewayError {
  if (
    thrown instanceof GatewayError &&
    (thrown.code.startsWith(prefix) || thrown.code === 'RUN_ABORTED' || thrown.code === 'CONFIG_INVALID')
  )
    return thrown;
  return new GatewayError(otherwise, { message: thrown instanceof GatewayError ? thrown.message : 'The extension failed.' });
}
