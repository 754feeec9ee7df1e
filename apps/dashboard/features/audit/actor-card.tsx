'use client';
import { useQuery } from '@tanstack/react-query';
import X from 'lucide-react/icons/x';
import type { ReactNode } from 'react';
import { type Outputs, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { IconButton } from '../../ui/button.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Loaded, Skeleton } from '../../ui/states.tsx';

type Actor = Outputs['audit']['actor'];

/** Who somebody is of whom the trail tells: roles, logins and tokens. Everything done stands below. */
export function ActorCard({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const t = useT();
  const actor = useQuery(trpc.audit.actor.queryOptions({ id }));
  return (
    <Panel
      className="mb-3 print:hidden"
      title={t.audit.actor(actor.data?.user?.name ?? id)}
      note={<span className="font-mono">{id}</span>}
      actions={
        <IconButton label={t.common.close} onClick={onClose}>
          <X aria-hidden className="size-4" />
        </IconButton>
      }
    >
      <Loaded query={actor} skeleton={<Skeleton lines={2} className="p-4" />}>
        {(data) => (
          <div className="grid gap-4 p-4 text-sm lg:grid-cols-3">
            <Grants actor={data} />
            <Logins actor={data} />
            <Tokens actor={data} />
          </div>
        )}
      </Loaded>
    </Panel>
  );
}

function Grants({ actor: { user } }: { readonly actor: Actor }) {
  const t = useT();
  const format = useFormat();
  return (
    <Part title={t.audit.grants}>
      {user ? (
        <>
          <p className="flex flex-wrap gap-1.5">
            {user.roles.map((role) => (
              <Badge key={role} tone="accent">
                {role}
              </Badge>
            ))}
            {user.owner ? <Badge>{t.audit.owner}</Badge> : null}
            {user.disabled ? <Badge tone="bad">{t.audit.disabled}</Badge> : null}
          </p>
          <p className="text-xs text-ink-2">
            {user.totp ? t.audit.totp : t.audit.noTotp} · {t.audit.since(format.full(user.createdAt))}
          </p>
        </>
      ) : (
        <p className="text-xs text-ink-3">{t.audit.noUser}</p>
      )}
    </Part>
  );
}

function Logins({ actor }: { readonly actor: Actor }) {
  const t = useT();
  const format = useFormat();
  return (
    <Part title={t.audit.logins}>
      {actor.logins.length === 0 ? <p className="text-xs text-ink-3">{t.common.none}</p> : null}
      <ul className="flex max-h-32 flex-col gap-1 overflow-auto text-xs scroll-quiet">
        {actor.logins.map((login) => (
          <li key={login.id} className="text-ink-2">
            <span className="text-ink">{login.device ?? login.method}</span> {login.address} · {format.ago(login.lastSeenAt, Date.now())}
          </li>
        ))}
      </ul>
    </Part>
  );
}

function Tokens({ actor }: { readonly actor: Actor }) {
  const t = useT();
  return (
    <Part title={t.audit.tokens}>
      {actor.tokens.length === 0 ? <p className="text-xs text-ink-3">{t.common.none}</p> : null}
      <ul className="flex max-h-32 flex-col gap-1 overflow-auto text-xs scroll-quiet">
        {actor.tokens.map((token) => (
          <li key={token.id} className="flex items-center gap-2 text-ink-2">
            <span className="text-ink">{token.name}</span>
            <span className="font-mono">{token.prefix}…</span>
            <Badge tone={token.state === 'active' ? 'ok' : 'neutral'}>{t.audit.tokenState[token.state]}</Badge>
          </li>
        ))}
      </ul>
    </Part>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <h3 className="text-xs font-medium text-ink-3">{title}</h3>
      {children}
    </div>
  );
}
