'use client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import Check from 'lucide-react/icons/check';
import TriangleAlert from 'lucide-react/icons/triangle-alert';
import X from 'lucide-react/icons/x';
import { useRef, useState } from 'react';
import { type Outputs, trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { useSayError } from '../../ui/said.tsx';
import { toast } from '../../ui/toast.tsx';
import { useKeys } from '../frame/keys.ts';

type Inspection = Outputs['approvals']['inspect'];

/** The four words on a call. On a phone they stand at the thumb. */
export function DecisionBar({ call, onDecided }: { readonly call: Inspection; readonly onDecided: () => void }) {
  const t = useT();
  const sayError = useSayError();
  const cache = useQueryClient();
  const approve = useRef<HTMLButtonElement>(null);
  const [asking, setAsking] = useState<'deny' | 'session' | 'always'>();
  const { code, tool, lasting, mayWriteRule, configHash, people, given, yesRefused } = call;
  const isFirst = people !== undefined && given === undefined;
  // What lasts beyond the call is what both said.
  const mayWish = (wish: 'session' | 'always') => people === undefined || given === undefined || given.lasting === wish;
  const settled = () => {
    void cache.invalidateQueries(trpc.approvals.pathFilter());
    setAsking(undefined);
  };
  const decide = useMutation(
    trpc.approvals.decide.mutationOptions({
      onSuccess: ({ outcome }) => {
        toast(t.approvals.outcome[outcome](tool));
        if (outcome !== 'waits') onDecided();
      },
      onError: sayError,
      onSettled: settled,
    }),
  );
  const write = useMutation(
    trpc.approvals.allowAlways.mutationOptions({
      onSuccess: () => decide.mutate({ code, verdict: 'approve' }),
      onError: (error) => {
        sayError(error);
        settled();
      },
    }),
  );
  const busy = decide.isPending || write.isPending;
  const whyNotAlways = !lasting
    ? t.approvals.alwaysImpossible
    : !mayWish('always')
      ? t.approvals.notBoth
      : mayWriteRule || isFirst
        ? undefined
        : t.approvals.alwaysForbidden;
  const why = (reason: string) => (reason === '' ? {} : { reason });
  useKeys({ a: () => approve.current?.focus(), d: () => setAsking('deny') });
  return (
    <div className="sticky bottom-14 z-10 -mx-4 mt-auto border-t border-line bg-surface px-4 py-3 sm:bottom-0 sm:rounded-b-lg">
      {yesRefused === undefined ? null : (
        <p id="yes-refused" className="mb-2 flex gap-2 text-sm text-warn">
          <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          {yesRefused === 'APPROVAL_SAME_PERSON' ? t.approvals.samePerson : t.approvals.personUnknown}
        </p>
      )}
      <div className="grid grid-cols-2 gap-2 sm:flex sm:flex-wrap">
        <Button
          ref={approve}
          look="primary"
          disabled={busy || yesRefused !== undefined}
          aria-describedby={yesRefused === undefined ? undefined : 'yes-refused'}
          onClick={() => decide.mutate({ code, verdict: 'approve' })}
          className="max-sm:order-2 max-sm:h-11"
        >
          <Check aria-hidden className="size-4" />
          {t.approvals.approve}
        </Button>
        <Button
          look="danger"
          disabled={busy}
          onClick={() => setAsking('deny')}
          className="max-sm:order-1 max-sm:h-11 sm:order-last sm:ml-auto"
        >
          <X aria-hidden className="size-4" />
          {t.approvals.deny}
        </Button>
        <Button
          disabled={busy || yesRefused !== undefined || !mayWish('session')}
          title={mayWish('session') ? undefined : t.approvals.notBoth}
          onClick={() => setAsking('session')}
          className="max-sm:order-3"
        >
          {t.approvals.forSession}
        </Button>
        <Button
          disabled={busy || yesRefused !== undefined || whyNotAlways !== undefined}
          title={whyNotAlways}
          onClick={() => setAsking('always')}
          className="max-sm:order-4"
        >
          {t.approvals.always}
        </Button>
      </div>
      <ConfirmDialog
        open={asking === 'deny'}
        title={t.approvals.denyTitle(tool)}
        action={t.approvals.deny}
        danger
        reason="optional"
        busy={busy}
        onConfirm={(reason) => decide.mutate({ code, verdict: 'deny', ...why(reason) })}
        onClose={() => setAsking(undefined)}
      >
        <p>{t.approvals.denyWhat}</p>
      </ConfirmDialog>
      <ConfirmDialog
        open={asking === 'session'}
        title={t.approvals.sessionTitle(tool)}
        action={t.approvals.forSession}
        reason="optional"
        busy={busy}
        onConfirm={(reason) => decide.mutate({ code, verdict: 'approve', lasting: 'session', ...why(reason) })}
        onClose={() => setAsking(undefined)}
      >
        <p>{t.approvals.sessionWhat(tool)}</p>
        {isFirst ? <p>{t.approvals.sessionFirst}</p> : null}
      </ConfirmDialog>
      {lasting ? (
        <ConfirmDialog
          open={asking === 'always'}
          title={t.approvals.alwaysTitle}
          action={t.approvals.always}
          busy={busy}
          onConfirm={() =>
            isFirst ? decide.mutate({ code, verdict: 'approve', lasting: 'always' }) : write.mutate({ code, baseHash: configHash })
          }
          onClose={() => setAsking(undefined)}
        >
          <p>{isFirst ? t.approvals.alwaysFirst(lasting.at) : t.approvals.alwaysWhat(lasting.at)}</p>
          <CodeBlock label={t.approvals.alwaysRule} text={JSON.stringify(lasting.rule, undefined, 2)} wrap />
          {lasting.open.length > 0 ? <p className="text-warn">{t.approvals.alwaysOpen(lasting.open.join(', '))}</p> : null}
        </ConfirmDialog>
      ) : null}
    </div>
  );
}
