'use client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { type Outputs, trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { Select } from '../../ui/choices.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { Panel } from '../../ui/panel.tsx';
import { useSayError } from '../../ui/said.tsx';
import { TextField } from '../../ui/text-field.tsx';

type Hold = Outputs['retention']['overview']['holds'][number];
const KINDS = ['subject', 'session'] as const;

/** What neither retention nor an erasure may touch. */
export function HoldsPanel({ holds }: { readonly holds: readonly Hold[] }) {
  const t = useT();
  const sayError = useSayError();
  const cache = useQueryClient();
  const [asking, setAsking] = useState<Hold>();
  const [kind, setKind] = useState<Hold['kind']>('subject');
  const [id, setId] = useState('');
  const [reason, setReason] = useState('');
  const renew = () => void cache.invalidateQueries(trpc.retention.pathFilter());
  const add = useMutation({
    ...trpc.retention.hold.mutationOptions(),
    onError: sayError,
    onSuccess: () => {
      setId('');
      setReason('');
      renew();
    },
  });
  const release = useMutation({
    ...trpc.retention.release.mutationOptions(),
    onError: sayError,
    onSuccess: renew,
    onSettled: () => setAsking(undefined),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate({ target: { kind, id: id.trim() }, reason: reason.trim() });
  };
  return (
    <Panel title={t.exports.holds}>
      {holds.length === 0 ? <p className="p-4 pb-0 text-sm text-ink-2">{t.exports.noHolds}</p> : null}
      <ul aria-label={t.exports.holds}>
        {holds.map((hold) => (
          <li key={hold.id} className="flex items-center gap-3 border-b border-line px-4 py-2 text-sm">
            <span className="min-w-0 flex-1">
              <span className="block truncate">
                {t.exports.kinds[hold.kind]} <span className="font-mono text-xs">{hold.id}</span>
              </span>
              <span className="block text-xs text-ink-2">{hold.reason}</span>
            </span>
            <Button onClick={() => setAsking(hold)}>{t.exports.release}</Button>
          </li>
        ))}
      </ul>
      <form onSubmit={submit} className="grid items-start gap-3 p-4 sm:grid-cols-[9rem_minmax(0,1fr)_minmax(0,1fr)]">
        <Select
          label={t.exports.holdKind}
          choices={KINDS.map((value) => ({ value, title: t.exports.kinds[value] }))}
          value={kind}
          onChange={setKind}
        />
        <TextField
          label={t.exports.holdId}
          hint={t.exports.holdIdHint}
          mono
          required
          value={id}
          maxLength={600}
          onChange={(event) => setId(event.target.value)}
        />
        <TextField label={t.exports.reason} required value={reason} maxLength={500} onChange={(event) => setReason(event.target.value)} />
        <Button type="submit" className="sm:col-span-3 sm:justify-self-start" disabled={add.isPending || !id.trim() || !reason.trim()}>
          {t.exports.addHold}
        </Button>
      </form>
      <ConfirmDialog
        open={asking !== undefined}
        title={t.exports.releaseTitle}
        action={t.exports.release}
        reason="required"
        busy={release.isPending}
        onConfirm={(why) => asking && release.mutate({ target: { kind: asking.kind, id: asking.id }, reason: why })}
        onClose={() => setAsking(undefined)}
      >
        {t.exports.releaseWhy}
      </ConfirmDialog>
    </Panel>
  );
}
