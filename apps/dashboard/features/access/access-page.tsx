'use client';
import { useQuery } from '@tanstack/react-query';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { Loaded, Skeleton } from '../../ui/states.tsx';
import { PageTitle } from '../frame/page-title.tsx';
import { AccountTab } from './account-tab.tsx';
import { Acts } from './acts.tsx';
import { BansTab } from './bans-tab.tsx';
import { DevicesTab } from './devices-tab.tsx';
import { DeniedTab, LoginsTab } from './logins-tab.tsx';
import { RolesTab } from './roles-tab.tsx';
import { TokensTab } from './tokens-tab.tsx';
import { UsersTab } from './users-tab.tsx';

const TABS = ['account', 'users', 'tokens', 'devices', 'logins', 'denied', 'bans', 'roles'] as const;

/** Who may come in, and with what: for everyone the own account, for whoever may see it all the others. */
export function AccessPage() {
  const t = useT();
  const caller = useQuery(trpc.frame.me.queryOptions());
  const me = useQuery(trpc.access.me.queryOptions());
  const mayRead = caller.data?.permissions.includes('access.read') ?? false;
  const readOnly = !caller.data?.permissions.includes('access.manage');
  const rules = useQuery({ ...trpc.access.rules.queryOptions(), enabled: mayRead });
  const [wanted, setTab] = useQueryState('tab', parseAsStringLiteral(TABS));
  const tab = wanted ?? (mayRead ? 'users' : 'account');
  return (
    <Acts user={me.data?.user}>
      <PageTitle title={t.access.title} />
      {caller.data ? (
        <>
          <div className="mb-4 max-w-full overflow-x-auto">
            <Segmented
              label={t.access.title}
              choices={TABS.filter((name) => mayRead || name === 'account').map((value) => ({ value, title: t.access.tabs[value] }))}
              value={tab}
              onChange={(name) => void setTab(name)}
            />
          </div>
          {tab === 'account' ? (
            <Loaded query={me}>{(found) => <AccountTab me={found} absoluteMs={rules.data?.network.absoluteTimeoutMs} />}</Loaded>
          ) : mayRead ? (
            <Loaded query={rules} skeleton={<Skeleton lines={8} />}>
              {(found) => (
                <>
                  {readOnly ? <p className="mb-4 rounded-md bg-sunken px-3 py-2 text-sm text-ink-2">{t.access.readOnly}</p> : null}
                  {tab === 'users' ? <UsersTab roleNames={found.roleNames} readOnly={readOnly} /> : null}
                  {tab === 'tokens' ? <TokensTab rules={found} readOnly={readOnly} /> : null}
                  {tab === 'devices' ? <DevicesTab roleNames={found.roleNames} readOnly={readOnly} /> : null}
                  {tab === 'logins' ? <LoginsTab absoluteMs={found.network.absoluteTimeoutMs} readOnly={readOnly} /> : null}
                  {tab === 'denied' ? <DeniedTab /> : null}
                  {tab === 'bans' ? <BansTab readOnly={readOnly} /> : null}
                  {tab === 'roles' ? <RolesTab rules={found} /> : null}
                </>
              )}
            </Loaded>
          ) : (
            <p role="alert" className="rounded-lg border border-line border-l-4 border-l-warn bg-surface p-4 text-sm">
              {t.access.forbidden}
            </p>
          )}
        </>
      ) : (
        <Skeleton lines={8} />
      )}
    </Acts>
  );
}
