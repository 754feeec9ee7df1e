'use client';
import { type FormEvent, useState } from 'react';
import type { Outputs } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Command } from '../../ui/command.tsx';
import { ConfirmDialog, Dialog } from '../../ui/dialog.tsx';
import { later } from '../../ui/later.tsx';
import { Panel } from '../../ui/panel.tsx';
import { EmptyState } from '../../ui/states.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { useAct } from './acts.tsx';
import { Logins } from './logins.tsx';

const NotifiedBrowsers = later(() => import('./notified-browsers.tsx').then((module) => module.NotifiedBrowsers));

type Me = Outputs['access']['me'];
type User = NonNullable<Me['user']>;

/** What everyone does with the own account. */
export function AccountTab({ me, absoluteMs }: { readonly me: Me; readonly absoluteMs?: number | undefined }) {
  const t = useT();
  const run = useAct();
  const { user, logins } = me;
  if (!user) {
    return (
      <EmptyState title={t.access.noAccount}>
        <p>{t.access.noAccountWhat}</p>
        <Command text="openclaw users add <name> --role admin" />
      </EmptyState>
    );
  }
  return (
    <div className="flex flex-col gap-4">
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <Password user={user} />
        <SecondFactor user={user} />
      </div>
      <Panel
        title={t.access.ownLogins}
        actions={
          <Button onClick={() => void run('/api/me/logins/revoke', { others: true }, t.access.loginEnded)}>{t.access.endOthers}</Button>
        }
      >
        <Logins
          logins={logins}
          absoluteMs={absoluteMs}
          withUser={false}
          onEnd={(login) => void run('/api/me/logins/revoke', { id: login.id }, t.access.loginEnded)}
        />
      </Panel>
      <NotifiedBrowsers />
    </div>
  );
}

function Password({ user }: { readonly user: User }) {
  const t = useT();
  const run = useAct();
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!(await run('/api/me/password', { password, ...(user.passwordSetAt !== undefined && { current }) }, t.access.ownPasswordChanged)))
      return;
    setCurrent('');
    setPassword('');
  };
  if (user.signedInBy) {
    return (
      <Panel title={t.access.password}>
        <p className="p-4 text-sm text-ink-2">{t.access.signedInBy(user.signedInBy)}</p>
      </Panel>
    );
  }
  return (
    <Panel title={t.access.password} note={user.passwordSetAt === undefined ? t.access.noPassword : undefined}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3 p-4">
        {user.passwordSetAt === undefined ? null : (
          <TextField
            label={t.access.currentPassword}
            type="password"
            autoComplete="current-password"
            required
            value={current}
            onChange={(event) => setCurrent(event.target.value)}
          />
        )}
        <TextField
          label={t.access.newPassword}
          type="password"
          autoComplete="new-password"
          hint={t.access.passwordRules}
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <Button type="submit" look="primary" className="self-start">
          {t.access.setPassword}
        </Button>
      </form>
    </Panel>
  );
}

type Begun = { readonly uri: string; readonly secret: string };

function SecondFactor({ user }: { readonly user: User }) {
  const t = useT();
  const run = useAct();
  const [begun, setBegun] = useState<Begun>();
  const [removing, setRemoving] = useState(false);
  const [code, setCode] = useState('');
  const confirm = async (event: FormEvent) => {
    event.preventDefault();
    if (!(await run('/api/me/totp/confirm', { code: code.trim() }, t.access.totpOn))) return;
    setBegun(undefined);
    setCode('');
  };
  return (
    <Panel
      title={t.access.secondFactor}
      actions={user.totp ? <Badge tone="ok">{t.access.hasTotp}</Badge> : <Badge tone="warn">{t.access.noTotp}</Badge>}
    >
      <div className="flex flex-col items-start gap-3 p-4 text-sm">
        <p className="text-ink-2">{t.access.secondFactorLead}</p>
        {user.totp ? (
          <>
            <p className="text-ink-2">{t.access.recoveryLeft(user.recoveryCodes)}</p>
            <Command text={`openclaw users recovery-codes ${user.name}`} />
            <Button look="danger" onClick={() => setRemoving(true)}>
              {t.access.removeTotp}
            </Button>
          </>
        ) : (
          <Button onClick={() => void run<Begun>('/api/me/totp').then((made) => made && setBegun(made))}>{t.access.setUpTotp}</Button>
        )}
      </div>
      <Dialog open={begun !== undefined} title={t.access.setUpTotp} onClose={() => setBegun(undefined)}>
        {begun ? (
          <form onSubmit={(event) => void confirm(event)} className="flex flex-col gap-4">
            <p className="text-sm text-ink-2">{t.access.totpLead}</p>
            <CodeBlock label={t.access.totpSecret} text={begun.secret.replace(/(.{4})(?=.)/g, '$1 ')} />
            <CodeBlock label={t.access.totpUri} text={begun.uri} wrap />
            <a href={begun.uri} className="text-sm text-accent underline">
              {t.access.totpOpen}
            </a>
            <TextField
              label={t.access.totpCode}
              inputMode="numeric"
              autoComplete="one-time-code"
              required
              mono
              value={code}
              onChange={(event) => setCode(event.target.value)}
            />
            <Button type="submit" look="primary" className="self-end">
              {t.access.confirm}
            </Button>
          </form>
        ) : null}
      </Dialog>
      <ConfirmDialog
        open={removing}
        title={t.access.removeTotp}
        action={t.access.removeTotp}
        danger
        onClose={() => setRemoving(false)}
        onConfirm={() => void run('/api/me/totp/remove', {}, t.access.totpReset).then(() => setRemoving(false))}
      >
        <p>{t.access.resetTotpLead}</p>
      </ConfirmDialog>
    </Panel>
  );
}
