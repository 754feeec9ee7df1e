'use client';
import { useRouter } from 'next/navigation';
import { togglePaused } from '../../data/feed.ts';
import { useLanguage } from '../../i18n/index.tsx';
import { copyText } from '../../ui/copy-text.ts';
import { later } from '../../ui/later.tsx';
import { toast } from '../../ui/toast.tsx';
import { pathOf } from './carried-range.ts';
import { useKeySequences, useKeys } from './keys.ts';
import { closeOverlay, openHelp, openPalette, useOverlay } from './overlay.ts';
import { PAGES } from './pages.ts';

const Palette = later(() => import('./palette.tsx').then((module) => module.Palette), { idle: true });
const ShortcutHelp = later(() => import('./shortcut-help.tsx').then((module) => module.ShortcutHelp), { idle: true });

/** The keys that work on every page, the list of all keys, and what finds everything; both are loaded after the page. */
export function Shortcuts() {
  const { t, toggleClock } = useLanguage();
  const router = useRouter();
  const open = useOverlay();
  useKeySequences();
  useKeys({
    ...Object.fromEntries(PAGES.map((page) => [`g ${page.key}`, () => router.push(pathOf(page))])),
    l: togglePaused,
    u: toggleClock,
    y: () => void copyText(window.location.href).then(() => toast(t.frame.linkCopied)),
    '/': () => focusIn('[data-query]'),
    '?': openHelp,
    'Mod+k': openPalette,
  });
  if (open === 'palette') return <Palette onClose={closeOverlay} />;
  return open === 'help' ? <ShortcutHelp onClose={closeOverlay} /> : null;
}

/** Leaves the key alone where the page has no such control. */
function focusIn(selector: string): boolean {
  const element = document.querySelector<HTMLElement>(`main ${selector}`);
  element?.focus();
  return element !== null;
}
