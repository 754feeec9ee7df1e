import { GatewayError } from '@openclaw-gateway/events';
import { createModels } from '../../models/index.ts';
import { collectRecording } from '../../replay/collect.ts';
import type {
  Change,
  Comparison,
  Divergence,
  LiveRuns,
  LiveUse,
  OnMiss,
  SessionJob,
  SessionReport,
  Span,
  ToolAnswer,
  TurnComparison,
  TurnSpread,
} from '../../replay/job.ts';
import { type Budget, budgetedModel } from '../../replays/budgeted-model.ts';
import { type Collected, ofRecording } from '../../replays/collected.ts';
import { type Estimate, estimateOf } from '../../replays/estimate.ts';
import { MAX_RUNS } from '../../replays/order.ts';
import { newestDocument } from '../../replays/perform.ts';
import { withRule } from '../../replays/rule.ts';
import { runSession } from '../../replays/run-session.ts';
import { createTools } from '../../tools/index.ts';
import { TOOLS } from '../../tools/manifest.ts';
import type { Context } from '../context.ts';
import { paint, pairs, plain } from '../output.ts';
import { withStore } from '../stopped-store.ts';
import { readCandidate } from './replay-decisions.ts';

type Options = {
  readonly config?: string;
  readonly rule?: string;
  readonly replaceRule?: number;
  readonly systemPrompt?: string;
  readonly model?: string;
  readonly tools?: string;
  readonly toolAnswer?: readonly string[];
  readonly onMiss?: OnMiss;
  readonly live?: true;
  readonly budget?: number;
  readonly maxRequests: number;
  readonly maxCost?: number;
  readonly runs?: number;
  readonly estimate?: true;
};

const EXIT_DIFFERENT = 1;
const SHOWN = 10;

/** Runs a recorded session again. Exit code 1 when it does not go as it went. */
export async function replaySession(context: Context, options: Options, id: string): Promise<number> {
  const budget = budgetOf(options);
  const { runs } = options;
  const found = await withStore(context, async (store) => ofRecording(store, await collectRecording(store, id)));
  const change = await changeOf(context, options, found.configs);
  const names = TOOLS.map((tool) => tool.name);
  const tools = createTools({ allow: names, deny: [] }).known(names);
  const models = createModels((await context.config()).config.models, { env: context.env });
  if (budget || options.estimate) {
    const estimate = await estimateOf(found, change ?? {}, { runs: runs ?? 1, priceOf: models.priceOf });
    if (options.estimate) {
      context.out.result(estimate, () => describeEstimate(estimate));
      return 0;
    }
    for (const line of describeEstimate(estimate)) context.out.note(line);
  }
  const live = budget && budgetedModel(models, budget);
  const { recording } = found;
  const job: SessionJob = {
    kind: 'session',
    recording,
    tools,
    live: live !== undefined,
    detailed: live !== undefined,
    ...(runs !== undefined && { runs }),
    ...(change && { change }),
  };
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort()).once('SIGTERM', () => stop.abort());
  const report = await runSession(job, { live, signal: stop.signal });
  context.out.result(report, () => describe(report));
  return report.baseline.faithful && (report.changed?.faithful ?? true) ? 0 : EXIT_DIFFERENT;
}

async function changeOf(context: Context, options: Options, configs: Collected['configs']): Promise<Change | undefined> {
  const { config, rule, replaceRule, systemPrompt, model, tools, toolAnswer, onMiss } = options;
  const document = config === undefined ? undefined : await readCandidate(context, config);
  const change: Change = {
    ...(document && { document }),
    ...(rule !== undefined && { rule: withRule(document ?? newestDocument(configs), { text: rule, replace: replaceRule }).rule }),
    ...(systemPrompt !== undefined && { systemPrompt }),
    ...(model !== undefined && { model }),
    ...(tools !== undefined && { tools: tools.split(',').filter((name) => name !== '') }),
    ...(toolAnswer && { toolAnswers: Object.fromEntries(toolAnswer.map(toolAnswerOf)) }),
    ...(onMiss && { onMiss }),
  };
  return Object.keys(change).length > 0 ? change : undefined;
}

/** `<tool>=history`, `<tool>=deny` or `<tool>=static:<JSON>`. */
function toolAnswerOf(text: string): readonly [string, ToolAnswer] {
  const [, name = '', kind = '', , result = ''] = /^([^=]+)=(history|deny|static)(:(.*))?$/s.exec(text) ?? [];
  if (kind === 'history' || kind === 'deny') return [name, { kind }];
  try {
    if (kind === 'static') return [name, { kind, result: JSON.parse(result) as unknown }];
  } catch {
    throw new GatewayError('USAGE', {
      message: `--tool-answer ${name}=static: needs its result as JSON, not ${JSON.stringify(result.slice(0, 80))}.`,
    });
  }
  throw new GatewayError('USAGE', {
    message: '--tool-answer is <tool>=history, <tool>=deny or <tool>=static:<JSON>; the tool * is all others.',
  });
}

function budgetOf({ live, budget, maxRequests, maxCost, runs }: Options): Budget | undefined {
  if (runs !== undefined && (runs < 1 || runs > MAX_RUNS)) throw new GatewayError('USAGE', { message: `--runs is 1 to ${MAX_RUNS}.` });
  if (!live && (runs !== undefined || maxCost !== undefined))
    throw new GatewayError('USAGE', {
      message: '--runs and --max-cost are of --live: any other replay gives the same each time, and costs nothing.',
    });
  if (!live && budget === undefined) return undefined;
  if (live && budget !== undefined) return { tokens: budget, requests: maxRequests, ...(maxCost !== undefined && { costUsd: maxCost }) };
  throw new GatewayError('USAGE', {
    message: '--live and --budget belong together: --live --budget 20000 asks the model for at most 20,000 tokens.',
  });
}

function describe({ sessionId, baseline, changed, live, runs, turns = [] }: SessionReport): string[] {
  return [
    paint('bold', sessionId),
    ...describeComparison('Unchanged', baseline),
    ...(baseline.faithful || !changed ? [] : ['Nothing can be said of the change before the unchanged replay is faithful.']),
    ...(changed ? ['', ...describeComparison('Changed', changed)] : []),
    ...(runs ? describeRuns(runs, turns) : []),
    ...(live ? describeUse(live) : []),
  ];
}

function describeComparison(
  title: string,
  { faithful, messages, events, recordedDigest, replayedDigest, divergences, misses }: Comparison,
): string[] {
  const { identical, different, skipped } = messages;
  return [
    `${title}: ${faithful ? paint('green', 'faithful') : paint('yellow', `differs in ${different} of ${identical + different} messages`)}`,
    ...pairs([
      [
        'Messages',
        `${identical} identical, ${different} different${skipped > 0 ? `, ${skipped} cancelled before they ran and left out` : ''}`,
      ],
      ['Events', String(events)],
      ['Recorded', recordedDigest],
      ['Replayed', replayedDigest],
      ...(misses > 0 ? [['Not recorded', `${misses} effects were asked for that the recording does not have`] as const] : []),
    ]),
    ...divergences.slice(0, SHOWN).flatMap(describeDivergence),
    ...(divergences.length > SHOWN ? [paint('dim', `(${divergences.length - SHOWN} more; --json shows them)`)] : []),
  ];
}

function describeDivergence({ message, position, recorded, replayed, patch, requestPatch }: Divergence): string[] {
  const where = position === undefined ? 'after its last event' : `at position ${position}`;
  const what = recorded
    ? replayed
      ? recorded.type
      : `${recorded.type}, which does not happen now`
    : `${replayed?.type}, which did not happen then`;
  return [
    '',
    `Message ${message}: first divergence ${where}: ${what}`,
    ...patch.map((operation) => `  ${plain(JSON.stringify(operation))}`),
    ...(requestPatch ? ['  what the model is asked:', ...requestPatch.map((operation) => `    ${plain(JSON.stringify(operation))}`)] : []),
  ];
}

function describeUse({ requests, tokens, costUsd }: LiveUse): string[] {
  return ['', `The model was asked ${requests} times, for ${tokens} tokens and ${dollars(costUsd)}.`];
}

function describeEstimate({ runs, requests, inputTokens, outputTokens, costUsd, models, unknown }: Estimate): string[] {
  const unpriced = models.filter((model) => model.costUsd === undefined).map(({ model }) => model);
  return [
    `By the recording, ${plural(runs, 'run')} would take ${plural(requests, 'request')}, ${inputTokens} tokens in and ${outputTokens} out: ${dollars(costUsd)}.`,
    ...(unpriced.length > 0 ? [`Without a price under models.providers.<name>.prices: ${unpriced.join(', ')}.`] : []),
    ...(unknown > 0 ? [`Of ${plural(unknown, 'message')} no model answered then, so that nobody knows what they would take.`] : []),
  ];
}

function describeRuns({ wanted, completed, stopped, cancelled, tokens, costUsd }: LiveRuns, turns: readonly TurnComparison[]): string[] {
  const span = ({ min, median, max }: Span, show: (value: number) => string) => `${show(min)} – ${show(median)} – ${show(max)}`;
  return [
    '',
    paint('bold', `${completed} of ${plural(wanted, 'run')} came to the end`),
    ...(stopped
      ? [paint('yellow', `Stopped in run ${stopped.run} at message ${stopped.message} of ${stopped.of}: ${stopped.reason}`)]
      : []),
    ...(cancelled ? [paint('yellow', 'The rest was cancelled.')] : []),
    ...pairs([
      ...(tokens ? [['Tokens of a run (least, middle, most)', span(tokens, String)] as const] : []),
      ...(tokens ? [['Cost of a run', costUsd ? span(costUsd, dollars) : 'unknown'] as const] : []),
    ]),
    ...turns.flatMap(({ message, spread }) =>
      spread
        ? [`  Message ${message}: ${plural(spread.distinctAnswers, 'answer')} in ${plural(spread.runs, 'run')}; ${verdictsOf(spread)}`]
        : [],
    ),
  ];
}

function verdictsOf({ verdicts }: TurnSpread): string {
  return Object.entries(verdicts)
    .map(([verdict, times]) => `${verdict} ${times}`)
    .join(' · ');
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function dollars(usd: number | undefined): string {
  return usd === undefined ? 'an unknown cost' : `$${usd.toPrecision(3)}`;
}
