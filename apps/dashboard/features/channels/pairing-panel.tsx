'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useRefresh } from '../../data/feed.ts';
import { type Outputs, trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { useSayError } from '../../ui/said.tsx';
import { EmptyState, Loaded } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';
import { toast } from '../../ui/toast.tsx';

const REFRESH_MS = 1_000;

type Pairing = Outputs['channels']['pairing'];
type Waiting = Pairing['waiting'][number];
type Paired = Pairing['paired'][number];
type Act = { readonly kind: 'approve' | 'reject'; readonly whom: Waiting } | { readonly kind: 'revoke'; readonly whom: Paired };

const nameOf = ({ sender }: Paired) => sender.name ?? sender.id;

/** Who asks to be let in on an account, and who was. */
export function PairingPanel({ channel, account }: { readonly channel: string; readonly account: string }) {
  const t = useT();
  const sayError = useSayError();
  const cache = useQueryClient();
  const [act, setAct] = useState<Act>();
  const pairing = useQuery(trpc.channels.pairing.queryOptions());
  const refresh = () => void cache.invalidateQueries(trpc.channels.pairing.queryFilter());
  useRefresh(({ type }) => type.startsWith('pairing.'), refresh, REFRESH_MS);
  const options = {
    onSuccess: () => toast(t.channels.done),
    onError: sayError,
    onSettled: () => {
      setAct(undefined);
      refresh();
    },
  };
  const decide = useMutation(trpc.channels.pairingDecide.mutationOptions(options));
  const revoke = useMutation(trpc.channels.pairingRevoke.mutationOptions(options));
  const confirm = (text: string) => {
    const reason = text === '' ? {} : { reason: text };
    if (act?.kind === 'revoke') revoke.mutate({ channel, account, sender: act.whom.sender.id, ...reason });
    else if (act) decide.mutate({ code: act.whom.code, verdict: act.kind, ...reason });
  };
  const here = <Row extends Paired>(rows: readonly Row[]) => rows.filter((row) => row.channel === channel && row.account === account);
  const who: Column<Paired> = {
    id: 'sender',
    title: t.channels.sender,
    cell: (row) => <span className="foreign-text">{nameOf(row)}</span>,
  };
  const since: Column<Paired> = { id: 'since', title: t.channels.since, cell: (row) => <Time value={row.since} /> };
  return (
    <Loaded query={pairing}>
      {({ waiting, paired }) => (
        <div className="flex flex-col divide-y divide-line">
          {here(waiting).length === 0 ? (
            <EmptyState title={t.channels.pairingNone}>
              <p>{t.channels.pairingNoneWhy}</p>
            </EmptyState>
          ) : (
            <DataTable
              label={t.channels.waiting}
              rows={here(waiting)}
              keyOf={({ code }) => code}
              columns={[
                who as Column<Waiting>,
                { id: 'code', title: t.channels.code, cell: ({ code }) => <span className="font-mono text-xs">{code}</span> },
                since as Column<Waiting>,
                {
                  id: 'acts',
                  title: '',
                  align: 'right',
                  cell: (whom) => (
                    <span className="inline-flex flex-wrap justify-end gap-2">
                      <Button onClick={() => setAct({ kind: 'approve', whom })}>{t.channels.approve}</Button>
                      <Button look="danger" onClick={() => setAct({ kind: 'reject', whom })}>
                        {t.channels.reject}
                      </Button>
                    </span>
                  ),
                },
              ]}
            />
          )}
          {here(paired).length === 0 ? null : (
            <DataTable
              label={t.channels.letIn}
              rows={here(paired)}
              keyOf={({ sender }) => sender.id}
              columns={[
                { ...who, title: t.channels.letIn },
                since,
                {
                  id: 'acts',
                  title: '',
                  align: 'right',
                  cell: (whom) => (
                    <Button look="danger" onClick={() => setAct({ kind: 'revoke', whom })}>
                      {t.channels.revoke}
                    </Button>
                  ),
                },
              ]}
            />
          )}
          <ActDialog act={act} busy={decide.isPending || revoke.isPending} onConfirm={confirm} onClose={() => setAct(undefined)} />
        </div>
      )}
    </Loaded>
  );
}

type ActDialogProps = {
  readonly act: Act | undefined;
  readonly busy: boolean;
  readonly onConfirm: (reason: string) => void;
  readonly onClose: () => void;
};

function ActDialog({ act, busy, onConfirm, onClose }: ActDialogProps) {
  const t = useT();
  const name = act ? nameOf(act.whom) : '';
  const words = {
    approve: [t.channels.approveTitle(name), t.channels.approveWhat, t.channels.approve],
    reject: [t.channels.rejectTitle(name), t.channels.rejectWhat, t.channels.reject],
    revoke: [t.channels.revokeTitle(name), t.channels.revokeWhat, t.channels.revoke],
  } as const;
  const [title, what, action] = words[act?.kind ?? 'approve'];
  return (
    <ConfirmDialog
      open={act !== undefined}
      title={title}
      action={action}
      danger={act?.kind !== 'approve'}
      reason="optional"
      busy={busy}
      onConfirm={onConfirm}
      onClose={onClose}
    >
      <p>{what}</p>
    </ConfirmDialog>
  );
}
