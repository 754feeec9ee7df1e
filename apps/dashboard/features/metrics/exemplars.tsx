'use client';
import { useQuery } from '@tanstack/react-query';
import { trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Loaded } from '../../ui/states.tsx';
import { SlowAnswers } from '../session/slow-answers.tsx';
import { MEASURED_EVERY_MS } from './metrics-url.ts';

/** Whom the chosen time of the charts kept waiting: the way from a figure to the conversations behind it. */
export function Exemplars({ fromTime, stepMs }: { readonly fromTime: number; readonly stepMs: number }) {
  const t = useT();
  const format = useFormat();
  const range = { fromTime: fromTime - MEASURED_EVERY_MS, toTime: fromTime + stepMs };
  const slowest = useQuery(trpc.metrics.slowest.queryOptions(range));
  return (
    <Panel title={t.metrics.exemplars(format.minute(fromTime))} note={t.metrics.exemplarsNote}>
      <Loaded query={slowest}>{(answers) => <SlowAnswers answers={answers} empty={t.metrics.exemplarsNone} />}</Loaded>
    </Panel>
  );
}
