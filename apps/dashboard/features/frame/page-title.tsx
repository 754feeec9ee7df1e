'use client';
import { type ReactNode, useEffect } from 'react';
import { useT } from '../../i18n/index.tsx';

/** The heading of a page, which is also the title of the tab. */
export function PageTitle({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  const t = useT();
  useEffect(() => {
    document.title = `${title} · ${t.product}`;
  }, [title, t]);
  return (
    <div className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-2">
      <h1 className="min-w-0 truncate text-xl font-semibold">{title}</h1>
      {children}
    </div>
  );
}
