'use client';
import { useQueryStates } from 'nuqs';
import { ReplayForm } from './replay-form.tsx';
import { ReplayList } from './replay-list.tsx';
import { replayParsers } from './replay-url.ts';
import { RunView } from './run-view.tsx';

/** The runs, the form for a new one, or the one that the address names. */
export function ReplayPage() {
  const [{ run, message, session, to, query, create }, setQuery] = useQueryStates(replayParsers);
  if (run) return <RunView id={run} message={message} onMessage={(next) => void setQuery({ message: next })} />;
  if (create || session || query) {
    const started = (id: string) =>
      void setQuery({ run: id, session: null, to: null, query: null, create: null, message: null }, { history: 'push' });
    return <ReplayForm session={session ?? ''} to={to} query={query ?? ''} onStarted={started} />;
  }
  return <ReplayList />;
}
