'use client';
import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { classNames } from '../../ui/class-names.ts';
import { Logo } from './logo.tsx';
import { GROUPS, isCurrent, PAGES, type Page } from './pages.ts';

/** The navigation at the left of wide screens. */
export function Navigation() {
  const t = useT();
  const gateway = useQuery(trpc.frame.gateway.queryOptions());
  return (
    <nav
      aria-label={t.frame.navigation}
      className="sticky top-0 hidden h-dvh w-52 shrink-0 flex-col gap-5 border-r border-line px-3 py-4 sm:flex"
    >
      <Link href="/" className="flex items-center gap-2 rounded-md px-2 py-1 text-sm font-semibold">
        <Logo />
        {t.product}
      </Link>
      {GROUPS.map((group) => (
        <div key={group}>
          <h2 className="px-2 pb-1 text-xs font-medium text-ink-3">{t.frame[group]}</h2>
          <ul className="flex flex-col gap-0.5">
            {PAGES.filter((page) => page.group === group).map((page) => (
              <li key={page.name}>
                <NavigationLink page={page} />
              </li>
            ))}
          </ul>
        </div>
      ))}
      <p className="mt-auto px-2 text-xs text-ink-3 figures">{gateway.data ? t.frame.version(gateway.data.version) : ' '}</p>
    </nav>
  );
}

function NavigationLink({ page }: { readonly page: Page }) {
  const t = useT();
  const current = isCurrent(page, usePathname());
  return (
    <Link
      href={page.path}
      aria-current={current ? 'page' : undefined}
      className={classNames(
        'flex h-8 items-center gap-2.5 rounded-md px-2 text-sm',
        current ? 'bg-accent-soft font-medium text-accent' : 'text-ink-2 hover:bg-sunken hover:text-ink',
      )}
    >
      <page.Icon aria-hidden className="size-4" />
      {t.frame[page.name]}
    </Link>
  );
}

/** The navigation at the bottom of phones. */
export function BottomBar() {
  const t = useT();
  const pathname = usePathname();
  return (
    <nav
      aria-label={t.frame.navigation}
      className="fixed inset-x-0 bottom-0 z-20 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] sm:hidden"
    >
      <ul className="grid grid-cols-4">
        {PAGES.map((page) => (
          <li key={page.name}>
            <Link
              href={page.path}
              aria-current={isCurrent(page, pathname) ? 'page' : undefined}
              className={classNames(
                'flex h-14 flex-col items-center justify-center gap-0.5 text-xs',
                isCurrent(page, pathname) ? 'font-medium text-accent' : 'text-ink-2',
              )}
            >
              <page.Icon aria-hidden className="size-5" />
              {t.frame[page.name]}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
