'use client';
import X from 'lucide-react/icons/x';
import { useRouter } from 'next/navigation';
import { useRef } from 'react';
import { togglePaused } from '../../data/feed.ts';
import { useT } from '../../i18n/index.tsx';
import { IconButton } from '../../ui/button.tsx';
import { useKeySequences, useKeys } from './keys.ts';
import { PAGES } from './pages.ts';

const HELP_ID = 'shortcuts';

/** Shows the list of shortcuts. */
export function openHelp(): void {
  const dialog = document.getElementById(HELP_ID);
  if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
}

/** The keys that work on every page, and the list of them all. */
export function Shortcuts() {
  const t = useT();
  const router = useRouter();
  const dialog = useRef<HTMLDialogElement>(null);
  useKeySequences();
  useKeys({
    ...Object.fromEntries(PAGES.map((page) => [`g ${page.key}`, () => router.push(page.path)])),
    l: togglePaused,
    '?': openHelp,
  });
  const rows: readonly (readonly [string, string])[] = [
    ...PAGES.map((page) => [`g ${page.key}`, `${t.shortcuts.go} ${t.frame[page.name]}`] as const),
    ['/', t.shortcuts.search],
    ['j k', t.shortcuts.row],
    ['Enter', t.shortcuts.open],
    ['Esc', t.shortcuts.close],
    ['l', t.shortcuts.live],
    ['?', t.shortcuts.help],
  ];
  return (
    <dialog
      ref={dialog}
      id={HELP_ID}
      aria-label={t.shortcuts.title}
      className="m-auto w-96 max-w-[92vw] rounded-xl border border-line bg-surface p-0 shadow-[var(--shadow)] backdrop:bg-[rgb(0_0_0/0.35)]"
    >
      <header className="flex items-center justify-between border-b border-line py-2 pr-2 pl-4">
        <h2 className="text-sm font-semibold">{t.shortcuts.title}</h2>
        <IconButton label={t.common.close} onClick={() => dialog.current?.close()}>
          <X aria-hidden className="size-4" />
        </IconButton>
      </header>
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-2 px-4 py-3 text-sm">
        {rows.map(([keys, meaning]) => (
          <div key={keys} className="contents">
            <dt className="flex gap-1">
              {keys.split(' ').map((key) => (
                <kbd
                  key={key}
                  className="min-w-6 rounded border border-line-strong bg-sunken px-1.5 text-center font-mono text-xs leading-5"
                >
                  {key}
                </kbd>
              ))}
            </dt>
            <dd className="text-ink-2">{meaning}</dd>
          </div>
        ))}
      </dl>
      <p className="border-t border-line px-4 py-2 text-xs text-ink-3">{t.shortcuts.note}</p>
    </dialog>
  );
}
