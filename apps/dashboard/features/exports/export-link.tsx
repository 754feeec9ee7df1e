'use client';
import { useQuery } from '@tanstack/react-query';
import Download from 'lucide-react/icons/download';
import { createSerializer } from 'nuqs';
import type { ReactNode } from 'react';
import { trpc } from '../../data/trpc.ts';
import { buttonLook } from '../../ui/button.tsx';
import { Link } from '../../ui/link.tsx';
import { exportsParsers, exportsUrlKeys, type Shown } from './exports-url.ts';

const serialize = createSerializer(exportsParsers, { urlKeys: exportsUrlKeys });

type Props = { readonly shown: Shown; readonly look: 'plain' | 'quiet'; readonly className?: string; readonly children: ReactNode };

/** Leads to an export of what the page shows, for those who may export. */
export function ExportLink({ shown, look, className, children }: Props) {
  const me = useQuery(trpc.frame.me.queryOptions());
  const { q = '', classes = [], range, fromTime, toTime } = shown;
  if (!me.data?.permissions.includes('audit.export')) return null;
  return (
    <Link href={serialize('/exports/', { new: true, q, classes, range, fromTime, toTime })} className={buttonLook(look, className)}>
      <Download aria-hidden className="size-4" />
      {children}
    </Link>
  );
}
