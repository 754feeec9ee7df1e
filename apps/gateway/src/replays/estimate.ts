/** What live runs of a recording would use and cost, before any begins. Pure, but for the prices. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ModelPrices } from '../config/index.ts';
import { costOf } from '../models/prices.ts';
import { RecordedConfigs, readDocument, withChange } from '../replay/configs.ts';
import { decide } from '../replay/decisions.ts';
import { takeApart } from '../replay/flows.ts';
import type { Change } from '../replay/job.ts';
import { usedIn } from '../replay/turns.ts';
import type { Collected } from './collected.ts';

type Use = { readonly requests: number; readonly inputTokens: number; readonly outputTokens: number };

/** `costUsd` is missing where a model has no price: nobody knows. */
export type Estimate = Use & {
  readonly runs: number;
  readonly costUsd?: number;
  readonly models: readonly (Use & { readonly model: string; readonly costUsd?: number })[];
  /** Messages whose tokens nobody knows: no model answered them when they were recorded, and one would now. */
  readonly unknown: number;
};

const AT_ONCE = 200;

/**
 * The tokens that the recording used, for the models that would be asked now, so many times. Throws MODEL_NOT_CONFIGURED for one that
 * is not known here.
 */
export async function estimateOf(
  { recording, messages = [], configs }: Collected,
  change: Change,
  { runs, priceOf }: { readonly runs: number; readonly priceOf: (model: string) => ModelPrices[string] | undefined },
): Promise<Estimate> {
  const modelFor = modelsOf(configs, change);
  const decisions = new Map(messages.map((message) => [message.messageId, message]));
  const byModel = new Map<string, Use>();
  let unknown = 0;
  for (const [index, flow] of takeApart(recording?.events ?? []).flows.entries()) {
    if (index % AT_ONCE === AT_ONCE - 1) await nextTurn();
    const message = decisions.get(flow.received.metadata.correlationId ?? '');
    const model = message && modelFor(message);
    if (model === undefined || flow.end === 'merged' || flow.end === 'waiting') continue;
    const { inputTokens, outputTokens } = usedIn(flow.events);
    if (inputTokens + outputTokens === 0) unknown += 1;
    const before = byModel.get(model) ?? { requests: 0, inputTokens: 0, outputTokens: 0 };
    byModel.set(model, {
      requests: before.requests + flow.modelCalls.length * runs,
      inputTokens: before.inputTokens + inputTokens * runs,
      outputTokens: before.outputTokens + outputTokens * runs,
    });
  }
  const models = [...byModel].map(([model, use]) => {
    const price = priceOf(model);
    return { model, ...use, ...(price && { costUsd: costOf(use, price) }) };
  });
  const sum = (of: (use: Use & { readonly costUsd?: number }) => number): number => models.reduce((total, use) => total + of(use), 0);
  return {
    runs,
    requests: sum(({ requests }) => requests),
    inputTokens: sum(({ inputTokens }) => inputTokens),
    outputTokens: sum(({ outputTokens }) => outputTokens),
    ...(unknown === 0 && models.every(({ costUsd }) => costUsd !== undefined) && { costUsd: sum(({ costUsd = 0 }) => costUsd) }),
    models,
    unknown,
  };
}

type Message = NonNullable<Collected['messages']>[number];

/** Which model a message would be given to; none where it would be refused. */
function modelsOf(configs: Collected['configs'], change: Change): (message: Message) => string | undefined {
  const given = change.document && readDocument(change.document);
  const recorded = new RecordedConfigs(configs);
  const changed = new Map<string, ReturnType<typeof withChange>>();
  return (message) => {
    const inForce = given ? { config: given, hash: '' } : recorded.at(message.position, message.configHash);
    if (!inForce) return undefined;
    const config = changed.get(inForce.hash) ?? withChange(inForce.config, change);
    changed.set(inForce.hash, config);
    return decide(message, config).route?.model;
  };
}
