'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useRefresh } from '../../data/feed.ts';
import { trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { classNames } from '../../ui/class-names.ts';
import { CodeBlock } from '../../ui/code-block.tsx';
import { later } from '../../ui/later.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { EmptyState, Loaded } from '../../ui/states.tsx';
import { useKeys } from '../frame/keys.ts';
import { PageTitle } from '../frame/page-title.tsx';
import { ApprovalView } from './approval-view.tsx';
import { DecisionHistory } from './decision-history.tsx';
import { concernsApprovals } from './use-waiting.ts';
import { WaitingList } from './waiting-list.tsx';

const NotifySwitch = later(() => import('./notify-switch.tsx').then((module) => module.NotifySwitch), { idle: true });

const REFRESH_MS = 500;
const POLL_MS = 15_000;
const VIEWS = ['waiting', 'history'] as const;
const EXAMPLE = `tools: { rules: [{ tools: ['exec.run'], action: 'ask' }] }`;

/** Calls that wait for a person: the inbox beside the call that the address names, and what was decided. */
export function ApprovalsPage() {
  const t = useT();
  const [query, setQuery] = useQueryStates({
    view: parseAsStringLiteral(VIEWS).withDefault('waiting'),
    id: parseAsString,
    q: parseAsString.withDefault(''),
  });
  const choices = VIEWS.map((value) => ({ value, title: t.approvals[value] }));
  return (
    <>
      <PageTitle title={t.approvals.title}>
        <Segmented label={t.approvals.views} choices={choices} value={query.view} onChange={(view) => void setQuery({ view, id: null })} />
        <div className="ml-auto">
          <NotifySwitch />
        </div>
      </PageTitle>
      {query.view === 'history' ? (
        <DecisionHistory key={query.q} query={query.q} onQuery={(q) => void setQuery({ q })} />
      ) : (
        <Inbox
          id={query.id ?? undefined}
          onSelect={(id) => void setQuery({ id })}
          onHistory={() => void setQuery({ view: 'history', id: null })}
        />
      )}
    </>
  );
}

type InboxProps = {
  readonly id: string | undefined;
  readonly onSelect: (id: string | null) => void;
  readonly onHistory: () => void;
};

function Inbox({ id, onSelect, onHistory }: InboxProps) {
  const t = useT();
  const cache = useQueryClient();
  const waiting = useQuery({ ...trpc.approvals.waiting.queryOptions(), refetchInterval: POLL_MS });
  const refresh = () => {
    void cache.invalidateQueries(trpc.approvals.waiting.queryFilter());
    // Somebody else may have said the first yes, or the last word.
    void cache.invalidateQueries(trpc.approvals.inspect.queryFilter());
  };
  useRefresh(concernsApprovals, refresh, REFRESH_MS);
  const codes = waiting.data?.approvals.map(({ code }) => code) ?? [];
  const shown = id?.toUpperCase() ?? codes[0];
  const step = (by: number) => () => {
    const next = codes[Math.min(Math.max(codes.indexOf(shown ?? '') + by, 0), codes.length - 1)];
    if (next === undefined) return false;
    onSelect(next);
    document.querySelector<HTMLElement>(`[data-approval="${next}"]`)?.focus();
    return true;
  };
  useKeys({ j: step(1), k: step(-1) });
  return (
    <Loaded query={waiting}>
      {({ approvals, now }) => {
        const offsetMs = now - waiting.dataUpdatedAt;
        if (approvals.length === 0 && id === undefined) return <Nothing />;
        return (
          <div className="grid min-h-0 items-start gap-4 lg:grid-cols-[22rem_minmax(0,1fr)]">
            <div className={classNames('flex flex-col gap-2', id !== undefined && 'max-lg:hidden')}>
              {approvals.length === 0 ? null : (
                <WaitingList approvals={approvals} selected={shown} offsetMs={offsetMs} onSelect={onSelect} />
              )}
              <p className="px-1 text-xs text-ink-3 max-sm:hidden">{t.approvals.keys}</p>
            </div>
            {shown === undefined ? null : (
              <div className={classNames('min-w-0', id === undefined && 'max-lg:hidden')}>
                <ApprovalView
                  key={shown}
                  code={shown}
                  offsetMs={offsetMs}
                  onBack={() => onSelect(null)}
                  onDecided={() => onSelect(null)}
                  onHistory={onHistory}
                />
              </div>
            )}
          </div>
        );
      }}
    </Loaded>
  );
}

function Nothing() {
  const t = useT();
  return (
    <EmptyState title={t.approvals.none}>
      <p>{t.approvals.noneWhy}</p>
      <CodeBlock label="openclaw.json" text={EXAMPLE} wrap />
    </EmptyState>
  );
}
