'use client';
import { useQuery } from '@tanstack/react-query';
import { useQueryStates } from 'nuqs';
import { useMemo } from 'react';
import { trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { Loaded, Skeleton } from '../../ui/states.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { PageTitle } from '../frame/page-title.tsx';
import { ContinuousExport } from './continuous-export.tsx';
import { exportsParsers, exportsUrlKeys, VIEWS } from './exports-url.ts';
import { JobList } from './job-list.tsx';
import { ManifestDrawer } from './manifest-drawer.tsx';
import { beginningIn } from './order.ts';
import { RetentionView } from './retention-view.tsx';
import { Wizard } from './wizard.tsx';

const RUNNING_MS = 1_000;
const QUIET_MS = 10_000;

/** What leaves the log as files, and what leaves it for good. */
export function ExportsPage() {
  const t = useT();
  const [query, setQuery] = useQueryStates(exportsParsers, { urlKeys: exportsUrlKeys });
  const beginning = useMemo(() => beginningIn(query), [query]);
  const list = useQuery({
    ...trpc.exports.list.queryOptions(),
    enabled: query.view === 'exports',
    refetchInterval: ({ state }) => (state.data?.jobs.some((job) => job.state === 'running') ? RUNNING_MS : QUIET_MS),
  });
  const open = () => void setQuery({ new: true });
  const close = () => void setQuery({ new: null, q: null, classes: null, range: null, fromTime: null, toTime: null });
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <PageTitle title={t.exports.title}>
        <Button look="primary" className="ml-auto" onClick={open}>
          {t.exports.begin}
        </Button>
      </PageTitle>
      <Tabs
        label={t.exports.title}
        tabs={VIEWS.map((name) => ({ name, title: t.exports.views[name] }))}
        selected={query.view}
        onSelect={(view) => void setQuery({ view }, { history: 'push' })}
      >
        <div className="pt-4">
          {query.view === 'retention' ? (
            <RetentionView />
          ) : (
            <Loaded query={list} skeleton={<Skeleton lines={6} className="p-4" />}>
              {(data) => (
                <div className="flex flex-col gap-4">
                  <JobList jobs={data.jobs} onBegin={open} onOpen={(id) => void setQuery({ id }, { history: 'push' })} />
                  <ContinuousExport feed={data.feed} />
                </div>
              )}
            </Loaded>
          )}
        </div>
      </Tabs>
      {query.id === null ? null : <ManifestDrawer id={query.id} onClose={() => void setQuery({ id: null })} />}
      <Wizard open={query.new} beginning={beginning} defaultMasking={list.data?.defaultMasking ?? 'default'} onClose={close} />
    </div>
  );
}
