/** Sees that a model goes round in circles: the same tool calls, with the same results, over and over. Pure. */
import type { TranscriptEntry } from '@openclaw-gateway/events';
import type { ModelToolCall } from '@openclaw-gateway/sdk';

/** The code of the problem that the model is told when calls are refused because they were made too often. */
export const REPEATED = 'TOOL_REPEATED';

/** Circles of this many steps are seen: a call again and again, two calls in turns, three in turns. */
const LONGEST_CIRCLE = 3;

export type Verdict =
  | { readonly kind: 'go' }
  /** `refuse`: these calls are not made, and the model is told so. `stop`: it was told before, so the run ends. */
  | { readonly kind: 'refuse' | 'stop'; readonly tools: readonly string[]; readonly repeats: number };

/** An answer of the model that called tools, and what the calls gave. */
type Step = { readonly calls: string; results: string; refused: boolean };

/**
 * Judges calls that a model asks for. `said` is the conversation since the question, without these calls; `maxRepeats` is how often
 * the same calls may give the same results. A call whose results differ makes headway and is never refused.
 */
export function judgeCalls(said: readonly TranscriptEntry[], calls: readonly ModelToolCall[], maxRepeats: number): Verdict {
  const steps = stepsOf(said);
  const made = steps.filter((step) => !step.refused);
  const now = keyOf(calls);
  for (let circle = 1; circle <= LONGEST_CIRCLE; circle++) {
    if (made.at(-circle)?.calls !== now) continue;
    const repeats = roundsOf(made, circle);
    if (repeats < maxRepeats) continue;
    const kind = made.length < steps.length ? 'stop' : 'refuse';
    return { kind, tools: [...new Set(calls.map(({ tool }) => tool))], repeats };
  }
  return { kind: 'go' };
}

/** How often the last `circle` steps were gone round, each time with the same results. */
function roundsOf(steps: readonly Step[], circle: number): number {
  let same = circle;
  for (let index = steps.length - 1 - circle; index >= 0; index--) {
    const [before, after] = [steps[index], steps[index + circle]];
    if (before?.calls !== after?.calls || before?.results !== after?.results) break;
    same += 1;
  }
  return Math.floor(same / circle);
}

function stepsOf(said: readonly TranscriptEntry[]): Step[] {
  const steps: Step[] = [];
  for (const entry of said) {
    const step = steps.at(-1);
    if (entry.role === 'assistant') steps.push({ calls: keyOf(entry.toolCalls), results: '', refused: false });
    else if (entry.role === 'tool' && step) {
      step.results += `${entry.failed ? 'failed' : 'done'} ${canonical(entry.result)}\n`;
      step.refused ||= entry.failed && (entry.result as { code?: unknown } | null)?.code === REPEATED;
    }
  }
  return steps;
}

const keyOf = (calls: readonly ModelToolCall[]) => calls.map(({ tool, arguments: args }) => `${tool} ${canonical(args)}`).join('\n');

/** Equal values have equal texts, in whatever order their keys stand. */
export function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
    ) ?? ''
  );
}
