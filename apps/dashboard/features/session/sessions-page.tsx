'use client';
import { useQuery } from '@tanstack/react-query';
import { useQueryStates } from 'nuqs';
import { useMemo } from 'react';
import { trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { sessionParsers } from '../events/filter-url.ts';
import { PageTitle } from '../frame/page-title.tsx';
import { SessionList } from './session-list.tsx';
import { SessionView } from './session-view.tsx';

const MONTH_MS = 30 * 86_400_000;

/** The list of sessions, or the one that the address names. */
export function SessionsPage() {
  const t = useT();
  const [query, setQuery] = useQueryStates(sessionParsers);
  const { id, open, channel, agent } = query;
  if (id) return <SessionView sessionId={id} query={query} onChange={(part) => void setQuery(part)} />;
  const filter = { ...(channel ? { channel } : {}), ...(agent ? { agentId: agent } : {}), ...(open ? { openOnly: true } : {}) };
  return (
    <>
      <PageTitle title={t.sessions.title}>
        <div className="ml-auto flex flex-wrap items-center gap-2">
          <label className="flex h-8 items-center gap-2 text-sm text-ink-2">
            <input
              type="checkbox"
              checked={open}
              onChange={(event) => void setQuery({ open: event.target.checked })}
              className="size-4 accent-[var(--accent)]"
            />
            {t.sessions.openOnly}
          </label>
          <Choices channel={channel} agent={agent} onChange={(part) => void setQuery(part)} />
        </div>
      </PageTitle>
      <SessionList
        filter={filter}
        onFilter={(left) => void setQuery({ open: left.openOnly ?? null, channel: left.channel ?? null, agent: left.agentId ?? null })}
      />
    </>
  );
}

type ChoicesProps = {
  readonly channel: string | null;
  readonly agent: string | null;
  readonly onChange: (part: { channel?: string | null; agent?: string | null }) => void;
};

function Choices({ channel, agent, onChange }: ChoicesProps) {
  const t = useT();
  const range = useMemo(() => {
    const toTime = Math.ceil(Date.now() / 60_000) * 60_000;
    return { fromTime: toTime - MONTH_MS, toTime };
  }, []);
  const facets = useQuery(trpc.events.facets.queryOptions(range));
  return (
    <>
      <Choice
        label={t.sessions.channel}
        value={channel}
        values={facets.data?.channel ?? []}
        onChange={(value) => onChange({ channel: value })}
      />
      <Choice label={t.sessions.agent} value={agent} values={facets.data?.agent ?? []} onChange={(value) => onChange({ agent: value })} />
    </>
  );
}

type ChoiceProps = {
  readonly label: string;
  readonly value: string | null;
  readonly values: readonly { readonly value: string }[];
  readonly onChange: (value: string | null) => void;
};

function Choice({ label, value, values, onChange }: ChoiceProps) {
  const t = useT();
  const names = [...new Set([...(value ? [value] : []), ...values.map((facet) => facet.value).filter(Boolean)])];
  return (
    <select
      aria-label={label}
      value={value ?? ''}
      onChange={(event) => onChange(event.target.value || null)}
      className="h-8 rounded-md border border-line-strong bg-surface px-2 text-sm"
    >
      <option value="">
        {label}: {t.common.all}
      </option>
      {names.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}
