/**
 * The program of an extension's own process: it loads the extension and does what the gateway asks of it, over descriptor 3.
 * Nothing here is trusted by the gateway.
 */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { GatewayError, toGatewayError } from '@openclaw-gateway/events';
import type {
  ChannelAccount,
  ChannelCall,
  ExtensionContext,
  ExtensionDefinition,
  ExtensionFactory,
  Inbound,
  InboundAttachment,
  ModelProvider,
  ModelRequest,
  ModelStreamOptions,
  Outbound,
  OutboundAttachment,
  Peer,
  ProbeStep,
  Received,
  RouteQuestion,
  ToolContext,
  ToolMessage,
} from '@openclaw-gateway/sdk';
import { z } from 'zod';
import type { EgressRules } from '../operations/egress/index.ts';
import { confineNetwork } from './confine.ts';
import { entryOf } from './entry.ts';
import { borrowed, bytesOf, LENT, type LentFile, Loans } from './loans.ts';
import { createRpc, type Handler, type Incoming } from './rpc.ts';

export type StartArgs = {
  readonly dir: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly egress: EgressRules;
  readonly network: boolean;
};
/** `lent`: the functions of its context, by their handles. */
type ToolCall = {
  readonly name: string;
  readonly args: unknown;
  readonly context: Omit<ToolContext, 'signal' | 'attach' | 'show' | 'send'>;
  readonly lent: { readonly [Name in 'attach' | 'show' | 'send']?: string };
};
type Sent = Pick<OutboundAttachment, 'name' | 'mimeType' | 'size'>;
type At = { readonly channel: string; readonly account: string };

const SDK = new URL('./extension-sdk.worker.ts', import.meta.url).href;
let extension: ExtensionDefinition = {};
const accounts = new Map<string, { readonly account: ChannelAccount; readonly control: AbortController }>();
const providers = new Map<string, ModelProvider>();

const loans = new Loans();

const handlers: Readonly<Record<string, (incoming: Incoming) => unknown>> = {
  start: ({ args }) => start(args as StartArgs),
  ping: () => true,
  'tool.run': ({ args, signal }) => runTool(args as ToolCall, signal),
  [LENT]: loans.handler,
  'model.stream': (incoming) => streamModel(incoming),
  route: ({ args }) => {
    const { name, question } = args as { name: string; question: RouteQuestion };
    return found(extension.routers, (router) => router.name === name).route(question);
  },
  'channel.start': ({ args }) => startAccount(args as At & { config: unknown; lastConnectedAt?: number }),
  'channel.stop': async ({ args }) => {
    const running = accounts.get(keyOf(args as At));
    accounts.delete(keyOf(args as At));
    running?.control.abort();
    await running?.account.stop();
  },
  'channel.send': ({ args, signal }) => {
    const { outbound } = args as { outbound: Omit<Outbound, 'attachments'> & { readonly files?: readonly (Sent & LentFile)[] } };
    const { files, ...message } = outbound;
    return accountOf(args as At).send({ ...message, ...(files && { attachments: files.map((file) => received(file, signal)) }) }, signal);
  },
  'channel.probe': async ({ args, signal }) => shownSteps(await accountOf(args as At).probe(signal, told(args))),
  'channel.probe-config': async ({ args, signal }) => {
    const { channel, config } = args as { readonly channel: string; readonly config: unknown };
    const definition = found(extension.channels, ({ id }) => id === channel);
    return shownSteps(await definition.probe?.(definition.config.parse(config), signal, told(args)));
  },
  'channel.facts': ({ args }) => accountOf(args as At).facts?.() ?? {},
  'channel.typing': ({ args, signal }) => accountOf(args as At).typing?.((args as { to: Peer }).to, signal),
  'channel.webhook': async ({ args, signal }) => {
    const { call, body } = args as { readonly call: Omit<ChannelCall, 'rawBody'>; readonly body: LentFile };
    const rawBody = await bytesOf(borrowed(body, rpc.call), signal);
    const answer = await accountOf(args as At).webhook?.({ ...call, rawBody });
    if (!answer) throw new GatewayError('NOT_FOUND');
    return answer;
  },
};

const rpc = createRpc(new Socket({ fd: 3, readable: true, writable: true }), {
  handle: (op): Handler | undefined => (Object.hasOwn(handlers, op) ? handlers[op] : undefined),
  onBroken: () => process.exit(1),
  believes: () => true,
});

async function start({ dir, config, egress, network }: StartArgs) {
  confineNetwork(egress, network);
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === '@openclaw-gateway/sdk' && context.parentURL !== SDK ? { url: SDK, shortCircuit: true } : next(specifier, context),
  });
  const entry = entryOf(JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')));
  const module = (await import(pathToFileURL(join(dir, entry)).href)) as { readonly default?: ExtensionFactory | ExtensionDefinition };
  const made = module.default;
  const context: ExtensionContext = { config };
  const definition = typeof made === 'function' ? await made(context) : made;
  if (typeof definition !== 'object' || definition === null)
    throw new GatewayError('EXTENSION_FAILED', { message: 'Its default export is no extension: use defineExtension.' });
  extension = definition;
  const { channels = [], models = [], tools = [], routers = [] } = extension;
  return {
    channels: channels.map(({ id, capabilities, probe }) => ({ id, capabilities, probes: probe !== undefined })),
    models: models.map(({ api }) => ({ api })),
    routers: routers.map(({ name }) => ({ name })),
    tools: tools.map(({ name, description, parameters, effect, policy }) => {
      const { $schema: _, ...schema } = z.toJSONSchema(parameters, { io: 'input' });
      return { name, description, parameters: schema, effect, ...(policy && { policy }) };
    }),
  };
}

async function runTool({ name, args, context, lent }: ToolCall, signal: AbortSignal) {
  const tool = found(extension.tools, (one) => one.name === name);
  const parsed = tool.parameters.safeParse(args ?? {});
  if (parsed.success) {
    const give = (handle: string) => async (file: InboundAttachment) => {
      using scope = new DisposableStack();
      return await borrow<{ name: string; mimeType: string; size: number }>(handle, loans.lendFile(file, scope));
    };
    return tool.run(parsed.data, {
      ...context,
      signal,
      ...(lent.attach && { attach: give(lent.attach) }),
      ...(lent.show && { show: give(lent.show) }),
      ...(lent.send && { send: (message: ToolMessage) => borrow<void>(lent.send ?? '', message) }),
    });
  }
  const findings = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'arguments'}: ${issue.message}`);
  throw new GatewayError('TOOL_BAD_ARGUMENTS', {
    message: `${name} does not take these arguments. ${findings.join('; ')}`,
    details: { findings },
  });
}

async function streamModel({ args, signal, chunk }: Incoming): Promise<void> {
  const { api, name, config, request, streaming, readAttachment } = args as {
    readonly api: string;
    readonly name: string;
    readonly config: unknown;
    readonly request: ModelRequest;
    readonly streaming?: boolean;
    readonly readAttachment?: string;
  };
  const key = JSON.stringify([api, name, config]);
  const definition = found(extension.models, (model) => model.api === api);
  const provider = providers.get(key) ?? definition.create(definition.config.parse(config), name);
  if (providers.size > 100) providers.clear();
  providers.set(key, provider);
  const options: ModelStreamOptions = {
    ...(streaming !== undefined && { streaming }),
    ...(readAttachment !== undefined && {
      readAttachment: async (file) => bytesOf(borrowed(await borrow<LentFile>(readAttachment, file), rpc.call), signal),
    }),
  };
  for await (const part of provider.stream(request, signal, options)) await chunk(part);
}

async function startAccount({ config, lastConnectedAt, ...at }: At & { config: unknown; lastConnectedAt?: number }): Promise<void> {
  const definition = found(extension.channels, (channel) => channel.id === at.channel);
  const parsed = definition.config.safeParse(config);
  if (!parsed.success) {
    const findings = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'block'}: ${issue.message}`);
    throw new GatewayError('CONFIG_INVALID', { message: `channels.${at.channel}/${at.account} cannot start. ${findings.join('; ')}` });
  }
  const control = new AbortController();
  const tell = (op: string, args: object) => rpc.call(op, { ...at, ...args });
  const account = await definition.start({
    account: at.account,
    config: parsed.data,
    receive: async ({ attachments = [], ...inbound }: Inbound) => {
      using scope = new DisposableStack();
      const files = attachments.map((file) => loans.lendFile(file, scope));
      return (await tell('receive', { inbound: { ...inbound, ...(files.length > 0 && { files }) } })) as Received;
    },
    report: async ({ error, ...report }) => void (await tell('report', { report: { ...report, error: error?.toBody() } })),
    ...(lastConnectedAt !== undefined && { lastConnectedAt }),
    amend: async (amendment) => (await tell('amend', { amendment })) as never,
    refuse: async (update, error) => void (await tell('refuse', { update, error: error.toBody() })),
    connected: (identity) => void tell('connected', { identity }).catch(() => undefined),
    disconnected: (reason, error) => void tell('disconnected', { reason, error: error?.toBody() }).catch(() => undefined),
    signal: control.signal,
  });
  accounts.set(keyOf(at), { account, control });
}

const borrow = <T>(handle: string, args: unknown): Promise<T> => rpc.call<T>(LENT, { handle, args });

function received({ name, mimeType, size, read }: Sent & LentFile, signal: AbortSignal): OutboundAttachment {
  return { name, mimeType, size, bytes: () => bytesOf(borrowed({ read }, rpc.call), signal) };
}

/** Tells the gateway of each step of a probe when it was taken. */
function told(args: unknown): (step: ProbeStep) => void {
  const { onStep } = args as { readonly onStep: string };
  return (step) => void borrow(onStep, shownStep(step)).catch(() => undefined);
}

const shownStep = ({ error, ...step }: ProbeStep) => ({ ...step, ...(error && { error: toGatewayError(error).toBody() }) });
const shownSteps = (steps: readonly ProbeStep[] = []) => steps.map(shownStep);

function accountOf(at: At): ChannelAccount {
  const running = accounts.get(keyOf(at));
  if (!running) throw new GatewayError('CHANNEL_UNAVAILABLE', { message: `${at.channel}/${at.account} does not run.` });
  return running.account;
}

function found<T>(list: readonly T[] | undefined, is: (one: T) => boolean): T {
  const one = list?.find(is);
  if (one === undefined) throw new GatewayError('NOT_FOUND');
  return one;
}

function keyOf({ channel, account }: At): string {
  return `${channel}/${account}`;
}

process.on('uncaughtException', (error) => {
  console.error(error);
  process.exit(1);
});
