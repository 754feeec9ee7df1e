/**
 * Extensions: third parties' packages that add channels, models, tools and routers. Which are installed is folded from the log; each
 * runs in a process of its own, and whatever it does there is at most an error of one call here.
 */
import { join } from 'node:path';
import {
  type Actor,
  type EventMetadata,
  Extension,
  ExtensionAdded,
  ExtensionDown,
  ExtensionRemoved,
  fold,
  GatewayError,
  type InstalledExtension,
  type NewEvent,
  type StoredEvent,
  toGatewayError,
} from '@openclaw-gateway/events';
import type { ChannelDefinition, ModelDefinition, RouteQuestion, ToolDefinition } from '@openclaw-gateway/sdk';
import type { Config } from '../config/index.ts';
import { egressRules } from '../operations/egress/index.ts';
import type { Logger } from '../operations/logs.ts';
import { install, packageDir, sourceOf, uninstall, verify } from './install.ts';
import { type Attached, channelOf, modelOf, readAmendment, readInbound, readOffer, readReport, toolOf } from './offer.ts';
import { ExtensionProcess, type Offer } from './process.ts';
import type { Handler } from './rpc.ts';

/** What a router said, as the decision keeps it. */
export type RouterOpinion = { readonly rule: string; readonly agentId?: string; readonly reason: string };

export type ExtensionRow = {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
  readonly state: 'starting' | 'running' | 'waiting' | 'stopped' | 'off';
  readonly restarts: number;
  readonly channels: readonly string[];
  readonly models: readonly string[];
  readonly tools: readonly string[];
  readonly routers: readonly string[];
  readonly problem?: { readonly code: string; readonly message: string };
};

export type Extensions = {
  /** Starts what is installed. */
  readonly start: () => Promise<void>;
  readonly apply: () => void;
  readonly list: () => readonly ExtensionRow[];
  /** Throws EXTENSION_INVALID, EXTENSION_EXISTS. Resolves when it runs or has failed to. */
  readonly add: (spec: string, actor: Actor) => Promise<ExtensionRow>;
  /** Throws EXTENSION_NOT_FOUND. */
  readonly remove: (name: string, actor: Actor) => Promise<void>;
  readonly model: (api: string) => ModelDefinition | undefined;
  readonly routers: (question: RouteQuestion) => Promise<readonly RouterOpinion[]>;
  readonly close: () => void;
};

export type ExtensionsOptions = {
  readonly stateDir: string;
  readonly settings: () => Config;
  readonly history: () => AsyncIterable<StoredEvent> | Promise<readonly StoredEvent[]>;
  readonly record: (streamId: string, event: NewEvent, metadata?: EventMetadata) => Promise<void>;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  /** Tells the gateway what there is now. */
  readonly onOffers: (offers: {
    readonly channels: Readonly<Record<string, ChannelDefinition>>;
    readonly tools: readonly ToolDefinition[];
  }) => void;
};

type Entry = {
  readonly installed: InstalledExtension;
  readonly attached: Map<string, Attached>;
  written: string;
  process?: ExtensionProcess;
  offer?: Offer;
  error?: GatewayError;
};

export const STREAM = 'extensions';
const ROUTE_MS = 500;
const DEFAULTS = { enabled: true, memory: 128 * 1024 * 1024, network: true, config: {} };

export function createExtensions(options: ExtensionsOptions): Extensions {
  const { settings, record, logger } = options;
  const root = join(options.stateDir, 'extensions');
  const entries = new Map<string, Entry>();
  const settingsOf = (name: string) => ({ ...DEFAULTS, ...settings().extensions[name] });
  let changes: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(change: () => Promise<T>): Promise<T> => {
    const done = changes.then(change);
    changes = done.catch(() => undefined);
    return done;
  };

  const announce = (): void => {
    const offered = [...entries.values()].flatMap((entry) =>
      entry.process && entry.offer ? [{ ...entry, process: entry.process, offer: entry.offer }] : [],
    );
    const channels = offered.flatMap(({ process, offer, attached }) => {
      return offer.channels.map((channel) => {
        const attach = (to: Attached) => {
          const key = `${to.at.channel}/${to.at.account}`;
          attached.set(key, to);
          return () => void (attached.get(key) === to && attached.delete(key));
        };
        return [channel.id, channelOf(process, channel, attach)] as const;
      });
    });
    const tools = offered.flatMap(({ process, offer }) => offer.tools.map((tool) => toolOf(process, tool)));
    options.onOffers({ channels: Object.fromEntries(channels), tools });
  };

  const run = async (entry: Entry): Promise<void> => {
    const { name } = entry.installed;
    const { enabled, memory, network, config } = settingsOf(name);
    entry.process?.stop();
    delete entry.process;
    delete entry.error;
    entry.written = JSON.stringify({ enabled, memory, network, config });
    if (!enabled) return;
    try {
      await verify(root, entry.installed);
    } catch (thrown) {
      entry.error = toGatewayError(thrown);
      logger.warn({ extension: name, code: entry.error.code }, entry.error.message);
      return;
    }
    entry.process = new ExtensionProcess({
      ...{ name, dir: packageDir(root, name), config, network, memoryBytes: memory, egress: egressRules(settings()), logger },
      handle: (op) => callback(entry, op),
      onOffer: (offer) => {
        entry.offer = readOffer(offer);
        announce();
      },
      onDown: (error) => {
        const { code, message } = error;
        void record(STREAM, ExtensionDown.create({ name, problem: { code, message: message.slice(0, 2000) } })).catch(() => undefined);
        for (const { context } of entry.attached.values()) context.disconnected('extension', error);
        entry.attached.clear();
      },
    });
    await entry.process.start();
  };

  const entryNamed = (name: string): Entry => {
    const entry = entries.get(name);
    if (!entry)
      throw new GatewayError('EXTENSION_NOT_FOUND', { message: `No extension is called ${JSON.stringify(name)}.`, details: { name } });
    return entry;
  };

  return {
    start: () =>
      inTurn(async () => {
        const events: StoredEvent[] = [];
        for await (const event of await options.history()) events.push(event);
        for (const installed of fold(Extension, events).installed.values())
          entries.set(installed.name, { installed, attached: new Map(), written: '' });
        await Promise.all([...entries.values()].map(run));
      }),
    apply: () => {
      void inTurn(async () => {
        for (const entry of entries.values()) {
          const { enabled, memory, network, config } = settingsOf(entry.installed.name);
          if (entry.written !== JSON.stringify({ enabled, memory, network, config })) await run(entry);
        }
        announce();
      });
    },
    list: () => [...entries.values()].map(rowOf),
    add: (spec, actor) =>
      inTurn(async () => {
        const source = await sourceOf(spec);
        const installed = await install(root, source, (name) => entries.has(name));
        try {
          await record(STREAM, ExtensionAdded.create({ ...installed, from: source.from }), { actor });
        } catch (error) {
          await uninstall(root, installed.name);
          throw error;
        }
        const entry: Entry = { installed, attached: new Map(), written: '' };
        entries.set(installed.name, entry);
        await run(entry);
        return rowOf(entry);
      }),
    remove: (name, actor) =>
      inTurn(async () => {
        const { installed, process } = entryNamed(name);
        await record(STREAM, ExtensionRemoved.create({ name, version: installed.version }), { actor });
        entries.delete(name);
        process?.stop();
        announce();
        await uninstall(root, name);
      }),
    model: (api) => {
      for (const { process, offer } of entries.values())
        if (process && offer?.models.some((model) => model.api === api)) return modelOf(process, api);
      return undefined;
    },
    routers: async (question) => {
      const asked = [...entries.values()].flatMap(({ installed, process, offer }) =>
        process && offer
          ? offer.routers.map(async ({ name }) =>
              opinionOf(`extensions.${installed.name}.${name}`, await askRouter(process, name, question)),
            )
          : [],
      );
      return Promise.all(asked);
    },
    close: () => {
      for (const { process } of entries.values()) process?.stop();
    },
  };
}

async function askRouter(process: ExtensionProcess, name: string, question: RouteQuestion): Promise<unknown> {
  try {
    return await process.call('route', { name, question }, { timeoutMs: ROUTE_MS });
  } catch (thrown) {
    return { reason: `It had no opinion: ${toGatewayError(thrown).code}.` };
  }
}

function opinionOf(rule: string, answer: unknown): RouterOpinion {
  const { agentId, reason } = (typeof answer === 'object' && answer !== null ? answer : {}) as {
    readonly agentId?: unknown;
    readonly reason?: unknown;
  };
  return {
    rule: rule.slice(0, 128),
    ...(typeof agentId === 'string' && agentId !== '' && { agentId: agentId.slice(0, 128) }),
    reason: typeof reason === 'string' && reason.trim() !== '' ? reason.slice(0, 500) : 'It gave no reason.',
  };
}

/** What the extension's channels ask of the gateway. */
function callback({ attached, process }: Entry, op: string): Handler | undefined {
  const contextOf = (args: unknown) => {
    const { channel, account } = args as { readonly channel?: unknown; readonly account?: unknown };
    const found = attached.get(`${String(channel)}/${String(account)}`);
    if (!found) throw new GatewayError('CHANNEL_NOT_FOUND');
    return found.context;
  };
  const calls: Readonly<Record<string, Handler>> = {
    receive: ({ args }) => {
      if (!process) throw new GatewayError('EXTENSION_DOWN');
      return contextOf(args).receive(readInbound(process, (args as { readonly inbound?: unknown }).inbound));
    },
    amend: ({ args }) => contextOf(args).amend(readAmendment((args as { readonly amendment?: unknown }).amendment)),
    report: ({ args }) => contextOf(args).report?.(readReport((args as { readonly report?: unknown }).report)),
    refuse: ({ args }) =>
      contextOf(args).refuse(
        (args as { update: unknown }).update,
        new GatewayError('BAD_REQUEST', { message: 'The extension refused it.' }),
      ),
    connected: ({ args }) => {
      const { identity } = args as { readonly identity?: unknown };
      contextOf(args).connected(typeof identity === 'string' ? identity.slice(0, 128) : undefined);
    },
    disconnected: ({ args }) => {
      const { reason } = args as { readonly reason?: unknown };
      contextOf(args).disconnected(typeof reason === 'string' ? reason.slice(0, 128) : 'unknown');
    },
  };
  return Object.hasOwn(calls, op) ? calls[op] : undefined;
}

function rowOf({ installed, process, offer, error }: Entry): ExtensionRow {
  const { name, version, integrity } = installed;
  const status = process?.state;
  const problem = error ?? status?.error;
  return {
    ...{ name, version, integrity, state: status?.state ?? (error ? 'stopped' : 'off'), restarts: status?.restarts ?? 0 },
    channels: offer?.channels.map(({ id }) => id) ?? [],
    models: offer?.models.map(({ api }) => api) ?? [],
    tools: offer?.tools.map((tool) => tool.name) ?? [],
    routers: offer?.routers.map((router) => router.name) ?? [],
    ...(problem && { problem: { code: problem.code, message: problem.message } }),
  };
}
