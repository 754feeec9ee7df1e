'use client';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { type Outputs, trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Select } from '../../ui/choices.tsx';
import { Command } from '../../ui/command.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { ConfirmDialog, Dialog } from '../../ui/dialog.tsx';
import { Panel } from '../../ui/panel.tsx';
import { EmptyState, Loaded } from '../../ui/states.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { Time } from '../../ui/time.tsx';
import { useAct } from './acts.tsx';
import { SecretDialog, type Shown } from './secret-dialog.tsx';
import { Several } from './several.tsx';

type Token = Outputs['access']['tokens']['tokens'][number];
type Rules = Outputs['access']['rules'];
const DAY_MS = 86_400_000;
const LIFETIMES = { '1': 1, '7': 7, '30': 30, '90': 90, '365': 365 } as const;
const STATE_TONES = { active: 'ok', expired: 'neutral', revoked: 'bad' } as const;

/** What programs come in with. */
export function TokensTab({ rules, readOnly }: { readonly rules: Rules; readonly readOnly: boolean }) {
  const t = useT();
  const run = useAct();
  const tokens = useQuery(trpc.access.tokens.queryOptions());
  const [making, setMaking] = useState(false);
  const [ending, setEnding] = useState<{ readonly what: 'rotate' | 'revoke'; readonly token: Token }>();
  const [shown, setShown] = useState<Shown>();
  const show = (made: { token: string; name: string } | undefined) =>
    made && setShown({ title: t.access.tokenOf(made.name), text: made.token });
  const end = async () => {
    if (!ending) return;
    const { what, token } = ending;
    const made = await run<{ token: string; name: string }>(`/api/access/tokens/${encodeURIComponent(token.id)}/${what}`);
    setEnding(undefined);
    if (what === 'rotate') show(made);
  };
  return (
    <Panel
      title={t.access.tabs.tokens}
      actions={
        readOnly ? null : (
          <Button look="primary" onClick={() => setMaking(true)}>
            {t.access.newToken}
          </Button>
        )
      }
    >
      <Loaded query={tokens}>
        {({ tokens: rows }) => (
          <DataTable
            label={t.access.tabs.tokens}
            rows={rows}
            keyOf={(row) => row.id}
            empty={
              <EmptyState title={t.access.noTokens}>
                <p>{t.access.noTokensWhy}</p>
                <Command text="openclaw tokens create --name backup --role viewer --expires 90d" />
              </EmptyState>
            }
            columns={[
              {
                id: 'name',
                title: t.access.name,
                cell: (row) => (
                  <div className="min-w-0">
                    <p className="font-medium">{row.name}</p>
                    <code className="text-xs text-ink-3">{row.prefix}…</code>
                  </div>
                ),
              },
              {
                id: 'state',
                title: t.access.state,
                cell: (row) => <Badge tone={STATE_TONES[row.state]}>{t.access.states[row.state]}</Badge>,
              },
              {
                id: 'roles',
                title: t.access.mayDo,
                from: 'md',
                cell: (row) => (
                  <span className="text-xs text-ink-2">
                    {[...row.roles, ...(row.scopes ? [`(${row.scopes.join(', ')})`] : [])].join(' ')}
                  </span>
                ),
              },
              {
                id: 'expires',
                title: t.access.expires,
                from: 'sm',
                cell: (row) =>
                  row.expiresAt === undefined ? t.access.never : <Time value={row.expiresAt} as="day" className="text-xs figures" />,
              },
              {
                id: 'used',
                title: t.access.lastUsed,
                from: 'lg',
                cell: (row) =>
                  row.lastUsedAt === undefined ? (
                    <span className="text-xs text-ink-3">{t.access.neverUsed}</span>
                  ) : (
                    <span className="text-xs text-ink-2 figures">
                      <Time value={row.lastUsedAt} /> {row.lastUsedFrom}
                    </span>
                  ),
              },
              {
                id: 'acts',
                title: '',
                align: 'right',
                cell: (row) =>
                  readOnly || row.state === 'revoked' ? null : (
                    <span className="flex justify-end gap-1">
                      <Button
                        look="quiet"
                        aria-label={`${t.access.rotate} ${row.name}`}
                        onClick={() => setEnding({ what: 'rotate', token: row })}
                      >
                        {t.access.rotate}
                      </Button>
                      <Button
                        look="danger"
                        aria-label={`${t.access.revoke} ${row.name}`}
                        onClick={() => setEnding({ what: 'revoke', token: row })}
                      >
                        {t.access.revoke}
                      </Button>
                    </span>
                  ),
              },
            ]}
          />
        )}
      </Loaded>
      <NewToken open={making} rules={rules} onClose={() => setMaking(false)} onMade={show} />
      <ConfirmDialog
        open={ending !== undefined}
        title={ending?.what === 'rotate' ? t.access.rotateTitle(ending.token.name) : t.access.revokeTitle(ending?.token.name ?? '')}
        action={ending?.what === 'rotate' ? t.access.rotate : t.access.revoke}
        danger
        onClose={() => setEnding(undefined)}
        onConfirm={() => void end()}
      >
        <p>{ending?.what === 'rotate' ? t.access.rotateLead : t.access.revokeLead}</p>
      </ConfirmDialog>
      <SecretDialog shown={shown} onClose={() => setShown(undefined)} />
    </Panel>
  );
}

type NewTokenProps = {
  readonly open: boolean;
  readonly rules: Rules;
  readonly onClose: () => void;
  readonly onMade: (made: { token: string; name: string }) => void;
};

function NewToken({ open, rules, onClose, onMade }: NewTokenProps) {
  const t = useT();
  const run = useAct();
  const [name, setName] = useState('');
  const [roles, setRoles] = useState<readonly string[]>(['viewer']);
  const [scopes, setScopes] = useState<readonly string[]>([]);
  const [days, setDays] = useState<keyof typeof LIFETIMES>('90');
  const possible = Object.keys(rules.permissions).filter((one) => roles.some((role) => rules.roles[role]?.includes(one)));
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const narrowed = scopes.filter((scope) => possible.includes(scope));
    const made = await run<{ token: string; name: string }>('/api/access/tokens', {
      name: name.trim(),
      roles,
      expiresInMs: LIFETIMES[days] * DAY_MS,
      ...(narrowed.length > 0 && { scopes: narrowed }),
    });
    if (!made) return;
    setName('');
    setScopes([]);
    onClose();
    onMade(made);
  };
  return (
    <Dialog open={open} title={t.access.newToken} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <TextField label={t.access.name} value={name} maxLength={64} required autoFocus onChange={(event) => setName(event.target.value)} />
        <Several label={t.access.roles} all={rules.roleNames} chosen={roles} onChange={setRoles} />
        <details>
          <summary className="cursor-pointer text-sm text-accent">{t.access.narrow(scopes.length)}</summary>
          <div className="mt-2">
            <Several label={t.access.scopes} all={possible} chosen={scopes} onChange={setScopes} />
          </div>
        </details>
        <Select
          label={t.access.expires}
          value={days}
          onChange={setDays}
          choices={(Object.keys(LIFETIMES) as (keyof typeof LIFETIMES)[]).map((value) => ({
            value,
            title: t.access.inDays(LIFETIMES[value]),
          }))}
        />
        <Button type="submit" look="primary" className="self-end" disabled={roles.length === 0}>
          {t.access.create}
        </Button>
      </form>
    </Dialog>
  );
}
