'use client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Outputs, trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Select } from '../../ui/choices.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { Panel } from '../../ui/panel.tsx';
import { EmptyState, Loaded } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';
import { useAct } from './acts.tsx';

type Device = Outputs['access']['devices']['devices'][number];
type Request = Outputs['access']['devices']['pending'][number];

/** Apps and other devices that were let in, and those that ask to be. */
export function DevicesTab({ roleNames, readOnly }: { readonly roleNames: readonly string[]; readonly readOnly: boolean }) {
  const t = useT();
  const run = useAct();
  const devices = useQuery({ ...trpc.access.devices.queryOptions(), refetchInterval: 5_000 });
  const [approving, setApproving] = useState<Request>();
  const [ending, setEnding] = useState<{ readonly what: 'rotate' | 'revoke'; readonly row: Device }>();
  const [role, setRole] = useState('operator');
  const nameOf = (device: { readonly id: string; readonly [key: string]: unknown } | undefined) =>
    String(device?.['name'] ?? device?.['displayName'] ?? device?.id ?? '').slice(0, 48);
  const approve = async () => {
    if (approving)
      await run(`/api/access/devices/requests/${encodeURIComponent(approving.requestId)}/approve`, { role }, t.access.approved);
    setApproving(undefined);
  };
  const end = async () => {
    if (ending?.row.device) {
      const path = `/api/access/devices/${encodeURIComponent(ending.row.device.id)}/${ending.what}`;
      await run(path, { role: String(ending.row.device['role'] ?? 'operator') }, t.access.deviceEnded);
    }
    setEnding(undefined);
  };
  return (
    <Loaded query={devices}>
      {({ devices: rows, pending }) => (
        <div className="flex flex-col gap-4">
          <Panel title={t.access.requests} note={pending.length === 0 ? t.access.noRequests : undefined}>
            <ul className="divide-y divide-line">
              {pending.map((request) => (
                <li key={request.requestId} className="flex flex-wrap items-center gap-3 px-4 py-3 text-sm">
                  <div className="min-w-0 flex-1 basis-56">
                    <p className="truncate font-medium">{nameOf(request.device)}</p>
                    <p className="text-xs text-ink-3">
                      {request.address} · <Time value={request.requestedAt} />
                    </p>
                  </div>
                  {readOnly ? null : (
                    <span className="flex gap-1">
                      <Button look="primary" onClick={() => setApproving(request)}>
                        {t.access.approve}
                      </Button>
                      <Button
                        onClick={() =>
                          void run(`/api/access/devices/requests/${encodeURIComponent(request.requestId)}/reject`, {}, t.access.rejected)
                        }
                      >
                        {t.access.reject}
                      </Button>
                    </span>
                  )}
                </li>
              ))}
            </ul>
          </Panel>
          <Panel title={t.access.tabs.devices}>
            {rows.length === 0 ? (
              <EmptyState title={t.access.noDevices}>
                <p>{t.access.noDevicesWhy}</p>
              </EmptyState>
            ) : (
              <ul className="divide-y divide-line">
                {rows.map((row) => (
                  <li key={row.id} className="flex flex-wrap items-center gap-3 px-4 py-3 text-sm">
                    <div className="min-w-0 flex-1 basis-56">
                      <p className="flex flex-wrap items-center gap-2">
                        <span className="truncate font-medium">{nameOf(row.device) || row.name}</span>
                        <Badge tone={row.state === 'active' ? 'ok' : 'neutral'}>{t.access.states[row.state]}</Badge>
                        {row.roles.map((one) => (
                          <Badge key={one}>{one}</Badge>
                        ))}
                      </p>
                      <p className="text-xs text-ink-3">
                        <code>{row.prefix}…</code> · {t.access.lastUsed}:{' '}
                        {row.lastUsedAt === undefined ? t.access.neverUsed : <Time value={row.lastUsedAt} />} {row.lastUsedFrom}
                      </p>
                    </div>
                    {readOnly || row.state !== 'active' ? null : (
                      <span className="flex gap-1">
                        <Button look="quiet" onClick={() => setEnding({ what: 'rotate', row })}>
                          {t.access.rotate}
                        </Button>
                        <Button look="danger" onClick={() => setEnding({ what: 'revoke', row })}>
                          {t.access.revoke}
                        </Button>
                      </span>
                    )}
                  </li>
                ))}
              </ul>
            )}
          </Panel>
          <ConfirmDialog
            open={approving !== undefined}
            title={t.access.approveTitle(nameOf(approving?.device))}
            action={t.access.approve}
            onClose={() => setApproving(undefined)}
            onConfirm={() => void approve()}
          >
            <p>{t.access.approveLead}</p>
            <Select label={t.access.roles} value={role} onChange={setRole} choices={roleNames.map((value) => ({ value, title: value }))} />
          </ConfirmDialog>
          <ConfirmDialog
            open={ending !== undefined}
            title={
              ending?.what === 'rotate' ? t.access.rotateTitle(nameOf(ending.row.device)) : t.access.revokeTitle(nameOf(ending?.row.device))
            }
            action={ending?.what === 'rotate' ? t.access.rotate : t.access.revoke}
            danger
            onClose={() => setEnding(undefined)}
            onConfirm={() => void end()}
          >
            <p>{ending?.what === 'rotate' ? t.access.rotateDevice : t.access.revokeLead}</p>
          </ConfirmDialog>
        </div>
      )}
    </Loaded>
  );
}
