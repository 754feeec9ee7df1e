'use client';
import { useState } from 'react';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { classNames } from '../../ui/class-names.ts';
import { ScrollArea } from '../../ui/scroll-area.tsx';
import { type Choices, importanceOf } from './importance.ts';
import { HiddenButton } from './importance-chooser.tsx';
import { selfMs } from './time-axis.ts';
import { type Bar, SHOWN_BARS, STAGES, type Waterfall } from './waterfall.ts';
import type { Moving } from './waterfall-chart.tsx';

/** The same figures as the bars show. */
export function WaterfallTable({
  flow,
  onMove,
  choices,
}: Pick<Moving, 'onMove'> & { readonly flow: Waterfall; readonly choices: Choices }) {
  const t = useT();
  const format = useFormat();
  const [shown, setShown] = useState(SHOWN_BARS);
  const [all, setAll] = useState(false);
  const told = flow.bars.filter(({ outcome, type }) => outcome === 'failed' || importanceOf(choices, type) !== 'hidden');
  const bars = all ? flow.bars : told;
  return (
    <ScrollArea label={t.turn.table} className="overflow-x-auto px-4 py-3">
      <table aria-label={t.turn.table} className="w-full min-w-md text-left text-xs figures">
        <thead className="text-ink-3">
          <tr>
            <th className="py-1 font-medium">{t.turn.stage}</th>
            <th className="font-medium">{t.turn.detail}</th>
            <th className="text-right font-medium">{t.turn.start}</th>
            <th className="text-right font-medium">{t.turn.duration}</th>
            <th className="text-right font-medium">{t.turn.selfTime}</th>
          </tr>
        </thead>
        <tbody>
          {bars.slice(0, shown).map((bar) => (
            <tr key={`${bar.stage}${bar.position}`} className="border-t border-line align-top">
              <th scope="row" className="pr-2 font-normal">
                <button type="button" onClick={() => onMove(bar.position)} className="min-h-6 text-left text-accent hover:underline">
                  {t.turn.stages[bar.stage]}
                </button>
              </th>
              <td className={classNames('py-1 pr-2 break-all', bar.outcome === 'failed' ? 'text-bad' : 'text-ink-2')}>
                <Detail bar={bar} />
              </td>
              <td className="py-1 text-right">{format.duration(bar.startMs)}</td>
              <td className="py-1 text-right">{bar.endMs === undefined ? t.turn.ongoing : format.duration(bar.endMs - bar.startMs)}</td>
              <td className="py-1 text-right">{format.duration(selfMs(bar, flow.bars, flow.totalMs))}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {bars.length > shown ? (
        <Button look="quiet" className="mt-2" onClick={() => setShown(shown + SHOWN_BARS)}>
          {t.turn.moreBars(bars.length - shown)}
        </Button>
      ) : null}
      <HiddenButton hidden={flow.bars.length - told.length} all={all} onAll={setAll} />
    </ScrollArea>
  );
}

function Detail({ bar }: { readonly bar: Bar }) {
  const t = useT();
  const format = useFormat();
  return [
    bar.label,
    bar.outcome === 'failed' ? t.severity.error : '',
    bar.approval ? t.turn.approval : '',
    bar.retry ? t.turn.retry : '',
    bar.firstTokenMs === undefined ? '' : `${t.turn.firstToken} ${format.duration(bar.firstTokenMs)}`,
  ]
    .filter(Boolean)
    .join(' · ');
}

/** A line for each lane: how often and how long. */
export function WaterfallSummary({ flow }: { readonly flow: Waterfall }) {
  const t = useT();
  const format = useFormat();
  const lanes = STAGES.map((stage) => {
    const bars = flow.bars.filter((bar) => bar.stage === stage);
    return {
      stage,
      count: bars.length,
      failed: bars.filter((bar) => bar.outcome === 'failed').length,
      tookMs: bars.reduce((sum, bar) => sum + selfMs(bar, flow.bars, flow.totalMs), 0),
    };
  }).filter(({ count }) => count > 0);
  return (
    <ol aria-label={t.turn.waterfall} className="flex flex-wrap items-center gap-x-1 gap-y-2 px-4 py-3 text-xs">
      {lanes.map(({ stage, count, failed, tookMs }, index) => (
        <li key={stage} className="flex items-center gap-1">
          {index > 0 ? (
            <span aria-hidden className="text-ink-3">
              →
            </span>
          ) : null}
          <span className={classNames('rounded bg-sunken px-1.5 py-0.5', failed > 0 && 'text-bad')}>
            {t.turn.stages[stage]}
            {count > 1 ? ` ×${count}` : ''} <span className="text-ink-3 figures">{tookMs > 0 ? format.duration(tookMs) : ''}</span>
          </span>
        </li>
      ))}
    </ol>
  );
}
