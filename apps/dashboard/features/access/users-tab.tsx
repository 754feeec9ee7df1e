'use client';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { type Outputs, trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog, Dialog } from '../../ui/dialog.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Loaded } from '../../ui/states.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { Time } from '../../ui/time.tsx';
import { useAct } from './acts.tsx';
import { SecretDialog, type Shown } from './secret-dialog.tsx';
import { Several } from './several.tsx';

type User = Outputs['access']['users']['users'][number];
type Dialogs = { readonly what: 'new' } | { readonly what: 'roles' | 'password' | 'disable' | 'remove' | 'totp'; readonly user: User };

/** Everyone who may sign in. */
export function UsersTab({ roleNames, readOnly }: { readonly roleNames: readonly string[]; readonly readOnly: boolean }) {
  const t = useT();
  const run = useAct();
  const users = useQuery(trpc.access.users.queryOptions());
  const [open, setOpen] = useState<Dialogs>();
  const [shown, setShown] = useState<Shown>();
  const close = () => setOpen(undefined);
  const at = (user: User, what: string) => `/api/access/users/${encodeURIComponent(user.name)}/${what}`;
  const link = async (user: User) => {
    const made = await run<{ url: string }>(at(user, 'sign-in-link'));
    if (made) setShown({ title: t.access.signInLink(user.name), text: made.url, note: t.access.signInLinkNote });
  };
  const named = open && 'user' in open ? open.user : undefined;
  return (
    <Panel
      title={t.access.tabs.users}
      actions={
        readOnly ? null : (
          <Button look="primary" onClick={() => setOpen({ what: 'new' })}>
            {t.access.newUser}
          </Button>
        )
      }
    >
      <Loaded query={users}>
        {({ users: all }) => (
          <ul className="divide-y divide-line">
            {all.map((user) => (
              <li key={user.userId} data-user={user.name} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
                <div className="min-w-0 flex-1 basis-64">
                  <p className="flex flex-wrap items-center gap-2">
                    <span className="font-medium">{user.name}</span>
                    {user.owner ? <Badge tone="accent">{t.access.owner}</Badge> : null}
                    {user.disabled ? <Badge tone="bad">{t.access.disabled}</Badge> : null}
                    {user.roles.map((role) => (
                      <Badge key={role}>{role}</Badge>
                    ))}
                  </p>
                  <p className="mt-0.5 text-xs text-ink-3">
                    {[
                      user.email,
                      user.signedInBy ? t.access.signedInBy(user.signedInBy) : undefined,
                      user.passwordSetAt === undefined ? t.access.noPassword : t.access.hasPassword,
                      user.totp ? t.access.hasTotp : t.access.noTotp,
                    ]
                      .filter(Boolean)
                      .join(' · ')}
                    {' · '}
                    {t.access.created} <Time value={user.createdAt} />
                  </p>
                </div>
                {readOnly ? null : (
                  <div className="flex flex-wrap gap-1">
                    <Button look="quiet" onClick={() => setOpen({ what: 'roles', user })}>
                      {t.access.changeRoles}
                    </Button>
                    <Button look="quiet" onClick={() => setOpen({ what: 'password', user })}>
                      {t.access.setPassword}
                    </Button>
                    <Button look="quiet" disabled={user.disabled} onClick={() => void link(user)}>
                      {t.access.makeLink}
                    </Button>
                    {user.totp ? (
                      <Button look="quiet" onClick={() => setOpen({ what: 'totp', user })}>
                        {t.access.resetTotp}
                      </Button>
                    ) : null}
                    {user.disabled ? (
                      <Button look="quiet" onClick={() => void run(at(user, 'enable'), {}, t.access.enabledNow(user.name))}>
                        {t.access.enable}
                      </Button>
                    ) : (
                      <Button look="quiet" disabled={user.owner} onClick={() => setOpen({ what: 'disable', user })}>
                        {t.access.disable}
                      </Button>
                    )}
                    <Button look="danger" disabled={user.owner} onClick={() => setOpen({ what: 'remove', user })}>
                      {t.common.remove}
                    </Button>
                  </div>
                )}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      <NewUser open={open?.what === 'new'} roleNames={roleNames} onClose={close} />
      {named ? (
        <>
          <RolesDialog key={`roles-${named.userId}`} open={open?.what === 'roles'} user={named} roleNames={roleNames} onClose={close} />
          <PasswordDialog open={open?.what === 'password'} user={named} onClose={close} />
          <ConfirmDialog
            open={open?.what === 'disable'}
            title={t.access.disableTitle(named.name)}
            action={t.access.disable}
            danger
            onClose={close}
            onConfirm={() => void run(at(named, 'disable'), {}, t.access.disabledNow(named.name)).then(close)}
          >
            <p>{t.access.disableLead}</p>
          </ConfirmDialog>
          <ConfirmDialog
            open={open?.what === 'remove'}
            title={t.access.removeTitle(named.name)}
            action={t.common.remove}
            danger
            onClose={close}
            onConfirm={() => void run(at(named, 'remove'), {}, t.access.removedNow(named.name)).then(close)}
          >
            <p>{t.access.removeLead}</p>
          </ConfirmDialog>
          <ConfirmDialog
            open={open?.what === 'totp'}
            title={t.access.resetTotpTitle(named.name)}
            action={t.access.resetTotp}
            danger
            onClose={close}
            onConfirm={() => void run(at(named, 'totp/reset'), {}, t.access.totpReset).then(close)}
          >
            <p>{t.access.resetTotpLead}</p>
          </ConfirmDialog>
        </>
      ) : null}
      <SecretDialog shown={shown} onClose={() => setShown(undefined)} />
    </Panel>
  );
}

type FormDialogProps = { readonly open: boolean; readonly onClose: () => void };

function NewUser({ open, roleNames, onClose }: FormDialogProps & { readonly roleNames: readonly string[] }) {
  const t = useT();
  const run = useAct();
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [roles, setRoles] = useState<readonly string[]>(['viewer']);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const body = { name: name.trim(), roles, ...(email.trim() && { email: email.trim() }), ...(password && { password }) };
    if (!(await run('/api/access/users', body, t.access.createdNow(name.trim())))) return;
    setName('');
    setEmail('');
    setPassword('');
    onClose();
  };
  return (
    <Dialog open={open} title={t.access.newUser} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <TextField label={t.access.name} value={name} maxLength={64} required autoFocus onChange={(event) => setName(event.target.value)} />
        <Several label={t.access.roles} all={roleNames} chosen={roles} onChange={setRoles} />
        <TextField label={t.access.email} type="email" optional value={email} onChange={(event) => setEmail(event.target.value)} />
        <TextField
          label={t.access.password}
          type="password"
          autoComplete="new-password"
          optional
          hint={t.access.passwordHint}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <Button type="submit" look="primary" className="self-end" disabled={roles.length === 0}>
          {t.access.create}
        </Button>
      </form>
    </Dialog>
  );
}

function RolesDialog({ open, user, roleNames, onClose }: FormDialogProps & { readonly user: User; readonly roleNames: readonly string[] }) {
  const t = useT();
  const run = useAct();
  const [roles, setRoles] = useState<readonly string[]>(user.roles);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const path = `/api/access/users/${encodeURIComponent(user.name)}/roles`;
    if (await run(path, { roles }, t.access.rolesChanged(user.name))) onClose();
  };
  return (
    <Dialog open={open} title={t.access.rolesOf(user.name)} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <Several label={t.access.roles} all={roleNames} chosen={roles} onChange={setRoles} />
        <Button type="submit" look="primary" className="self-end" disabled={roles.length === 0}>
          {t.access.changeRoles}
        </Button>
      </form>
    </Dialog>
  );
}

function PasswordDialog({ open, user, onClose }: FormDialogProps & { readonly user: User }) {
  const t = useT();
  const run = useAct();
  const [password, setPassword] = useState('');
  const path = `/api/access/users/${encodeURIComponent(user.name)}/password`;
  const done = () => {
    setPassword('');
    onClose();
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (await run(path, { password }, t.access.passwordChanged(user.name))) done();
  };
  return (
    <Dialog open={open} title={t.access.passwordOf(user.name)} onClose={done}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <TextField
          label={t.access.newPassword}
          type="password"
          autoComplete="new-password"
          hint={t.access.passwordRules}
          required
          autoFocus
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <div className="flex flex-wrap justify-end gap-2">
          {user.passwordSetAt === undefined ? null : (
            <Button look="danger" onClick={() => void run(path, {}, t.access.passwordCleared(user.name)).then(done)}>
              {t.access.clearPassword}
            </Button>
          )}
          <Button type="submit" look="primary">
            {t.access.setPassword}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
