import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';
import { Link } from './link.tsx';

const LOOK = 'block min-w-0 rounded-lg border border-line bg-surface px-4 py-3';

/** One thing among several of its kind. With `href` all of it leads there. */
export function Card({ href, className, children }: { readonly href?: string; readonly className?: string; readonly children: ReactNode }) {
  if (href === undefined) return <div className={classNames(LOOK, className)}>{children}</div>;
  return (
    <Link href={href} className={classNames(LOOK, 'hover:border-line-strong', className)}>
      {children}
    </Link>
  );
}
