'use client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { useSayError } from '../../ui/said.tsx';
import { toast } from '../../ui/toast.tsx';
import type { Account } from './channel-state.tsx';

/** Pauses, drains and resumes an account, and asks why. */
export function HoldControls({ status }: { readonly status: Account }) {
  const t = useT();
  const sayError = useSayError();
  const cache = useQueryClient();
  const [asking, setAsking] = useState<'pause' | 'drain' | 'resume'>();
  const { channel, account, state } = status;
  const name = `${channel}/${account}`;
  const hold = useMutation(
    trpc.channels.hold.mutationOptions({
      onSuccess: (held) => {
        for (const each of held) toast(t.channels.held(`${each.channel}/${each.account}`, t.channels.state[each.state]));
        void cache.invalidateQueries(trpc.channels.pathFilter());
      },
      onError: sayError,
      onSettled: () => setAsking(undefined),
    }),
  );
  const isHeld = state === 'paused' || state === 'draining';
  const words = {
    pause: [t.channels.pauseTitle(name), t.channels.pauseWhat, t.channels.pause],
    drain: [t.channels.drainTitle(name), t.channels.drainWhat, t.channels.drain],
    resume: [t.channels.resumeTitle(name), t.channels.resumeWhat, t.channels.resume],
  } as const;
  const [title, what, action] = words[asking ?? 'pause'];
  return (
    <>
      {isHeld ? (
        <Button look="primary" onClick={() => setAsking('resume')}>
          {t.channels.resume}
        </Button>
      ) : (
        <Button disabled={!status.enabled} onClick={() => setAsking('drain')}>
          {t.channels.drain}
        </Button>
      )}
      {state === 'paused' ? null : (
        <Button disabled={!status.enabled} onClick={() => setAsking('pause')}>
          {t.channels.pause}
        </Button>
      )}
      <ConfirmDialog
        open={asking !== undefined}
        title={title}
        action={action}
        reason="optional"
        busy={hold.isPending}
        onConfirm={(reason) => asking && hold.mutate({ what: asking, channel, account, ...(reason && { reason }) })}
        onClose={() => setAsking(undefined)}
      >
        <p>{what}</p>
      </ConfirmDialog>
    </>
  );
}
