'use client';
import dynamic from 'next/dynamic';
import { useRouter } from 'next/navigation';
import { togglePaused } from '../../data/feed.ts';
import { useLanguage } from '../../i18n/index.tsx';
import { copyText } from '../../ui/copy-text.ts';
import { toast } from '../../ui/toast.tsx';
import { useKeySequences, useKeys } from './keys.ts';
import { closeOverlay, openHelp, openPalette, useOverlay } from './overlay.ts';
import { PAGES } from './pages.ts';

const Palette = dynamic(() => import('./palette.tsx').then((module) => module.Palette), { ssr: false });
const ShortcutHelp = dynamic(() => import('./shortcut-help.tsx').then((module) => module.ShortcutHelp), { ssr: false });

/** The keys that work on every page, the list of all keys, and what finds everything; both are loaded when first wanted. */
export function Shortcuts() {
  const { t, toggleClock } = useLanguage();
  const router = useRouter();
  const open = useOverlay();
  useKeySequences();
  useKeys({
    ...Object.fromEntries(PAGES.map((page) => [`g ${page.key}`, () => router.push(page.path)])),
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
