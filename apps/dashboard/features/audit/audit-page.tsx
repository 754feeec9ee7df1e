'use client';
import { useQueryStates } from 'nuqs';
import { useT } from '../../i18n/index.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { PageTitle } from '../frame/page-title.tsx';
import { type AuditChange, auditParsers, auditUrlKeys, VIEWS } from './audit-url.ts';
import { CheckpointsView } from './checkpoints-view.tsx';
import { TrailView } from './trail-view.tsx';
import { VerifyView } from './verify-view.tsx';

/** Who did what, and whether the log is still what was written. */
export function AuditPage() {
  const t = useT();
  const [query, setQuery] = useQueryStates(auditParsers, { urlKeys: auditUrlKeys });
  const change: AuditChange = (part, replace = false) => void setQuery(part, { history: replace ? 'replace' : 'push' });
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <PageTitle title={t.audit.title} />
      <Tabs
        label={t.audit.title}
        tabs={VIEWS.map((name) => ({ name, title: t.audit.views[name] }))}
        selected={query.view}
        onSelect={(view) => change({ view })}
      >
        <div className="pt-4">
          {query.view === 'trail' ? <TrailView query={query} change={change} /> : null}
          {query.view === 'verify' ? <VerifyView /> : null}
          {query.view === 'checkpoints' ? <CheckpointsView proof={query.proof} change={change} /> : null}
        </div>
      </Tabs>
    </div>
  );
}
