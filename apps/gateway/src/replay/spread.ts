/** How much several live runs of the same messages differ. Pure. */
import type { LiveRuns, Span, TurnComparison, TurnSpread, TurnVerdict } from './job.ts';
import { TURN_VERDICTS, type Used } from './turns.ts';

type Played = { readonly run: number; readonly turn: TurnComparison };
type Stop = NonNullable<LiveRuns['stopped']>;

/** The runs one after the other; of each message the first run with the worst verdict is the one that is shown. */
export class Spread {
  readonly #played = new Map<number, Played[]>();
  readonly #whole: Used[] = [];
  readonly #wanted: number;
  #made = 0;
  #stopped: Stop | undefined;

  constructor(wanted: number) {
    this.#wanted = wanted;
  }

  /** A run, with what all of it used. One that the budget stopped counts for its messages alone. */
  add(turns: readonly TurnComparison[], used: Used, stopped?: Omit<Stop, 'run'>): void {
    const run = ++this.#made;
    for (const turn of turns) {
      const before = this.#played.get(turn.message) ?? [];
      const shown = before.findIndex((other) => rank(other.turn) <= rank(turn)) === -1;
      // Only what is shown needs its events.
      const kept = before.map((other) => (shown ? { ...other, turn: { ...other.turn, events: [] } } : other));
      this.#played.set(turn.message, [...kept, { run, turn: shown ? turn : { ...turn, events: [] } }]);
    }
    if (stopped) this.#stopped = { run, ...stopped };
    else this.#whole.push(used);
  }

  turns(): TurnComparison[] {
    return [...this.#played.values()].flatMap((played) => {
      const worst = played.toSorted((a, b) => rank(a.turn) - rank(b.turn) || a.run - b.run)[0];
      return worst ? [{ ...worst.turn, run: worst.run, spread: spreadOf(played) }] : [];
    });
  }

  runs(): LiveRuns {
    const isPriced = this.#whole.every(({ unpriced }) => unpriced === 0);
    return {
      wanted: this.#wanted,
      completed: this.#whole.length,
      ...(this.#stopped && { stopped: this.#stopped }),
      ...(this.#whole.length > 0 && {
        tokens: spanOf(this.#whole.map(tokensOf)),
        ...(isPriced && { costUsd: spanOf(this.#whole.map(({ costUsd }) => costUsd)) }),
      }),
    };
  }
}

const rank = ({ verdict }: TurnComparison): number => TURN_VERDICTS.indexOf(verdict);

const tokensOf = ({ inputTokens, outputTokens }: Used): number => inputTokens + outputTokens;

function spreadOf(played: readonly Played[]): TurnSpread {
  const answers = new Map<string | undefined, number[]>();
  const verdicts: Partial<Record<TurnVerdict, number>> = {};
  for (const { run, turn } of played) {
    answers.set(turn.replayed.reply, [...(answers.get(turn.replayed.reply) ?? []), run]);
    verdicts[turn.verdict] = (verdicts[turn.verdict] ?? 0) + 1;
  }
  const sides = played.map(({ turn }) => turn.replayed);
  return {
    runs: played.length,
    distinctAnswers: answers.size,
    answers: [...answers]
      .map(([text, runs]) => ({ ...(text !== undefined && { text }), runs }))
      .sort((a, b) => b.runs.length - a.runs.length || (a.runs[0] ?? 0) - (b.runs[0] ?? 0)),
    verdicts,
    tokens: spanOf(sides.map(tokensOf)),
    ...(sides.every(({ unpriced }) => unpriced === 0) && { costUsd: spanOf(sides.map(({ costUsd }) => costUsd)) }),
  };
}

/** Of at least one number. */
export function spanOf(numbers: readonly number[]): Span {
  const sorted = numbers.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? 0;
  const half = sorted.length / 2;
  const median = sorted.length % 2 === 1 ? at(Math.floor(half)) : (at(half - 1) + at(half)) / 2;
  return { min: at(0), median, max: at(sorted.length - 1) };
}
