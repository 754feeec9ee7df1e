/** One run from what was collected to its report. */
import { GatewayError } from '@openclaw-gateway/events';
import { maskSecrets, readConfig } from '../config/index.ts';
import { configAt } from '../history/config-at.ts';
import type { HistoryReader } from '../history/reader.ts';
import type { Models } from '../models/index.ts';
import { decisionsAt } from '../replay/collect.ts';
import type { Change, ConfigDocument, DecisionChange, DecisionsJob, Progress, RecordedDecision } from '../replay/job.ts';
import { NO_ENVIRONMENT } from '../replay/no-environment.ts';
import { runDecisions } from '../replay/run-decisions.ts';
import type { RegisteredTool } from '../tools/policy.ts';
import { budgetedModel } from './budgeted-model.ts';
import type { ChangesFile } from './changes-file.ts';
import type { Collected } from './collected.ts';
import type { ReplayChange, ReplayOrder, ReplayReport } from './order.ts';
import { replayProjections } from './projections.ts';
import { withRule } from './rule.ts';
import { runSession } from './run-session.ts';

/** What a model is told of a tool, and how it is decided about. */
export type ReplayTool = Pick<RegisteredTool, 'name' | 'description' | 'parameters' | 'policy' | 'risk'>;

type PerformOptions = {
  readonly store: HistoryReader;
  readonly tools: readonly ReplayTool[];
  readonly models: Pick<Models, 'resolve' | 'priceOf'>;
  readonly databases: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  /** Where what decisions would make otherwise is written. */
  readonly changes: ChangesFile;
};

const AT_ONCE = 200;

/** Throws CONFIG_INVALID and CONFIG_SYNTAX for a configuration that the gateway would not take, and what the replay throws. */
export async function perform(order: ReplayOrder, found: Collected, options: PerformOptions): Promise<ReplayReport> {
  const { store, tools, models, signal, onProgress } = options;
  if (order.level === 'projections') return { kind: 'projections', projections: await replayProjections(options.databases, signal) };
  const change = await changeOf(order.change, store, found.configs);
  if (order.level === 'decisions') {
    const base = change.document ?? newestDocument(found.configs);
    const candidate = order.change.rule ? withRule(base, order.change.rule).document : base;
    return decide({ configs: found.configs, candidate }, found, options);
  }
  if (!found.recording) throw new GatewayError('BAD_REQUEST', { message: 'Only the messages of one session can be run again.' });
  const live = order.budget && budgetedModel(models, order.budget);
  const isChanged = Object.keys(change).length > 0;
  const job = {
    kind: 'session',
    recording: found.recording,
    tools: tools.map(({ policy, risk, name, description, parameters }) => ({ spec: { name, description, parameters }, policy, risk })),
    live: live !== undefined,
    detailed: true,
    ...(order.runs !== undefined && { runs: order.runs }),
    ...(isChanged && { change }),
  } as const;
  return { kind: 'session', ...(await runSession(job, { live, signal, onProgress })) };
}

/** The change as a replay takes it. Throws CONFIG_INVALID, CONFIG_SYNTAX and RECORDING_INCOMPLETE. */
export async function changeOf(
  { config, rule, agentId, model, systemPrompt, tools, toolAnswers, onMiss }: ReplayChange,
  store: HistoryReader,
  configs: Collected['configs'],
): Promise<Change> {
  const document = config === undefined ? undefined : await documentOf(config, store);
  return {
    ...(document && { document }),
    ...(rule && { rule: withRule(document ?? newestDocument(configs), rule).rule }),
    ...(agentId !== undefined && { agentId }),
    ...(model !== undefined && { model }),
    ...(systemPrompt !== undefined && { systemPrompt }),
    ...(tools !== undefined && { tools }),
    ...(toolAnswers !== undefined && { toolAnswers }),
    ...(onMiss !== undefined && { onMiss }),
  };
}

async function decide(
  job: Omit<DecisionsJob, 'kind'>,
  { positions, messages = [], range }: Collected,
  { store, signal, onProgress, changes }: PerformOptions,
): Promise<ReplayReport> {
  const batches = positions ? decisionsAt(store.log, positions, signal) : inBatches(messages);
  const onDecided = async (some: readonly DecisionChange[], done: number): Promise<void> => {
    await changes.add(some);
    onProgress({ run: 'decisions', done, total: range.messages });
  };
  const summary = await runDecisions(job, batches, { signal, onDecided });
  return { kind: 'decisions', ...summary, listed: changes.listed(), digest: await changes.digest(summary.counts) };
}

async function* inBatches(messages: readonly RecordedDecision[]): AsyncGenerator<readonly RecordedDecision[]> {
  // The newest first, as messages that a query finds are.
  const newest = messages.toReversed();
  for (let from = 0; from < newest.length; from += AT_ONCE) yield newest.slice(from, from + AT_ONCE);
}

/** Throws RECORDING_INCOMPLETE. */
export function newestDocument(configs: Collected['configs']): ConfigDocument {
  const newest = configs.findLast(({ document }) => document)?.document;
  if (!newest) throw new GatewayError('RECORDING_INCOMPLETE', { message: 'The log has no configuration to decide by.' });
  return newest;
}

async function documentOf(config: string, { log }: HistoryReader): Promise<ConfigDocument> {
  if (config !== 'current')
    return maskSecrets(readConfig(config, { env: NO_ENVIRONMENT, allowMissingVariables: true }).document) as ConfigDocument;
  const { document } = await configAt(log, { position: log.head(), time: 0 });
  if (!document) throw new GatewayError('RECORDING_INCOMPLETE', { message: 'The log does not have the configuration in force.' });
  return document;
}
