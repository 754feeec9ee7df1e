'use client';
import { useQuery } from '@tanstack/react-query';
import PanelLeftClose from 'lucide-react/icons/panel-left-close';
import PanelLeftOpen from 'lucide-react/icons/panel-left-open';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useEffect, useState } from 'react';
import { trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { IconButton } from '../../ui/button.tsx';
import { classNames } from '../../ui/class-names.ts';
import { Count } from '../../ui/count.tsx';
import { whenIdle } from '../../ui/later.tsx';
import { type Badges, useBadges } from './badges.ts';
import { pathOf, useCarriedRange } from './carried-range.ts';
import { Logo } from './logo.tsx';
import { useNavigationWidth } from './navigation-width.ts';
import { GROUPS, isCurrent, PAGES, type Page } from './pages.ts';

const AHEAD_AFTER_MS = 1_000;

/** The navigation at the left: names beside the signs where there is room and the person wants them. */
export function Navigation() {
  const t = useT();
  const badges = useBadges();
  const gateway = useQuery(trpc.frame.gateway.queryOptions());
  const [narrow, setNarrow] = useNavigationWidth();
  return (
    <nav
      aria-label={t.frame.navigation}
      data-names={narrow ? undefined : ''}
      className={classNames(
        'sticky top-0 z-20 hidden h-dvh shrink-0 flex-col border-r border-line bg-canvas sm:flex',
        narrow ? 'w-14' : 'w-52',
      )}
    >
      <Link
        href="/"
        prefetch={false}
        title={t.product}
        className={classNames('flex h-12 shrink-0 items-center gap-2 text-sm font-semibold', narrow ? 'justify-center' : 'px-5')}
      >
        <Logo />
        <span className={narrow ? 'sr-only' : 'truncate'}>{t.product}</span>
      </Link>
      <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto px-3 py-2 scroll-quiet">
        {GROUPS.map((group) => (
          <NavigationGroup key={group} group={group} narrow={narrow} badges={badges} />
        ))}
      </div>
      <div
        className={classNames(
          'flex shrink-0 items-center border-t border-line py-2',
          narrow ? 'justify-center' : 'justify-between pr-2 pl-5',
        )}
      >
        {narrow ? null : (
          <p className="truncate text-xs text-ink-3 figures">{gateway.data ? t.frame.version(gateway.data.version) : ' '}</p>
        )}
        <IconButton label={narrow ? t.frame.expand : t.frame.collapse} onClick={() => setNarrow(!narrow)}>
          {narrow ? <PanelLeftOpen aria-hidden className="size-4" /> : <PanelLeftClose aria-hidden className="size-4" />}
        </IconButton>
      </div>
    </nav>
  );
}

type GroupProps = { readonly group: (typeof GROUPS)[number]; readonly narrow: boolean; readonly badges: Badges };

function NavigationGroup({ group, narrow, badges }: GroupProps) {
  const t = useT();
  const pages = PAGES.filter((page) => page.group === group);
  if (pages.length === 0) return null;
  return (
    <div>
      <h2 className={narrow ? 'sr-only' : 'px-2 pb-1 text-xs font-medium text-ink-3'}>{t.frame[group]}</h2>
      <ul className={classNames('flex flex-col gap-0.5', narrow && group !== GROUPS[0] && 'border-t border-line pt-3')}>
        {pages.map((page) => (
          <li key={page.name}>
            <NavigationLink page={page} narrow={narrow} count={badges[page.name] ?? 0} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function NavigationLink({ page, narrow, count }: { readonly page: Page; readonly narrow: boolean; readonly count: number }) {
  const t = useT();
  const current = isCurrent(page, usePathname());
  const ahead = useIdle();
  const name = t.frame[page.name];
  return (
    <Link
      href={pathOf(page, useCarriedRange())}
      prefetch={ahead ? 'auto' : false}
      aria-current={current ? 'page' : undefined}
      title={narrow ? name : undefined}
      className={classNames(
        'relative flex h-8 items-center gap-2.5 rounded-md px-2 text-sm',
        current ? 'bg-accent-soft font-medium text-accent' : 'text-ink-2 hover:bg-sunken hover:text-ink',
      )}
    >
      <page.Icon aria-hidden className="size-4 shrink-0" />
      <span className={narrow ? 'sr-only' : 'min-w-0 truncate'}>{name}</span>
      {count > 0 ? (
        <Count value={count} label={t.frame.needsYou(count)} className={narrow ? 'absolute -top-0.5 -right-1' : 'ml-auto'} />
      ) : null}
    </Link>
  );
}

/** Whether this page has had its time: other pages are loaded ahead after it. */
function useIdle(): boolean {
  const [idle, setIdle] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => whenIdle(() => setIdle(true)), AHEAD_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return idle;
}
