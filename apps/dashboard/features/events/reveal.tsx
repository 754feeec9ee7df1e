'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { bodyOf, client, trpc } from '../../data/trpc.ts';
import { event } from '../../i18n/en/event.ts';
import { exports } from '../../i18n/en/exports.ts';
import { useT, withText } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { JsonTree } from '../../ui/json-tree.tsx';
import { SaidError } from '../../ui/said.tsx';
import { StepUpDialog } from '../sign-in/step-up-dialog.tsx';

/** What is masked, for whoever may see it and proves anew who he is. That it was looked at is recorded. */
export const Reveal = withText({ event, exports }, Revealing);

function Revealing({ position }: { readonly position: number }) {
  const t = useT();
  const me = useQuery(trpc.frame.me.queryOptions());
  const [proving, setProving] = useState(false);
  const reveal = useMutation({
    mutationFn: () => client.events.reveal.mutate({ position }),
    gcTime: 0,
    onError: (error) => {
      if (bodyOf(error)?.code === 'STEP_UP_REQUIRED') setProving(true);
    },
  });
  if (!me.data?.permissions.includes('content.reveal')) return null;
  const failure = reveal.error && bodyOf(reveal.error)?.code !== 'STEP_UP_REQUIRED' ? reveal.error : undefined;
  return (
    <section aria-label={t.event.revealed} className="flex flex-col items-start gap-2 border-b border-line px-4 py-3 text-sm">
      <p className="text-ink-2">{reveal.data ? t.event.revealedNote : t.event.maskedNote}</p>
      {reveal.data ? (
        <>
          <div className="w-full rounded-md bg-warn-soft">
            <JsonTree value={reveal.data.data} />
          </div>
          <Button onClick={() => reveal.reset()}>{t.event.hide}</Button>
        </>
      ) : (
        <Button onClick={() => reveal.mutate()} disabled={reveal.isPending}>
          {t.event.reveal}
        </Button>
      )}
      {failure ? (
        <p role="alert" className="text-bad">
          <SaidError error={failure} />
        </p>
      ) : null}
      <StepUpDialog
        open={proving}
        onClose={() => setProving(false)}
        onProved={() => {
          setProving(false);
          reveal.mutate();
        }}
      />
    </section>
  );
}
