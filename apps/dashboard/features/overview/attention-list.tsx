'use client';
import ChevronRight from 'lucide-react/icons/chevron-right';
import CircleAlert from 'lucide-react/icons/circle-alert';
import CircleCheck from 'lucide-react/icons/circle-check';
import TriangleAlert from 'lucide-react/icons/triangle-alert';
import Link from 'next/link';
import type { Outputs } from '../../data/trpc.ts';
import type { Catalog } from '../../i18n/en/index.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { attentionLink } from './attention-link.ts';

export type AttentionItem = Outputs['overview']['attention'][number];

/** What waits for a person, each line with the way to it. */
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
    <ul className="divide-y divide-line">
      {items.map((item) => (
        <li key={`${item.kind}${item.subject ?? ''}${item.position ?? ''}`}>
          <Item item={item} />
        </li>
      ))}
    </ul>
  );
}

function Item({ item }: { readonly item: AttentionItem }) {
  const t = useT();
  const format = useFormat();
  const Icon = item.severity === 'error' ? CircleAlert : TriangleAlert;
  const about = item.messageId ? item.subject : undefined;
  return (
    <Link href={attentionLink(item)} className="flex items-start gap-2.5 px-4 py-2.5 hover:bg-sunken">
      <Icon
        aria-label={t.severity[item.severity]}
        className={`mt-0.5 size-4 shrink-0 ${item.severity === 'error' ? 'text-bad' : 'text-warn'}`}
      />
      <span className="min-w-0 flex-1 text-sm">
        <span className="font-medium">{sentence(item, t)}</span>
        {about ? <span className="ml-1.5 text-ink-2 foreign-text">“{about}”</span> : null}
        {item.problem ? <span className="block truncate text-ink-3">{item.problem}</span> : null}
      </span>
      {item.since === undefined ? null : (
        <span className="shrink-0 text-xs leading-5 text-ink-3 figures">{format.ago(item.since, Date.now())}</span>
      )}
      <ChevronRight aria-hidden className="mt-0.5 size-4 shrink-0 text-ink-3" />
    </Link>
  );
}

function sentence(item: AttentionItem, t: Catalog): string {
  const { kind, count, subject = '' } = item;
  switch (kind) {
    case 'held':
    case 'dead_lettered':
    case 'quarantined':
      return t.overview[kind];
    case 'unsettled':
    case 'rejected':
      return t.overview[kind](count);
    case 'projection_lagging':
      return t.overview.projection_lagging(subject, count);
    default:
      return t.overview[kind](subject);
  }
}
