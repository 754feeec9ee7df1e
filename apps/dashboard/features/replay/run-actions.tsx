'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import Download from 'lucide-react/icons/download';
import { useState } from 'react';
import { client, trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Button, buttonLook } from '../../ui/button.tsx';
import { Link } from '../../ui/link.tsx';
import { SaidError } from '../../ui/said.tsx';
import { toast } from '../../ui/toast.tsx';
import { triedConfigUrl } from '../config/config-url.ts';
import { ReasonDialog } from '../session/reason-dialog.tsx';
import { newReplayUrl } from './replay-url.ts';
import type { Report, Run } from './verdict-strip.tsx';

/** What can be done with a run that has ended. */
export function RunActions({ run, report }: { readonly run: Run; readonly report: Report | undefined }) {
  const t = useT();
  const cache = useQueryClient();
  const [naming, setNaming] = useState(false);
  const keep = useMutation({
    mutationFn: (name: string) => client.replays.keep.mutate({ id: run.id, name }),
    onSuccess: async ({ name }) => {
      toast(t.replay.kept(name));
      setNaming(false);
      await cache.invalidateQueries({ queryKey: trpc.replays.cases.queryKey() });
    },
  });
  const me = useQuery(trpc.frame.me.queryOptions());
  if (run.state === 'running') return null;
  const tried = run.change.config;
  const mayApply = tried !== undefined && tried !== 'current' && me.data?.permissions.includes('config.write') === true;
  return (
    <div className="ml-auto flex flex-wrap gap-1.5">
      {run.outcome?.digest ? <Button onClick={() => setNaming(true)}>{t.replay.keep}</Button> : null}
      {report && mayApply ? (
        <Link href={triedConfigUrl(run.id)} className={buttonLook('plain')}>
          {t.replay.applyConfig}
        </Link>
      ) : null}
      {report ? (
        <Button onClick={() => save(`${run.id}.json`, { run, report })}>
          <Download aria-hidden className="size-3.5" />
          {t.replay.exportReport}
        </Button>
      ) : null}
      {run.source.kind === 'message' ? null : (
        <Link href={newReplayUrl(run.source.kind === 'session' ? { session: run.source.sessionId } : {})} className={buttonLook('plain')}>
          {t.replay.again}
        </Link>
      )}
      {naming ? (
        <ReasonDialog
          title={t.replay.keep}
          why={t.replay.keepWhy}
          label={t.replay.caseName}
          confirm={t.replay.keep}
          maxLength={64}
          danger={false}
          busy={keep.isPending}
          failure={keep.error ? <SaidError error={keep.error} brief /> : undefined}
          onConfirm={(name) => keep.mutate(name)}
          onClose={() => {
            keep.reset();
            setNaming(false);
          }}
        />
      ) : null}
    </div>
  );
}

function save(name: string, value: unknown): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(value, null, 2)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
