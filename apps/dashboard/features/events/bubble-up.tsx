'use client';
import { useQuery } from '@tanstack/react-query';
import X from 'lucide-react/icons/x';
import { trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { IconButton } from '../../ui/button.tsx';
import { EmptyState, Loaded, Skeleton } from '../../ui/states.tsx';
import { clauseFor } from './clause-for.ts';
import { withClause } from './clauses.ts';
import type { EventFilter } from './filter.ts';
import type { EventQueryState } from './use-event-query.ts';

/** Some events and what they are compared with. */
export type Compared = { readonly title: string; readonly selected: EventFilter; readonly baseline: EventFilter };

type BubbleUpProps = { readonly compared: Compared; readonly state: EventQueryState; readonly onClose: () => void };

/** By which fields the chosen events differ from the others, the most telling field first. */
export function BubbleUp({ compared, state, onClose }: BubbleUpProps) {
  const t = useT();
  const format = useFormat();
  const { title, selected, baseline } = compared;
  const comparison = useQuery(trpc.events.compare.queryOptions({ selected, baseline }));
  const count = (side: { readonly events: number; readonly isWhole: boolean }) =>
    `${side.isWhole ? '' : '≈ '}${format.number(side.events)}`;
  return (
    <section aria-label={t.events.compare} className="mb-3 max-h-80 overflow-auto rounded-lg border border-line bg-surface scroll-quiet">
      <header className="sticky top-0 flex min-h-10 flex-wrap items-center gap-x-4 border-b border-line bg-surface px-4 text-sm">
        <h2 className="font-semibold">{t.events.compare}</h2>
        <span className="text-ink-2">{title}</span>
        {comparison.data ? (
          <span className="text-xs text-ink-3 figures">
            {t.events.compared(count(comparison.data.selected), count(comparison.data.baseline))}
          </span>
        ) : null}
        <span className="ml-auto flex items-center gap-3 text-xs text-ink-3">
          <Key className="bg-accent" text={t.events.chosen} />
          <Key className="bg-line-strong" text={t.events.baseline} />
          <IconButton label={t.common.close} onClick={onClose} className="size-7">
            <X aria-hidden className="size-3.5" />
          </IconButton>
        </span>
      </header>
      <Loaded query={comparison} skeleton={<Skeleton lines={4} className="p-4" />}>
        {({ fields, selected: chosen }) =>
          chosen.events === 0 ? (
            <EmptyState title={t.events.emptyFiltered} />
          ) : (
            <ol className="grid gap-x-6 gap-y-4 p-4 sm:grid-cols-2 xl:grid-cols-4">
              {fields.map(({ field, divergence, values }) => (
                <li key={field} className="min-w-0">
                  <h3 className="flex items-baseline gap-2 pb-1 text-xs font-medium">
                    {t.events.facetNames[field]}
                    <span className="font-normal text-ink-3 figures">{t.events.differs(Math.round(divergence * 100))}</span>
                  </h3>
                  <ul>
                    {values.slice(0, 5).map(({ value, share, baseline: other }) => (
                      <li key={value}>
                        <button
                          type="button"
                          title={value}
                          aria-label={t.events.shares(value, Math.round(share * 100), Math.round(other * 100))}
                          onClick={() => state.change({ q: withClause(state.query.q, clauseFor(field, [value])) })}
                          className="block min-h-7 w-full rounded px-1 py-0.5 text-left text-2xs hover:bg-sunken"
                        >
                          <span className="flex justify-between gap-2">
                            <span className="min-w-0 truncate font-mono text-ink-2">{value}</span>
                            <span className="shrink-0 text-ink-3 figures">
                              {Math.round(share * 100)} / {Math.round(other * 100)} %
                            </span>
                          </span>
                          <span aria-hidden className="mt-0.5 block h-1 bg-accent" style={{ width: `${share * 100}%` }} />
                          <span aria-hidden className="mt-px block h-1 bg-line-strong" style={{ width: `${other * 100}%` }} />
                        </button>
                      </li>
                    ))}
                  </ul>
                </li>
              ))}
            </ol>
          )
        }
      </Loaded>
    </section>
  );
}

function Key({ className, text }: { readonly className: string; readonly text: string }) {
  return (
    <span className="flex items-center gap-1">
      <span aria-hidden className={`h-1.5 w-3 ${className}`} />
      {text}
    </span>
  );
}
