/**
 * The program of an extension's own process: it loads the extension and does what the gateway asks of it, over descriptor 3.
 * Nothing here is trusted by the gateway.
 */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { GatewayError } from '@openclaw-gateway/events';
import type {
  ChannelAccount,
  ChannelCall,
  ExtensionContext,
  ExtensionDefinition,
  ExtensionFactory,
  Inbound,
  ModelProvider,
  ModelRequest,
  ModelStreamOptions,
  Outbound,
  Peer,
  Received,
  RouteQuestion,
  ToolContext,
} from '@openclaw-gateway/sdk';
import { z } from 'zod';
import type { EgressRules } from '../operations/egress/index.ts';
import { confineNetwork } from './confine.ts';
import { entryOf } from './entry.ts';
import { createRpc, type Handler, type Incoming } from './rpc.ts';

export type StartArgs = {
  readonly dir: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly egress: EgressRules;
  readonly network: boolean;
};
type At = { readonly channel: string; readonly account: string };

const SDK = new URL('./extension-sdk.worker.ts', import.meta.url).href;
let extension: ExtensionDefinition = {};
const accounts = new Map<string, { readonly account: ChannelAccount; readonly control: AbortController }>();
const providers = new Map<string, ModelProvider>();

const handlers: Readonly<Record<string, (incoming: Incoming) => unknown>> = {
  start: ({ args }) => start(args as StartArgs),
  ping: () => true,
  'tool.run': ({ args, signal }) => runTool(args as { name: string; args: unknown; context: Omit<ToolContext, 'signal'> }, signal),
  'model.stream': (incoming) => streamModel(incoming),
  route: ({ args }) => {
    const { name, question } = args as { name: string; question: RouteQuestion };
    return found(extension.routers, (router) => router.name === name).route(question);
  },
  'channel.start': ({ args }) => startAccount(args as At & { config: unknown }),
  'channel.stop': async ({ args }) => {
    const running = accounts.get(keyOf(args as At));
    accounts.delete(keyOf(args as At));
    running?.control.abort();
    await running?.account.stop();
  },
  'channel.send': ({ args, signal }) => accountOf(args as At).send((args as { outbound: Outbound }).outbound, signal),
  'channel.probe': ({ args, signal }) => accountOf(args as At).probe(signal),
  'channel.typing': ({ args, signal }) => accountOf(args as At).typing?.((args as { to: Peer }).to, signal),
  'channel.webhook': async ({ args }) => {
    const { call } = args as { call: Omit<ChannelCall, 'rawBody'> & { rawBody: string } };
    const answer = await accountOf(args as At).webhook?.({ ...call, rawBody: Buffer.from(call.rawBody, 'base64') });
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
    channels: channels.map(({ id, capabilities }) => ({ id, capabilities })),
    models: models.map(({ api }) => ({ api })),
    routers: routers.map(({ name }) => ({ name })),
    tools: tools.map(({ name, description, parameters, effect, policy }) => {
      const { $schema: _, ...schema } = z.toJSONSchema(parameters, { io: 'input' });
      return { name, description, parameters: schema, effect, ...(policy && { policy }) };
    }),
  };
}

async function runTool(
  { name, args, context }: { name: string; args: unknown; context: Omit<ToolContext, 'signal'> },
  signal: AbortSignal,
) {
  const tool = found(extension.tools, (one) => one.name === name);
  const parsed = tool.parameters.safeParse(args ?? {});
  if (parsed.success) return tool.run(parsed.data, { ...context, signal });
  const findings = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'arguments'}: ${issue.message}`);
  throw new GatewayError('TOOL_BAD_ARGUMENTS', {
    message: `${name} does not take these arguments. ${findings.join('; ')}`,
    details: { findings },
  });
}

async function streamModel({ args, signal, chunk }: Incoming): Promise<void> {
  const { api, name, config, request, options } = args as {
    readonly api: string;
    readonly name: string;
    readonly config: unknown;
    readonly request: ModelRequest;
    readonly options?: ModelStreamOptions;
  };
  const key = JSON.stringify([api, name, config]);
  const definition = found(extension.models, (model) => model.api === api);
  const provider = providers.get(key) ?? definition.create(definition.config.parse(config), name);
  if (providers.size > 100) providers.clear();
  providers.set(key, provider);
  for await (const part of provider.stream(request, signal, options)) await chunk(part);
}

async function startAccount({ config, ...at }: At & { config: unknown }): Promise<void> {
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
    receive: (inbound: Inbound) => tell('receive', { inbound: { ...inbound, attachments: undefined } }) as Promise<Received>,
    amend: async (amendment) => (await tell('amend', { amendment })) as never,
    refuse: async (update, error) => void (await tell('refuse', { update, error: error.toBody() })),
    connected: (identity) => void tell('connected', { identity }).catch(() => undefined),
    disconnected: (reason, error) => void tell('disconnected', { reason, error: error?.toBody() }).catch(() => undefined),
    signal: control.signal,
  });
  accounts.set(keyOf(at), { account, control });
}

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
