/** What answers messages: models, tools, channels, what third parties add, and the pipeline that calls them. */
import { join } from 'node:path';
import type { GatewayError } from '@openclaw-gateway/events';
import type { Access } from '../access/index.ts';
import { createAttachments } from '../attachments/index.ts';
import { createBudgets } from '../budgets/index.ts';
import { createHolds } from '../channels/holds.ts';
import { ChannelManager, channelStream } from '../channels/index.ts';
import { createKeptParts } from '../channels/kept-parts.ts';
import { CHANNELS, offerChannels } from '../channels/manifest.ts';
import { testMessages } from '../channels/test-message.ts';
import { hookProbes } from '../channels/webhook/probe.ts';
import { withHookReplies } from '../channels/webhook/reply.ts';
import { createExtensions } from '../extensions/index.ts';
import { builtInKind, createModels } from '../models/index.ts';
import { egress } from '../operations/egress/index.ts';
import { isQuiet } from '../operations/holders.ts';
import { watchMemory } from '../operations/memory.ts';
import { createPairing } from '../pairing/index.ts';
import { channelSettings } from '../pipeline/channel-settings.ts';
import { steadyClock } from '../pipeline/clock.ts';
import { subjectOf } from '../pipeline/context.ts';
import { createPipeline, type RunningPipeline } from '../pipeline/index.ts';
import { createPush } from '../push/index.ts';
import { Replays } from '../replays/index.ts';
import { createSavedViews } from '../saved-views/index.ts';
import { createSchedules } from '../schedules/index.ts';
import { SYSTEM } from '../take-up.ts';
import { createBrowsers } from '../tools/browser/browsers.ts';
import { createToolHost } from '../tools/host.ts';
import { createTools } from '../tools/index.ts';
import { builtInTools } from '../tools/manifest.ts';
import { createMcp } from '../tools/mcp/index.ts';
import { wholeStream } from '../whole-stream.ts';
import type { Foundation } from './foundation.ts';

/** `fatal` is called when the log did not take what a conversation did: the process must end. */
export async function createWork(
  foundation: Foundation,
  access: Access,
  stack: AsyncDisposableStack,
  fatal: (error: GatewayError) => void,
) {
  const { version, stateDir, config, settings, log, logger, opened, gatewayId, store, record } = foundation;
  const newest = opened.log.head() > 0 ? await opened.log.readAt(opened.log.head()) : undefined;
  const models = createModels(settings().models, {
    kind: async (api) => (await builtInKind(api)) ?? extensions.model(api.replace(/^extension\//, '')),
  });
  const browsers = stack.adopt(
    createBrowsers({ settings: () => settings().tools.browser, egress, folder: join(stateDir, 'browser') }),
    (part) => part.close(),
  );
  const toolHost = createToolHost({ settings: () => settings().tools, workspacesDir: join(stateDir, 'workspaces'), browsers });
  const tools = createTools(settings().tools, { definitions: builtInTools(toolHost), more: () => mcp.tools() });
  const mcp = stack.adopt(createMcp({ folder: join(stateDir, 'mcp'), version, logger: log.of('mcp') }), (part) => part.close());
  const replays = stack.adopt(new Replays({ stateDir, store, tools: tools.registry, models }), (part) => part.close());
  const holds = createHolds(store.log);
  const manifest = { ...CHANNELS };
  const channels = new ChannelManager({
    manifest,
    holds,
    pseudonym: store.pseudonym,
    openOn: (channel, account) => pipeline.openOn(channel, account),
    config: settings().channels,
    receive: (submission) => pipeline.receive(submission),
    amend: (request) => pipeline.amend(request),
    undelivered: (report) => pipeline.undelivered(report),
    parts: createKeptParts({
      store,
      subjectOf: (channel, senderId) => subjectOf(store, channel, senderId),
      record: (streamId, event, metadata) => record(streamId, event, { actor: SYSTEM, ...metadata }),
    }),
    record: (streamId, event, metadata) => record(streamId, event, { actor: SYSTEM, ...metadata }),
    logger: log.of('channels'),
    lastAliveAt: () => newest?.time,
    alsoProbed: () => hookProbes(settings().hooks),
  });
  const extensions = stack.adopt(
    createExtensions({
      stateDir,
      settings,
      record,
      history: () => wholeStream(store.log, 'extensions'),
      logger: log.of('extensions'),
      onOffers: (offers) => {
        tools.extend(offers.tools);
        offerChannels(manifest, offers.channels);
      },
    }),
    (part) => part.close(),
  );
  const attachments = stack.adopt(
    await createAttachments({ dir: join(stateDir, 'state'), store, settings: () => settings().attachments }),
    (part) => part.close(),
  );
  const budgets = stack.adopt(
    createBudgets({
      settings: () => settings().budgets,
      store,
      record,
      onError: (error) => logger.warn({ err: error }, 'what was used of the budgets could not be read or recorded'),
    }),
    (part) => part.close(),
  );
  const pairing = createPairing({ store });
  const testMessage = testMessages({
    log: store.log,
    channels,
    policy: (channel, account) => channelSettings(settings(), channel, account),
    isPaired: ({ channel, account, recipient }) => pairing.isPaired({ channel, account, sender: { id: recipient } }),
    subjectOf: (channel, person) => subjectOf(store, channel, person),
    streamOf: channelStream,
  });
  const savedViews = createSavedViews({ store });
  const running = createPipeline(
    {
      store,
      config: () => config.current(),
      models,
      budget: budgets.refusal,
      routers: extensions.routers,
      tools,
      senders: withHookReplies(channels, () => settings().hooks),
      attachments,
      logger: log.of('pipeline'),
      now: steadyClock(newest?.time ?? 0),
      random: Math.random,
      redactor: opened.redactor,
      pairing,
      people: {
        behind: access.personBehind,
        named: (userName) => {
          const user = access.people.users.find(userName);
          return user && access.personBehind({ type: 'user', id: user.userId });
        },
      },
      refusal: () => foundation.membership?.refusal() ?? memory.refusal('message'),
    },
    fatal,
  );
  const { inTime } = foundation.membership ?? {};
  const pipeline: RunningPipeline = inTime
    ? {
        ...running,
        receive: (submission) => inTime(running.receive(submission)),
        amend: (request) => inTime(running.amend(request)),
        undelivered: (report) => inTime(running.undelivered(report)),
      }
    : running;
  const schedules = createSchedules({ settings: () => settings().schedules, pipeline, store, record, logger: log.of('schedules') });
  const push = stack.adopt(
    createPush({
      store,
      people: access.people,
      egress,
      waiting: () => pipeline.approvals(),
      contact: () => pushContact(settings().gateway.network.publicUrl),
      logger: log.of('gateway'),
    }),
    (part) => part.close(),
  );
  const memory = stack.adopt(
    watchMemory({
      limit: () => settings().gateway.limits.memory,
      record: (event) => record(`gateway/${gatewayId}`, event),
      logger: log.of('memory'),
      isQuiet: () => isQuiet(pipeline, store),
    }),
    (part) => part.close(),
  );
  return {
    models,
    tools,
    mcp,
    replays,
    holds,
    testMessage,
    channels,
    extensions,
    attachments,
    budgets,
    pairing,
    savedViews,
    pipeline,
    schedules,
    push,
    memory,
  };
}

/** Some push services refuse what names nobody: without an address of its own a gateway names the program. */
function pushContact(publicUrl: string | undefined): string {
  return publicUrl?.startsWith('https:') ? publicUrl : 'https://openclaw.ai';
}
