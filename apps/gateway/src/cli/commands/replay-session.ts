import { GatewayError } from '@openclaw-gateway/events';
import { createModels } from '../../models/index.ts';
import { collectRecording } from '../../replay/collect.ts';
import type { Change, Comparison, Divergence, LiveUse, SessionReport } from '../../replay/job.ts';
import { runInSandbox } from '../../replay/sandbox.ts';
import { type Budget, budgetedModel } from '../../replays/budgeted-model.ts';
import { createTools } from '../../tools/index.ts';
import { TOOLS } from '../../tools/manifest.ts';
import type { Context } from '../context.ts';
import { paint, pairs, plain } from '../output.ts';
import { withStore } from '../stopped-store.ts';
import { readCandidate } from './replay-decisions.ts';

type Options = {
  readonly config?: string;
  readonly systemPrompt?: string;
  readonly model?: string;
  readonly tools?: string;
  readonly live?: true;
  readonly budget?: number;
  readonly maxRequests: number;
};

const EXIT_DIFFERENT = 1;
const SHOWN = 10;

/** Runs a recorded session again. Exit code 1 when it does not go as it went. */
export async function replaySession(context: Context, options: Options, id: string): Promise<number> {
  const change = await changeOf(context, options);
  const budget = budgetOf(options);
  const recording = await withStore(context, (store) => collectRecording(store, id));
  const names = TOOLS.map((tool) => tool.name);
  const tools = createTools({ allow: names, deny: [] }).known(names);
  const job = { kind: 'session', recording, tools, live: budget !== undefined, ...(change && { change }) } as const;
  const live = budget && budgetedModel(createModels((await context.config()).config.models, { env: context.env }), budget);
  const report = await runInSandbox(job, live ? { live: live.ask } : {});
  const whole: SessionReport = live ? { ...report, live: live.use() } : report;
  context.out.result(whole, () => describe(whole));
  return whole.baseline.faithful && (whole.changed?.faithful ?? true) ? 0 : EXIT_DIFFERENT;
}

async function changeOf(context: Context, { config, systemPrompt, model, tools, live }: Options): Promise<Change | undefined> {
  const change: Change = {
    ...(config !== undefined && { document: await readCandidate(context, config) }),
    ...(systemPrompt !== undefined && { systemPrompt }),
    ...(model !== undefined && { model }),
    ...(tools !== undefined && { tools: tools.split(',').filter((name) => name !== '') }),
  };
  if (Object.keys(change).length > 0) return change;
  if (live)
    throw new GatewayError('USAGE', {
      message: '--live needs a change to ask the model with: --model, --system-prompt, --tools or --config.',
    });
  return undefined;
}

function budgetOf({ live, budget, maxRequests }: Options): Budget | undefined {
  if (!live && budget === undefined) return undefined;
  if (live && budget !== undefined) return { tokens: budget, requests: maxRequests };
  throw new GatewayError('USAGE', {
    message: '--live and --budget belong together: --live --budget 20000 asks the model for at most 20,000 tokens.',
  });
}

function describe({ sessionId, baseline, changed, live }: SessionReport): string[] {
  return [
    paint('bold', sessionId),
    ...describeComparison('Unchanged', baseline),
    ...(baseline.faithful || !changed ? [] : ['Nothing can be said of the change before the unchanged replay is faithful.']),
    ...(changed ? ['', ...describeComparison('Changed', changed)] : []),
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

function describeUse({ requests, tokens }: LiveUse): string[] {
  return ['', `The model was asked ${requests} times, for ${tokens} tokens.`];
}
