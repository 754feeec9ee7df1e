'use client';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Select } from '../../ui/choices.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Panel } from '../../ui/panel.tsx';
import { EmptyState, Loaded } from '../../ui/states.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { Time } from '../../ui/time.tsx';
import { useAct } from './acts.tsx';

const HOUR_MS = 3_600_000;
const LENGTHS = { '1': HOUR_MS, '24': 24 * HOUR_MS, '720': 720 * HOUR_MS, forever: undefined } as const;
type Length = keyof typeof LENGTHS;

/** Addresses that are turned away. */
export function BansTab({ readOnly }: { readonly readOnly: boolean }) {
  const t = useT();
  const run = useAct();
  const bans = useQuery(trpc.access.bans.queryOptions());
  const [adding, setAdding] = useState(false);
  return (
    <Panel
      title={t.access.tabs.bans}
      actions={
        readOnly ? null : (
          <Button look="primary" onClick={() => setAdding(true)}>
            {t.access.newBan}
          </Button>
        )
      }
    >
      <Loaded query={bans}>
        {({ bans: rows }) =>
          rows.length === 0 ? (
            <EmptyState title={t.access.noBans}>
              <p>{t.access.noBansWhy}</p>
            </EmptyState>
          ) : (
            <ul className="divide-y divide-line">
              {rows.map(({ address, reason, since, until, note }) => (
                <li key={address} className="flex flex-wrap items-center gap-3 px-4 py-3 text-sm">
                  <div className="min-w-0 flex-1 basis-56">
                    <p className="flex flex-wrap items-center gap-2">
                      <code className="font-medium">{address}</code>
                      <Badge tone={reason === 'operator' ? 'accent' : 'warn'}>{t.access.banReasons[reason]}</Badge>
                    </p>
                    <p className="text-xs text-ink-3">
                      {t.access.since} <Time value={since} /> ·{' '}
                      {until === undefined ? (
                        t.access.untilLifted
                      ) : (
                        <>
                          {t.access.until} <Time value={until} as="day" />
                        </>
                      )}
                      {note ? ` · ${note}` : null}
                    </p>
                  </div>
                  {readOnly ? null : (
                    <Button
                      aria-label={`${t.access.lift} ${address}`}
                      onClick={() => void run('/api/access/bans/remove', { address }, t.access.lifted)}
                    >
                      {t.access.lift}
                    </Button>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      <NewBan open={adding} onClose={() => setAdding(false)} />
    </Panel>
  );
}

function NewBan({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const t = useT();
  const run = useAct();
  const [address, setAddress] = useState('');
  const [reason, setReason] = useState('');
  const [length, setLength] = useState<Length>('24');
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const forMs = LENGTHS[length];
    const body = { address: address.trim(), ...(forMs !== undefined && { forMs }), ...(reason.trim() && { reason: reason.trim() }) };
    if (!(await run('/api/access/bans', body, t.access.banned(address.trim())))) return;
    setAddress('');
    setReason('');
    onClose();
  };
  return (
    <Dialog open={open} title={t.access.newBan} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <TextField
          label={t.access.address}
          hint={t.access.addressHint}
          mono
          value={address}
          required
          autoFocus
          onChange={(event) => setAddress(event.target.value)}
        />
        <Select
          label={t.access.howLong}
          value={length}
          onChange={setLength}
          choices={(Object.keys(LENGTHS) as Length[]).map((value) => ({ value, title: t.access.lengths[value] }))}
        />
        <TextField label={t.access.reason} optional value={reason} maxLength={500} onChange={(event) => setReason(event.target.value)} />
        <Button type="submit" look="danger" className="self-end">
          {t.access.ban}
        </Button>
      </form>
    </Dialog>
  );
}
