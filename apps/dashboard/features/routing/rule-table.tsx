'use client';
import { useQuery } from '@tanstack/react-query';
import { type Outputs, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Link } from '../../ui/link.tsx';
import { Time } from '../../ui/time.tsx';
import { RuleLink } from '../config/rule-link.tsx';
import { eventsUrl } from '../frame/links.ts';

type Rule = Outputs['routing']['rules']['rules'][number];

const isBinding = (rule: string) => rule.startsWith('bindings[');

/** Every rule in the order it is asked, with what it asks for and how often it decided. */
export function RuleTable({ rules }: { readonly rules: readonly Rule[] }) {
  const t = useT();
  const format = useFormat();
  const place = new Map(rules.map(({ rule }, index) => [rule, index + 1]));
  const columns: readonly Column<Rule>[] = [
    { id: 'place', title: '#', width: '2.5rem', cell: ({ rule }) => <span className="text-ink-3 figures">{place.get(rule)}</span> },
    {
      id: 'rule',
      title: t.routing.rule,
      cell: ({ rule, priority, messagePriority, agentId, shadowedBy, agentMissing, hits }) => (
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <RuleLink rule={rule} defaultAgent={agentId} className="text-xs" />
          {priority === undefined || priority === 0 ? null : <Badge>{t.routing.priority(format.number(priority))}</Badge>}
          {messagePriority === undefined || messagePriority === 'normal' ? null : <Badge tone="accent">{messagePriority}</Badge>}
          {shadowedBy === undefined ? null : <Badge tone="bad">{t.routing.shadowed(shadowedBy)}</Badge>}
          {agentMissing ? <Badge tone="bad">{t.routing.agentMissing}</Badge> : null}
          {isBinding(rule) && hits === 0 && shadowedBy === undefined ? <Badge tone="warn">{t.routing.unused}</Badge> : null}
        </span>
      ),
    },
    { id: 'asks', title: t.routing.asksFor, from: 'md', cell: (rule) => <AsksFor rule={rule} /> },
    { id: 'agent', title: t.routing.agent, cell: ({ agentId }) => agentId ?? '–' },
    { id: 'hits', title: t.routing.hits, align: 'right', cell: ({ hits }) => format.number(hits) },
    {
      id: 'last',
      title: t.routing.last,
      align: 'right',
      from: 'sm',
      cell: ({ rule, lastAt, lastPosition }) =>
        lastAt === undefined || lastPosition === undefined ? <OlderHit rule={rule} /> : <Hit at={lastAt} position={lastPosition} />,
    },
  ];
  return <DataTable label={t.routing.rules} columns={columns} rows={rules} keyOf={({ rule }) => rule} />;
}

function AsksFor({ rule: { rule, expected } }: { readonly rule: Rule }) {
  const t = useT();
  const fields = Object.entries(expected);
  if (!isBinding(rule)) {
    const kind = rule.startsWith('channels.') ? 'channel' : rule in t.routing.named ? (rule as keyof typeof t.routing.named) : 'router';
    return <span className="text-ink-2">{t.routing.named[kind]}</span>;
  }
  if (fields.length === 0) return <span className="text-ink-2">{t.routing.everything}</span>;
  return (
    <ul className="flex flex-wrap gap-x-3 font-mono text-xs">
      {fields.map(([name, value]) => (
        <li key={name} className="[overflow-wrap:anywhere]">
          <span className="text-ink-3">{name}</span> {value}
        </li>
      ))}
    </ul>
  );
}

function Hit({ at, position }: { readonly at: number; readonly position: number }) {
  return (
    <Link
      href={eventsUrl({ range: 'all', selected: position })}
      className="inline-flex min-h-6 items-center text-xs text-ink-2 hover:text-accent hover:underline"
    >
      <Time value={at} />
    </Link>
  );
}

/** Looks further back for the last time that a rule decided. */
function OlderHit({ rule }: { readonly rule: string }) {
  const t = useT();
  const format = useFormat();
  const found = useQuery(trpc.routing.lastHit.queryOptions({ rule }, { staleTime: 60_000, retry: false }));
  if (!found.data) return <span className="text-xs text-ink-3">…</span>;
  const { lastAt, lastPosition, searchedMs, partial } = found.data;
  if (lastAt !== undefined && lastPosition !== undefined) return <Hit at={lastAt} position={lastPosition} />;
  return <span className="text-xs text-ink-3">{partial ? t.routing.notFound : t.routing.never(format.duration(searchedMs))}</span>;
}
