'use client';
import { type ReactNode, useEffect } from 'react';
import { useT } from '../../i18n/index.tsx';
import { useWaitingCount } from '../approvals/use-waiting.ts';

/** The heading of a page, which is also the title of the tab; there it also counts the calls that wait for a person. */
export function PageTitle({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  const t = useT();
  const waiting = useWaitingCount();
  useEffect(() => {
    document.title = `${waiting > 0 ? `(${waiting}) ` : ''}${title} · ${t.product}`;
  }, [title, waiting, t]);
  return (
    <div className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-2">
      <h1 className="min-w-0 truncate text-xl font-semibold">{title}</h1>
      {children}
    </div>
  );
}
