'use client';
import type { ReactNode } from 'react';
import type { Outputs } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Time } from '../../ui/time.tsx';

type Login = Outputs['access']['logins']['logins'][number];

type LoginsProps = {
  readonly logins: readonly Login[];
  /** In milliseconds; a login ends this long after its beginning whatever is done in it. */
  readonly absoluteMs?: number | undefined;
  readonly withUser: boolean;
  readonly onEnd: ((login: Login) => void) | undefined;
};

/** Browsers that are signed in. */
export function Logins({ logins, absoluteMs, withUser, onEnd }: LoginsProps): ReactNode {
  const t = useT();
  const format = useFormat();
  if (logins.length === 0) return <p className="px-4 py-8 text-center text-sm text-ink-3">{t.access.noLogins}</p>;
  return (
    <ul className="divide-y divide-line">
      {logins.map((login) => (
        <li key={login.id} data-login={login.id} className="flex flex-wrap items-center gap-3 px-4 py-3 text-sm">
          <div className="min-w-0 flex-1 basis-64">
            <p className="flex flex-wrap items-center gap-2">
              {withUser ? <span className="font-medium">{login.user}</span> : null}
              <span className={withUser ? 'text-ink-2' : 'font-medium'}>{login.device ?? t.access.unknownDevice}</span>
              {login.current ? <Badge tone="accent">{t.access.thisBrowser}</Badge> : null}
              <Badge>{t.access.methods[login.method as keyof typeof t.access.methods] ?? login.method}</Badge>
            </p>
            <p className="mt-0.5 text-xs text-ink-3">
              {login.address ?? t.access.unknownAddress} · {t.access.began} <Time value={login.createdAt} /> · {t.access.seen}{' '}
              <Time value={login.lastSeenAt} /> · {t.access.endsIdle(format.day(login.endsAt))}
              {absoluteMs === undefined ? null : ` · ${t.access.endsAnyway(format.day(login.createdAt + absoluteMs))}`}
            </p>
          </div>
          {onEnd ? (
            <Button look="danger" aria-label={t.access.endLoginOf(login.user, login.device ?? '')} onClick={() => onEnd(login)}>
              {t.access.endLogin}
            </Button>
          ) : null}
        </li>
      ))}
    </ul>
  );
}
