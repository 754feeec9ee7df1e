'use client';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Panel } from '../../ui/panel.tsx';
import type { ListedTurn, SessionReport } from './verdict-strip.tsx';

type Runs = NonNullable<SessionReport['runs']>;

type RunsPanelProps = {
  readonly runs: Runs;
  readonly turns: readonly ListedTurn[];
  readonly onMessage: (message: number) => void;
};

const SHOWN = 100;

/** How much several live runs of the same messages differ. */
export function RunsPanel({ runs: { wanted, completed, cancelled, tokens, costUsd }, turns, onMessage }: RunsPanelProps) {
  const t = useT();
  const format = useFormat();
  const dollars = (usd: number) => `$${usd.toPrecision(3)}`;
  return (
    <Panel title={t.replay.runsTitle} note={cancelled ? t.replay.runsCancelled(completed, wanted) : t.replay.runsDone(completed, wanted)}>
      <div className="overflow-x-auto scroll-quiet">
        <table className="w-full text-left text-sm figures">
          <thead className="text-xs text-ink-3">
            <tr>
              <th className="px-4 py-1.5 font-medium">{t.replay.totals.what}</th>
              <th className="px-2 font-medium">{t.replay.answersColumn}</th>
              <th className="px-2 font-medium">{t.replay.verdictsColumn}</th>
              <th className="px-2 text-right font-medium">{t.replay.tokenSpan}</th>
              <th className="px-4 text-right font-medium">{t.replay.costSpan}</th>
            </tr>
          </thead>
          <tbody>
            {tokens ? (
              <tr className="border-t border-line font-medium">
                <th scope="row" className="px-4 py-1.5 font-medium">
                  {t.replay.wholeRun}
                </th>
                <td className="px-2" />
                <td className="px-2" />
                <td className="px-2 text-right">{spanText(tokens, format.number)}</td>
                <td className="px-4 text-right">{costUsd ? spanText(costUsd, dollars) : t.replay.unknownCost}</td>
              </tr>
            ) : null}
            {turns.slice(0, SHOWN).map(({ message, spread }) =>
              spread ? (
                <tr key={message} className="border-t border-line">
                  <th scope="row" className="px-4 py-1 font-normal">
                    <button type="button" onClick={() => onMessage(message)} className="min-h-6 text-accent hover:underline">
                      {t.replay.message(message)}
                    </button>
                  </th>
                  <td className="px-2">{t.replay.distinct(spread.distinctAnswers, spread.runs)}</td>
                  <td className="px-2">{Object.keys(spread.verdicts).length}</td>
                  <td className="px-2 text-right">{spanText(spread.tokens, format.number)}</td>
                  <td className="px-4 text-right">{spread.costUsd ? spanText(spread.costUsd, dollars) : t.replay.unknownCost}</td>
                </tr>
              ) : null,
            )}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

/** Where the budget ended the runs, and why. */
export function Stopped({ stopped: { run, message, of, reason } }: { readonly stopped: NonNullable<Runs['stopped']> }) {
  const t = useT();
  return (
    <section
      aria-label={t.replay.stoppedTitle}
      className="rounded-lg border border-line border-l-4 border-l-warn bg-surface px-4 py-3 text-sm"
    >
      <p className="font-semibold">{t.replay.stopped(run, message, of)}</p>
      <p className="text-ink-2 foreign-text">{reason}</p>
    </section>
  );
}

function spanText({ min, median, max }: NonNullable<Runs['tokens']>, show: (value: number) => string): string {
  return min === max ? show(min) : `${show(min)} – ${show(median)} – ${show(max)}`;
}
