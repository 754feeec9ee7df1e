'use client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useRefresh } from '../../data/feed.ts';
import { type Outputs, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Loaded } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';
import { eventsUrl } from '../frame/links.ts';
import { useAct } from './acts.tsx';
import { Logins } from './logins.tsx';

type Login = Outputs['access']['logins']['logins'][number];

/** Who is signed in with which browser, and who was turned away. */
export function LoginsTab({ absoluteMs, readOnly }: { readonly absoluteMs: number; readonly readOnly: boolean }) {
  const t = useT();
  const run = useAct();
  const logins = useQuery(trpc.access.logins.queryOptions());
  const [ending, setEnding] = useState<Login | 'all'>();
  useRefresh(
    (row) => row.type.startsWith('auth.'),
    () => void logins.refetch(),
    1_000,
  );
  const end = async () => {
    if (ending) await run('/api/access/logins/revoke', ending === 'all' ? { all: true } : { id: ending.id }, t.access.loginEnded);
    setEnding(undefined);
  };
  return (
    <Panel
      title={t.access.tabs.logins}
      actions={
        readOnly ? null : (
          <Button look="danger" onClick={() => setEnding('all')}>
            {t.access.endAll}
          </Button>
        )
      }
    >
      <Loaded query={logins}>
        {(found) => <Logins logins={found.logins} absoluteMs={absoluteMs} withUser onEnd={readOnly ? undefined : setEnding} />}
      </Loaded>
      <ConfirmDialog
        open={ending !== undefined}
        title={ending === 'all' ? t.access.endAll : t.access.endLoginOf(ending?.user ?? '', ending?.device ?? '')}
        action={t.access.endLogin}
        danger
        onClose={() => setEnding(undefined)}
        onConfirm={() => void end()}
      >
        <p>{ending === 'all' ? t.access.endAllLead : t.access.endLoginLead}</p>
      </ConfirmDialog>
    </Panel>
  );
}

const DENIED = 50;

/** Sign-ins and calls that failed, as the log has them. */
export function DeniedTab() {
  const t = useT();
  const format = useFormat();
  const denied = useQuery(trpc.events.list.queryOptions({ filter: { types: ['auth.denied', 'auth.forbidden'] }, limit: DENIED }));
  useRefresh(
    (row) => row.type === 'auth.denied' || row.type === 'auth.forbidden',
    () => void denied.refetch(),
    1_000,
  );
  return (
    <Panel
      title={t.access.tabs.denied}
      actions={
        <a href={eventsUrl({ types: ['auth.denied', 'auth.forbidden'], range: '30d' })} className="text-sm text-accent underline">
          {t.access.allInEvents}
        </a>
      }
    >
      <Loaded query={denied}>
        {({ rows }) =>
          rows.length === 0 ? (
            <p className="px-4 py-8 text-center text-sm text-ink-3">{t.access.noDenied}</p>
          ) : (
            <ul className="divide-y divide-line">
              {rows.map((row) => (
                <li key={row.position} className="flex flex-wrap gap-x-4 gap-y-1 px-4 py-2.5 text-sm">
                  <Time value={row.time} className="w-28 shrink-0 text-xs leading-5 text-ink-3 figures" />
                  <a
                    href={eventsUrl({ range: 'all', selected: row.position })}
                    className="min-w-0 flex-1 basis-64 hover:text-accent hover:underline"
                  >
                    {row.summary}
                  </a>
                  <span className="text-xs leading-5 text-ink-3 figures">{format.number(row.position)}</span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Panel>
  );
}
