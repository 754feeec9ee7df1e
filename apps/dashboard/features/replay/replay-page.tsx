'use client';
import { useQuery } from '@tanstack/react-query';
import { useQueryStates } from 'nuqs';
import { trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { buttonLook } from '../../ui/button.tsx';
import { Link } from '../../ui/link.tsx';
import { EmptyState } from '../../ui/states.tsx';
import { ReplayForm } from './replay-form.tsx';
import { ReplayList } from './replay-list.tsx';
import { replayParsers } from './replay-url.ts';
import { RunView } from './run-view.tsx';

function MayNotReplay() {
  const t = useT();
  return (
    <EmptyState title={t.ui.forbidden}>
      <p>{t.replay.mayNot}</p>
      <Link href="/replay/" className={buttonLook('plain')}>
        {t.replay.all}
      </Link>
    </EmptyState>
  );
}

/** The runs, the form for a new one, or the one that the address names. */
export function ReplayPage() {
  const me = useQuery(trpc.frame.me.queryOptions());
  const [{ run, message, session, to, query, create }, setQuery] = useQueryStates(replayParsers);
  if (run) return <RunView id={run} message={message} onMessage={(next) => void setQuery({ message: next })} />;
  if (create || session || query) {
    if (me.data && !me.data.permissions.includes('sessions.control')) return <MayNotReplay />;
    const started = (id: string) =>
      void setQuery({ run: id, session: null, to: null, query: null, create: null, message: null }, { history: 'push' });
    return <ReplayForm session={session ?? ''} to={to} query={query ?? ''} onStarted={started} />;
  }
  return <ReplayList />;
}
