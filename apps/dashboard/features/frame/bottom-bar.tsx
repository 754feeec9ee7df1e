'use client';
import Ellipsis from 'lucide-react/icons/ellipsis';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useEffect, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { classNames } from '../../ui/class-names.ts';
import { Count } from '../../ui/count.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { type Badges, useBadges } from './badges.ts';
import { pathOf, useCarriedRange } from './carried-range.ts';
import { GROUPS, isCurrent, PAGES, type Page } from './pages.ts';

const IN_BAR: readonly Page[] = PAGES.filter((page) => page.bar);
const IN_SHEET: readonly Page[] = PAGES.filter((page) => !page.bar);

const LOOK = 'relative flex h-14 w-full flex-col items-center justify-center gap-0.5 text-xs';

/** The navigation at the bottom of phones: what one needs most, and a sheet with the rest. */
export function BottomBar() {
  const t = useT();
  const pathname = usePathname();
  const badges = useBadges();
  const [open, setOpen] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the sheet closes when another page is shown
  useEffect(() => setOpen(false), [pathname]);
  const elsewhere = IN_SHEET.some((page) => isCurrent(page, pathname));
  const waiting = IN_SHEET.reduce((sum, page) => sum + (badges[page.name] ?? 0), 0);
  return (
    <nav
      aria-label={t.frame.navigation}
      className="fixed inset-x-0 bottom-0 z-20 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] sm:hidden"
    >
      <ul className="grid auto-cols-fr grid-flow-col">
        {IN_BAR.map((page) => (
          <li key={page.name}>
            <BarLink page={page} current={isCurrent(page, pathname)} count={badges[page.name] ?? 0} />
          </li>
        ))}
        {IN_SHEET.length > 0 ? (
          <li>
            <button
              type="button"
              aria-haspopup="dialog"
              aria-expanded={open}
              onClick={() => setOpen(true)}
              className={classNames(LOOK, elsewhere ? 'font-medium text-accent' : 'text-ink-2')}
            >
              <Ellipsis aria-hidden className="size-5" />
              {t.frame.more}
              {waiting > 0 ? <Count value={waiting} label={t.frame.needsYou(waiting)} className="absolute top-1 left-1/2 ml-2" /> : null}
            </button>
          </li>
        ) : null}
      </ul>
      <Dialog open={open} title={t.frame.morePages} onClose={() => setOpen(false)} place="bottom">
        <Sheet pathname={pathname} badges={badges} />
      </Dialog>
    </nav>
  );
}

function BarLink({ page, current, count }: { readonly page: Page; readonly current: boolean; readonly count: number }) {
  const t = useT();
  const range = useCarriedRange();
  const name = t.frame[page.name];
  return (
    <Link
      href={pathOf(page, range)}
      aria-current={current ? 'page' : undefined}
      className={classNames(LOOK, current ? 'font-medium text-accent' : 'text-ink-2')}
    >
      <page.Icon aria-hidden className="size-5" />
      {name}
      {count > 0 ? <Count value={count} label={t.frame.needsYou(count)} className="absolute top-1 left-1/2 ml-2" /> : null}
    </Link>
  );
}

function Sheet({ pathname, badges }: { readonly pathname: string; readonly badges: Badges }) {
  const t = useT();
  const range = useCarriedRange();
  return GROUPS.map((group) => {
    const pages = IN_SHEET.filter((page) => page.group === group);
    if (pages.length === 0) return null;
    return (
      <section key={group} aria-label={t.frame[group]} className="pb-3 last:pb-0">
        <h3 className="pb-1 text-xs font-medium text-ink-3">{t.frame[group]}</h3>
        <ul className="grid grid-cols-2 gap-2">
          {pages.map((page) => (
            <li key={page.name}>
              <Link
                href={pathOf(page, range)}
                aria-current={isCurrent(page, pathname) ? 'page' : undefined}
                className={classNames(
                  'flex h-11 items-center gap-2.5 rounded-md border border-line px-3 text-sm',
                  isCurrent(page, pathname) ? 'bg-accent-soft font-medium text-accent' : 'text-ink',
                )}
              >
                <page.Icon aria-hidden className="size-4 shrink-0" />
                <span className="min-w-0 truncate">{t.frame[page.name]}</span>
                <Badge count={badges[page.name] ?? 0} />
              </Link>
            </li>
          ))}
        </ul>
      </section>
    );
  });
}

function Badge({ count }: { readonly count: number }) {
  const t = useT();
  return count > 0 ? <Count value={count} label={t.frame.needsYou(count)} className="ml-auto" /> : null;
}
