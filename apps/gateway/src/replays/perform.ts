/** One run from what was collected to its report. */
import { GatewayError } from '@openclaw-gateway/events';
import { maskSecrets, readConfig } from '../config/index.ts';
import { configAt } from '../history/config-at.ts';
import type { HistoryReader } from '../history/reader.ts';
import type { Models } from '../models/index.ts';
import type { Change, ConfigDocument, Progress } from '../replay/job.ts';
import { NO_ENVIRONMENT } from '../replay/no-environment.ts';
import { runInSandbox } from '../replay/sandbox.ts';
import type { RegisteredTool } from '../tools/policy.ts';
import { budgetedModel } from './budgeted-model.ts';
import type { Collected } from './collected.ts';
import type { ReplayChange, ReplayOrder, ReplayReport } from './order.ts';
import { replayProjections } from './projections.ts';

/** What a model is told of a tool, and what is usual for it. */
export type ReplayTool = Pick<RegisteredTool, 'name' | 'description' | 'parameters' | 'policy'>;

type PerformOptions = {
  readonly store: HistoryReader;
  readonly tools: readonly ReplayTool[];
  readonly models: Pick<Models, 'resolve'>;
  readonly databases: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
};

/** Throws CONFIG_INVALID and CONFIG_SYNTAX for a configuration that the gateway would not take, and what the replay throws. */
export async function perform(order: ReplayOrder, found: Collected, options: PerformOptions): Promise<ReplayReport> {
  const { store, tools, models, signal, onProgress } = options;
  if (order.level === 'projections') return { kind: 'projections', projections: await replayProjections(options.databases, signal) };
  const change = await changeOf(order.change, store);
  if (order.level === 'decisions') {
    const candidate = change.document ?? found.configs.findLast(({ document }) => document)?.document;
    if (!candidate) throw new GatewayError('RECORDING_INCOMPLETE', { message: 'The log has no configuration to decide by.' });
    const job = { kind: 'decisions', messages: found.messages ?? [], configs: found.configs, candidate } as const;
    return { kind: 'decisions', ...(await runInSandbox(job, { signal })) };
  }
  if (!found.recording) throw new GatewayError('BAD_REQUEST', { message: 'Only the messages of one session can be run again.' });
  const live = order.budget && budgetedModel(models, order.budget);
  const isChanged = Object.keys(change).length > 0;
  const job = {
    kind: 'session',
    recording: found.recording,
    tools: tools.map(({ name, description, parameters, policy }) => ({ spec: { name, description, parameters }, policy })),
    live: live !== undefined,
    detailed: true,
    ...(isChanged && { change }),
  } as const;
  const report = await runInSandbox(job, { signal, onProgress, ...(live && { live: live.ask }) });
  return { kind: 'session', ...report, ...(live && { live: live.use() }) };
}

async function changeOf({ config, agentId, model, systemPrompt, tools }: ReplayChange, store: HistoryReader): Promise<Change> {
  const document = config === undefined ? undefined : await documentOf(config, store);
  return {
    ...(document && { document }),
    ...(agentId !== undefined && { agentId }),
    ...(model !== undefined && { model }),
    ...(systemPrompt !== undefined && { systemPrompt }),
    ...(tools !== undefined && { tools }),
  };
}

async function documentOf(config: string, { log }: HistoryReader): Promise<ConfigDocument> {
  if (config !== 'current')
    return maskSecrets(readConfig(config, { env: NO_ENVIRONMENT, allowMissingVariables: true }).document) as ConfigDocument;
  const { document } = await configAt(log, { position: log.head(), time: 0 });
  if (!document) throw new GatewayError('RECORDING_INCOMPLETE', { message: 'The log does not have the configuration in force.' });
  return document;
}
