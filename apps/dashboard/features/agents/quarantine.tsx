'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type Outputs, trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/choices.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { Link } from '../../ui/link.tsx';
import { Panel } from '../../ui/panel.tsx';
import { useSayError } from '../../ui/said.tsx';
import { Loaded } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';
import { toast } from '../../ui/toast.tsx';
import { sessionUrl } from '../frame/links.ts';

type Row = Outputs['agents']['quarantined'][number];

/** Conversations in which nothing is run, why, and the way out. */
export function Quarantine() {
  const t = useT();
  const sayError = useSayError();
  const cache = useQueryClient();
  const rows = useQuery(trpc.agents.quarantined.queryOptions());
  const me = useQuery(trpc.frame.me.queryOptions());
  const [asking, setAsking] = useState<Row>();
  const [forget, setForget] = useState(false);
  const release = useMutation(
    trpc.agents.release.mutationOptions({
      onSuccess: () => toast(t.agents.released),
      onError: sayError,
      onSettled: () => {
        setAsking(undefined);
        void cache.invalidateQueries(trpc.agents.pathFilter());
      },
    }),
  );
  const may = me.data?.permissions.includes('sessions.control') ?? false;
  return (
    <Panel title={t.agents.quarantine}>
      <Loaded query={rows}>
        {(all) =>
          all.length === 0 ? (
            <p className="px-4 py-3 text-sm text-ink-3">{t.agents.quarantineNone}</p>
          ) : (
            <ul className="divide-y divide-line">
              {all.map((row) => (
                <li key={row.sessionId} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2 text-sm">
                  <Link href={sessionUrl(row.sessionId)} className="min-w-0 flex-1 basis-60 foreign-text hover:text-accent hover:underline">
                    {row.why}
                  </Link>
                  <Time value={row.since} className="text-xs text-ink-3" />
                  {may ? <Button onClick={() => setAsking(row)}>{t.agents.release}</Button> : null}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      <ConfirmDialog
        open={asking !== undefined}
        title={t.agents.releaseTitle}
        action={t.agents.release}
        busy={release.isPending}
        onConfirm={() => asking && release.mutate({ sessionId: asking.sessionId, forget })}
        onClose={() => setAsking(undefined)}
      >
        <p>{t.agents.releaseWhat}</p>
        <Checkbox label={t.agents.forget} checked={forget} onChange={setForget} />
      </ConfirmDialog>
    </Panel>
  );
}
