'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRefresh } from '../../data/feed.ts';
import { trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Fact, Facts } from '../../ui/facts.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Loaded } from '../../ui/states.tsx';
import { PageTitle } from '../frame/page-title.tsx';
import { DryRun } from './dry-run.tsx';
import { RuleTable } from './rule-table.tsx';

const REFRESH_MS = 5_000;

/** The rules as they are asked, how often each decided, and what would become of a message. */
export function RoutingPage() {
  const t = useT();
  const format = useFormat();
  const cache = useQueryClient();
  const rules = useQuery(trpc.routing.rules.queryOptions());
  useRefresh(
    ({ type }) => type === 'route.decided' || type.startsWith('config.'),
    () => void cache.invalidateQueries(trpc.routing.rules.queryFilter()),
    REFRESH_MS,
  );
  return (
    <>
      <PageTitle title={t.routing.title} />
      <Loaded query={rules}>
        {(data) => (
          <div className="flex flex-col gap-4">
            <Panel title={t.routing.rules} note={t.routing.rulesNote}>
              <RuleTable rules={data.rules} />
              {data.partial ? <p className="border-t border-line px-4 py-2 text-xs text-warn">{t.routing.partial}</p> : null}
              {data.elsewhere > 0 ? (
                <p className="border-t border-line px-4 py-2 text-xs text-ink-3">{t.routing.elsewhere(data.elsewhere)}</p>
              ) : null}
            </Panel>
            <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_22rem]">
              <DryRun channels={data.channels} />
              <Panel title={t.routing.conversation}>
                <Facts className="p-4">
                  <Fact name={t.routing.dmScope}>
                    {t.routing.dmScopes[data.session.dmScope as keyof typeof t.routing.dmScopes] ?? data.session.dmScope}
                  </Fact>
                  <Fact name={t.routing.groups}>{t.routing.groupsOwn}</Fact>
                  <Fact name={t.routing.threads}>{data.session.threads === 'parent' ? t.routing.threadsParent : t.routing.threadsOwn}</Fact>
                  <Fact name={t.routing.sticky}>{format.duration(data.session.stickyForMs)}</Fact>
                  <Fact name={t.routing.default}>{data.defaultAgent}</Fact>
                  <Fact name={t.routing.configHash} mono>
                    {data.configHash.slice(0, 12)}
                  </Fact>
                </Facts>
              </Panel>
            </div>
          </div>
        )}
      </Loaded>
    </>
  );
}
