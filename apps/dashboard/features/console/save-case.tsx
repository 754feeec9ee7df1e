'use client';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { client } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { SaidError } from '../../ui/said.tsx';
import { toast } from '../../ui/toast.tsx';
import { ReasonDialog } from '../session/reason-dialog.tsx';

/** Keeps a conversation as one that has to come out the same from now on: it is run again unchanged, and the run is kept. */
export function SaveCase({ sessionId }: { readonly sessionId: string }) {
  const t = useT();
  const [naming, setNaming] = useState(false);
  const keep = useMutation({
    mutationFn: async (name: string) => {
      const { id } = await client.replays.start.mutate({ source: { kind: 'session', sessionId }, level: 'effects', change: {} });
      await ended(id);
      return client.replays.keep.mutate({ id, name });
    },
    onSuccess: ({ name }) => {
      toast(t.replay.kept(name));
      setNaming(false);
    },
  });
  const close = () => {
    keep.reset();
    setNaming(false);
  };
  return (
    <>
      <Button onClick={() => setNaming(true)}>{t.replay.keep}</Button>
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
          onClose={close}
        />
      ) : null}
    </>
  );
}

function ended(id: string): Promise<void> {
  return new Promise((resolve, reject) => {
    client.replays.follow.subscribe({ id }, { onComplete: resolve, onError: reject });
  });
}
