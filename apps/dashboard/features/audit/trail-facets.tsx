'use client';
import { useQuery } from '@tanstack/react-query';
import { bodyOf, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { classNames } from '../../ui/class-names.ts';
import { ErrorState, Skeleton } from '../../ui/states.tsx';
import { type AuditChange, type AuditQuery, actorId, type TrailFilter } from './audit-url.ts';

type Props = { readonly filter: TrailFilter; readonly query: AuditQuery; readonly change: AuditChange };

/** Who did most, and what it was done to, at the side of the list. */
export function TrailFacets(props: Props) {
  const t = useT();
  return (
    <aside aria-label={t.audit.facets} className="flex w-52 shrink-0 flex-col gap-4 max-lg:hidden print:hidden">
      <Facets {...props} />
    </aside>
  );
}

/** The same where there is no room at the side: folded above the list. */
export function TrailFacetSheet(props: Props) {
  const t = useT();
  return (
    <details className="mb-3 rounded-lg border border-line bg-surface lg:hidden print:hidden">
      <summary className="min-h-9 px-3 py-1.5 text-sm text-ink-2">{t.audit.facets}</summary>
      <div className="grid max-h-72 gap-3 overflow-y-auto border-t border-line p-3 sm:grid-cols-2">
        <Facets {...props} />
      </div>
    </details>
  );
}

function Facets({ filter, query, change }: Props) {
  const t = useT();
  const format = useFormat();
  const facets = useQuery({ ...trpc.audit.facets.queryOptions({ filter }), staleTime: 30_000 });
  const { data } = facets;
  if (!data) {
    // That the trail may not be read is said once, in its place.
    const failed = facets.error && bodyOf(facets.error)?.code !== 'FORBIDDEN';
    return failed ? <ErrorState error={facets.error} onRetry={() => void facets.refetch()} /> : <Skeleton lines={6} />;
  }
  return (
    <>
      <Facet title={t.audit.who} values={data.actors} chosen={query.actor} keyOf={actorId} onChoose={(actor) => change({ actor })} />
      <Facet title={t.audit.target} values={data.targets} chosen={query.target} keyOf={same} onChoose={(target) => change({ target })} />
      <p className="px-2 text-xs text-ink-3 figures">
        {data.more ? t.audit.sampled(format.number(data.sample)) : t.audit.counted(format.number(data.sample))}
        {' · '}
        {t.audit.failures(data.failures)}
      </p>
    </>
  );
}

type FacetProps = {
  readonly title: string;
  readonly values: readonly { readonly value: string; readonly count: number }[];
  readonly chosen: string | null;
  readonly keyOf: (value: string) => string;
  readonly onChoose: (value: string | null) => void;
};

function Facet({ title, values, chosen, keyOf, onChoose }: FacetProps) {
  const format = useFormat();
  if (values.length === 0) return null;
  return (
    <section aria-label={title}>
      <h2 className="px-2 pb-1 text-xs font-medium text-ink-3">{title}</h2>
      <ul className="flex flex-col">
        {values.map(({ value, count }) => {
          const on = keyOf(value) === chosen;
          return (
            <li key={value}>
              <button
                type="button"
                aria-pressed={on}
                title={value}
                onClick={() => onChoose(on ? null : keyOf(value))}
                className={classNames(
                  'flex min-h-7 w-full items-center gap-2 rounded-md px-2 text-left text-xs',
                  on ? 'bg-accent-soft text-accent' : 'text-ink-2 hover:bg-sunken',
                )}
              >
                <span className="min-w-0 flex-1 truncate font-mono">{shortened(value)}</span>
                <span className="shrink-0 text-ink-3 figures">{format.number(count)}</span>
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function same(value: string): string {
  return value;
}

/** Ids are told apart by their ends. */
export function shortened(value: string): string {
  return value.replace(/\b([a-z]{2,4}_)[0-9a-z]{18}([0-9a-z]{8})\b/g, '$1…$2');
}
