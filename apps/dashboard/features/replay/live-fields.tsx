'use client';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { client, type Outputs } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { SaidError } from '../../ui/said.tsx';
import type { StepProps } from './change-step.tsx';
import { FIELD_LOOK, Field } from './form-fields.tsx';
import { changeOf, type Draft, sourceOf } from './order.ts';

const SETTLE_MS = 500;
const MOST_RUNS = 10;

/** How often a live run is made, what it may use at most, and what it would. */
export function LiveFields({ draft, set }: StepProps) {
  const t = useT();
  return (
    <>
      <div className="grid gap-3 sm:grid-cols-2">
        <Field label={t.replay.runsWanted} hint={t.replay.runsHint}>
          <input
            type="number"
            min={1}
            max={MOST_RUNS}
            required
            value={draft.runs}
            onChange={(event) => set({ runs: event.target.valueAsNumber })}
            className={FIELD_LOOK}
          />
        </Field>
        <Field label={t.replay.maxCost} hint={t.replay.maxCostHint}>
          <input
            inputMode="decimal"
            pattern="\d{0,4}(\.\d{1,6})?"
            value={draft.maxCost}
            onChange={(event) => set({ maxCost: event.target.value })}
            className={FIELD_LOOK}
          />
        </Field>
        <Field label={t.replay.tokens} hint={t.replay.budgetHint}>
          <input
            type="number"
            min={1}
            max={2_000_000}
            required
            value={draft.tokens}
            onChange={(event) => set({ tokens: event.target.valueAsNumber })}
            className={FIELD_LOOK}
          />
        </Field>
        <Field label={t.replay.requests}>
          <input
            type="number"
            min={1}
            max={2_000}
            required
            value={draft.requests}
            onChange={(event) => set({ requests: event.target.valueAsNumber })}
            className={FIELD_LOOK}
          />
        </Field>
      </div>
      <EstimateLine draft={draft} />
    </>
  );
}

/** Asked for once nothing has been typed for half a second. */
function EstimateLine({ draft }: { readonly draft: Draft }) {
  const t = useT();
  const source = sourceOf(draft);
  const wanted = JSON.stringify({ source, change: changeOf({ ...draft, level: 'live' }), runs: draft.runs });
  const settled = useSettled(wanted);
  const isPossible = source !== undefined && draft.runs >= 1 && draft.runs <= MOST_RUNS;
  const estimate = useQuery({
    queryKey: ['replays', 'estimate', settled],
    queryFn: ({ signal }) => client.replays.estimate.mutate(JSON.parse(settled), { signal }),
    enabled: isPossible,
    retry: false,
  });
  if (!isPossible) return null;
  if (estimate.error)
    return (
      <p className="text-sm text-bad foreign-text">
        <SaidError error={estimate.error} brief />
      </p>
    );
  if (!estimate.data || settled !== wanted) return <p className="text-sm text-ink-3">{t.common.loading}</p>;
  return <Estimated estimate={estimate.data} draft={draft} />;
}

function Estimated({ estimate, draft }: { readonly estimate: Outputs['replays']['estimate']; readonly draft: Draft }) {
  const t = useT();
  const format = useFormat();
  const { runs, requests, inputTokens, outputTokens, costUsd, models, unknown } = estimate;
  const unpriced = models.filter((model) => model.costUsd === undefined).map(({ model }) => model);
  const isBeyond =
    inputTokens + outputTokens > draft.tokens ||
    requests > draft.requests ||
    (draft.maxCost !== '' && (costUsd ?? 0) > Number(draft.maxCost));
  return (
    <div role="status" aria-label={t.replay.estimate} className="flex flex-col gap-1 rounded-md bg-sunken px-3 py-2 text-sm figures">
      <p>
        {t.replay.estimated(runs, format.number(requests), format.number(inputTokens), format.number(outputTokens))}{' '}
        <strong>{costUsd === undefined ? t.replay.costUnknown : t.replay.costs(`$${costUsd.toPrecision(3)}`)}</strong>
      </p>
      {unpriced.length > 0 ? <p className="text-ink-2">{t.replay.unpriced(unpriced.join(', '))}</p> : null}
      {unpriced.length > 0 && draft.maxCost !== '' ? <p className="text-warn">{t.replay.costNeedsPrice}</p> : null}
      {unknown > 0 ? <p className="text-ink-2">{t.replay.unknownMessages(unknown)}</p> : null}
      {isBeyond ? <p className="text-warn">{t.replay.beyondBudget}</p> : null}
    </div>
  );
}

function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
