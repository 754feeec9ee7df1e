'use client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { client, trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { useSayError } from '../../ui/said.tsx';
import { toast } from '../../ui/toast.tsx';
import type { ConfigFile } from './use-draft.ts';

/** A configuration on trial, and how long somebody has to keep it. */
export function TrialBanner({ trial, readOnly }: { readonly trial: NonNullable<ConfigFile['trial']>; readonly readOnly: boolean }) {
  const t = useT();
  const sayError = useSayError();
  const cache = useQueryClient();
  const left = useSecondsLeft(trial.endsAt);
  const settled = () => cache.invalidateQueries({ queryKey: trpc.config.pathKey() });
  const keep = useMutation({
    mutationFn: () => client.config.confirm.mutate(),
    onSuccess: () => toast(t.config.kept),
    onError: sayError,
    onSettled: settled,
  });
  const undo = useMutation({
    mutationFn: () => client.config.revert.mutate(),
    onSuccess: () => toast(t.config.undone),
    onError: sayError,
    onSettled: settled,
  });
  const isBusy = keep.isPending || undo.isPending;
  return (
    <section
      aria-label={t.config.trialTitle}
      className="mb-4 flex flex-wrap items-center gap-3 rounded-lg border border-warn bg-warn-soft px-4 py-3"
    >
      <p className="text-sm font-medium text-warn" data-testid="trial">
        {left === undefined ? t.config.trialWaits : t.config.trialEnds(left)}
      </p>
      {readOnly ? null : (
        <span className="ml-auto flex gap-2">
          <Button disabled={isBusy} onClick={() => undo.mutate()}>
            {t.config.undoNow}
          </Button>
          <Button look="primary" disabled={isBusy} onClick={() => keep.mutate()}>
            {t.config.keep}
          </Button>
        </span>
      )}
    </section>
  );
}

function useSecondsLeft(endsAt: number | undefined): number | undefined {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return endsAt === undefined ? undefined : Math.max(0, Math.ceil((endsAt - now) / 1000));
}
