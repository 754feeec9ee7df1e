'use client';
import { useState } from 'react';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { classNames } from '../../ui/class-names.ts';
import { Panel } from '../../ui/panel.tsx';
import { EmptyState } from '../../ui/states.tsx';
import { PatchList } from '../session/patch-list.tsx';
import { RunsPanel, Stopped } from './runs-panel.tsx';
import { TurnDiff } from './turn-diff.tsx';
import { type ListedTurn, type Run, type SessionReport, VERDICT_TONES, VERDICTS, type Verdict, VerdictStrip } from './verdict-strip.tsx';

const SHOWN_TURNS = 100;

type SessionReportProps = {
  readonly run: Run;
  readonly report: SessionReport;
  readonly message: number | null;
  readonly onMessage: (message: number | null) => void;
};

/** Whether the recording came out unchanged, and what the change made of each message. */
export function SessionReportView({ run, report, message, onMessage }: SessionReportProps) {
  const t = useT();
  const [only, setOnly] = useState<Verdict>();
  const turns = report.turns
    .filter((turn) => only === undefined || turn.verdict === only)
    .toSorted((a, b) => VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict) || a.message - b.message);
  const chosen = message ?? turns[0]?.message;
  const isChanged = report.changed !== undefined;
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <Baseline report={report} wantsChange={Object.keys(run.change).length > 0 || run.level === 'live'} />
      <VerdictStrip counts={run.outcome?.counts ?? {}} chosen={only} onChoose={setOnly} />
      {report.runs && report.runs.wanted > 1 ? <RunsPanel runs={report.runs} turns={report.turns} onMessage={onMessage} /> : null}
      {report.runs?.stopped ? <Stopped stopped={report.runs.stopped} /> : null}
      <Totals turns={report.turns} live={report.live} />
      <div
        className={classNames(
          'grid min-w-0 items-start gap-4 xl:grid-cols-[22rem_minmax(0,1fr)]',
          !report.baseline.faithful && 'grayscale',
        )}
      >
        <Panel title={t.replay.messages}>
          {turns.length === 0 ? <EmptyState title={t.replay.noMessages} /> : null}
          <ol className="max-h-[60rem] divide-y divide-line overflow-y-auto scroll-quiet">
            {turns.slice(0, SHOWN_TURNS).map((turn) => (
              <li key={turn.message}>
                <button
                  type="button"
                  aria-current={turn.message === chosen}
                  onClick={() => onMessage(turn.message)}
                  className={classNames(
                    'flex w-full flex-col gap-1 px-4 py-2 text-left text-sm',
                    turn.message === chosen ? 'bg-accent-soft' : 'hover:bg-sunken',
                  )}
                >
                  <span className="flex w-full items-center gap-2">
                    <span className="text-xs text-ink-3 figures">{turn.message}</span>
                    <Badge tone={VERDICT_TONES[turn.verdict]}>{t.replay.verdicts[turn.verdict]}</Badge>
                    {turn.spread && turn.spread.runs > 1 ? (
                      <span className="text-xs text-ink-3">{t.replay.distinct(turn.spread.distinctAnswers, turn.spread.runs)}</span>
                    ) : null}
                  </span>
                  <span className="line-clamp-2 text-ink-2 foreign-text">{turn.text}</span>
                </button>
              </li>
            ))}
          </ol>
          {turns.length > SHOWN_TURNS ? (
            <p className="p-3 text-xs text-ink-3">{t.replay.moreMessages(turns.length - SHOWN_TURNS)}</p>
          ) : null}
        </Panel>
        {chosen === undefined ? null : <TurnDiff run={run} message={chosen} isChanged={isChanged} />}
      </div>
    </div>
  );
}

function Baseline({
  report: { baseline, unknownTools, changed },
  wantsChange,
}: {
  readonly report: SessionReport;
  readonly wantsChange: boolean;
}) {
  const t = useT();
  const first = baseline.divergences[0];
  return (
    <section
      aria-label={t.replay.baseline}
      className={classNames(
        'rounded-lg border border-line border-l-4 bg-surface px-4 py-3 text-sm',
        baseline.faithful ? 'border-l-ok' : 'border-l-bad',
      )}
    >
      <p>
        <Badge tone={baseline.faithful ? 'ok' : 'bad'} className="mr-2">
          {baseline.faithful ? t.replay.faithful : t.replay.unfaithful}
        </Badge>
        {baseline.faithful ? t.replay.faithfulWhy(baseline.events) : t.replay.unfaithfulWhy}
      </p>
      <p className="mt-1 font-mono text-xs text-ink-3 [overflow-wrap:anywhere]">
        {baseline.recordedDigest}
        {changed ? ` → ${changed.replayedDigest}` : ''}
      </p>
      {unknownTools.length > 0 ? <p className="mt-1 text-xs text-warn">{t.replay.unknownTools(unknownTools.join(', '))}</p> : null}
      {baseline.messages.skipped > 0 ? <p className="mt-1 text-xs text-ink-2">{t.replay.skipped(baseline.messages.skipped)}</p> : null}
      {first ? (
        <div className="mt-2 rounded-md bg-sunken">
          <p className="px-4 pt-2 text-xs">
            {t.replay.firstDivergence(first.message, first.position ?? 0, first.recorded?.type ?? first.replayed?.type ?? '')}
          </p>
          <PatchList patch={first.patch} before={first.recorded ?? null} />
        </div>
      ) : null}
      {!baseline.faithful && wantsChange ? <p className="mt-2 text-ink-2">{t.replay.candidateGrey}</p> : null}
    </section>
  );
}

/** Not a number where a model has no price. */
const costOf = ({ costUsd, unpriced }: ListedTurn['recorded']): number => (unpriced > 0 ? Number.NaN : costUsd);

function differenceOf(before: number, after: number, show: (value: number) => string): string {
  const difference = after - before;
  if (Number.isNaN(difference)) return '–';
  return difference === 0 ? '0' : `${difference > 0 ? '+' : '−'}${show(Math.abs(difference))}`;
}

function Totals({ turns, live }: { readonly turns: readonly ListedTurn[]; readonly live: SessionReport['live'] }) {
  const t = useT();
  const format = useFormat();
  const sum = (side: 'recorded' | 'replayed', of: (turn: ListedTurn['recorded']) => number) =>
    turns.reduce((total, turn) => total + of(turn[side]), 0);
  const rows = [
    { name: t.replay.totals.input, of: (side: ListedTurn['recorded']) => side.inputTokens, show: format.number },
    { name: t.replay.totals.output, of: (side: ListedTurn['recorded']) => side.outputTokens, show: format.number },
    {
      name: t.replay.totals.cost,
      of: costOf,
      show: (usd: number) => (Number.isNaN(usd) ? t.replay.unknownCost : `$${usd.toPrecision(3)}`),
    },
    { name: t.replay.totals.model, of: (side: ListedTurn['recorded']) => side.modelMs, show: format.duration },
  ];
  return (
    <Panel
      title={t.replay.totals.title}
      note={
        live
          ? t.replay.liveUse(
              live.requests,
              format.number(live.tokens),
              live.costUsd === undefined ? t.replay.unknownCost : `$${live.costUsd.toPrecision(3)}`,
            )
          : t.replay.totals.recordedNote
      }
    >
      <table className="w-full text-left text-sm figures">
        <thead className="text-xs text-ink-3">
          <tr>
            <th className="px-4 py-1.5 font-medium">{t.replay.totals.what}</th>
            <th className="text-right font-medium">{t.route.before}</th>
            <th className="text-right font-medium">{t.route.after}</th>
            <th className="px-4 text-right font-medium">{t.replay.totals.difference}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, of, show }) => {
            const [before, after] = [sum('recorded', of), sum('replayed', of)];
            return (
              <tr key={name} className="border-t border-line">
                <th scope="row" className="px-4 py-1.5 font-normal">
                  {name}
                </th>
                <td className="text-right">{show(before)}</td>
                <td className="text-right">{show(after)}</td>
                <td className="px-4 text-right text-ink-2">{differenceOf(before, after, show)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Panel>
  );
}
