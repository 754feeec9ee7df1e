'use client';
import CircleAlert from 'lucide-react/icons/circle-alert';
import CircleCheck from 'lucide-react/icons/circle-check';
import TriangleAlert from 'lucide-react/icons/triangle-alert';
import type { Outputs } from '../../data/trpc.ts';
import type { Catalog } from '../../i18n/en/index.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { later } from '../../ui/later.tsx';
import { Link } from '../../ui/link.tsx';
import { attentionLink } from './attention-link.ts';

const AttentionAction = later(() => import('./attention-action.tsx').then((module) => module.AttentionAction));

export type AttentionItem = Outputs['overview']['attention'][number];

/** What waits for a person, each line with the way to it and what to do. */
export function AttentionList({ items }: { readonly items: readonly AttentionItem[] }) {
  const t = useT();
  if (items.length === 0) {
    return (
      <div className="flex gap-2.5 px-4 py-5">
        <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-ok" />
        <div>
          <p className="text-sm font-medium">{t.overview.attentionNone}</p>
          <p className="text-sm text-ink-3">{t.overview.attentionNoneWhy}</p>
        </div>
      </div>
    );
  }
  return (
    <ul className="max-h-96 divide-y divide-line overflow-y-auto scroll-quiet">
      {items.map((item) => (
        <li
          key={`${item.kind}${item.subject ?? ''}${item.code ?? item.messageId ?? item.position ?? ''}`}
          className="flex flex-wrap items-center gap-x-2 pr-3 hover:bg-sunken"
        >
          <Item item={item} />
          <AttentionAction item={item} />
        </li>
      ))}
    </ul>
  );
}

function Item({ item }: { readonly item: AttentionItem }) {
  const t = useT();
  const format = useFormat();
  const Icon = item.severity === 'error' ? CircleAlert : TriangleAlert;
  const about = item.messageId && item.kind !== 'approval' ? item.subject : undefined;
  return (
    <Link href={attentionLink(item)} className="flex min-w-0 flex-1 basis-64 items-start gap-2.5 py-2.5 pl-4">
      <Icon
        aria-label={t.severity[item.severity]}
        className={`mt-0.5 size-4 shrink-0 ${item.severity === 'error' ? 'text-bad' : 'text-warn'}`}
      />
      <span className="min-w-0 flex-1 text-sm">
        <span className="font-medium">{sentence(item, t)}</span>
        {about ? <span className="ml-1.5 text-ink-2 foreign-text">“{about}”</span> : null}
        {item.problem ? <span className="block truncate text-ink-3">{item.problem}</span> : null}
      </span>
      {item.until !== undefined || item.since !== undefined ? (
        <span className="shrink-0 text-xs leading-5 text-ink-3 figures">
          {item.until === undefined
            ? format.ago(item.since ?? 0, Date.now())
            : t.overview.deniedIn(format.duration(Math.max(0, item.until - Date.now())))}
        </span>
      ) : null}
    </Link>
  );
}

function sentence(item: AttentionItem, t: Catalog): string {
  const { kind, count, subject = '' } = item;
  switch (kind) {
    case 'held':
    case 'dead_lettered':
    case 'quarantined':
    case 'config_refused':
      return t.overview[kind];
    case 'unsettled':
    case 'rejected':
    case 'config_pending':
      return t.overview[kind](count);
    case 'projection_lagging':
      return t.overview.projection_lagging(subject, count);
    case 'alert':
      return t.overview.alert(t.overview.alerts[subject] ?? subject);
    default:
      return t.overview[kind](subject);
  }
}
