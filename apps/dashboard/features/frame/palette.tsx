'use client';
import { useQuery } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import { togglePaused } from '../../data/feed.ts';
import { signOut } from '../../data/sign-in-redirect.ts';
import { trpc } from '../../data/trpc.ts';
import { en } from '../../i18n/en/index.ts';
import { palette } from '../../i18n/en/palette.ts';
import { shortcuts } from '../../i18n/en/shortcuts.ts';
import { views } from '../../i18n/en/views.ts';
import { useLanguage, withText } from '../../i18n/index.tsx';
import { classNames } from '../../ui/class-names.ts';
import { copyText } from '../../ui/copy-text.ts';
import { toast } from '../../ui/toast.tsx';
import { fieldsOf } from '../config/schema.ts';
import { useDescriptions, useSchema } from '../config/use-schema.ts';
import { type Intent, intend } from './intent.ts';
import { openHelp, takeTyped } from './overlay.ts';
import { type Actions, allowedActions, configKeys, type Entry, pagesAndActions, savedViews, search } from './palette-entries.ts';
import { THEMES, useTheme } from './theme.ts';

const NOTHING: readonly never[] = [];

/** Finds pages, things and actions by a few letters. All by keyboard: type, arrows, Enter. */
export const Palette = withText({ palette, shortcuts, views }, Finder);

function Finder({ onClose }: { readonly onClose: () => void }) {
  const { t } = useLanguage();
  const router = useRouter();
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const entries = useEntries();
  const found = search(query, entries, t);
  const chosen = found[Math.min(at, found.length - 1)];

  useEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    setQuery(takeTyped());
    return () => {
      element?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the chosen one stays in sight
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [at, query]);

  const run = (entry: Entry | undefined) => {
    if (!entry) return;
    onClose();
    if (typeof entry.to === 'string') router.push(entry.to);
    else entry.to();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && found.length > 0) setAt((Math.min(at, found.length - 1) + step + found.length) % found.length);
    else if (event.key === 'Enter') run(chosen);
    else return;
    event.preventDefault();
  };

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it, too
    <dialog
      ref={dialog}
      aria-label={t.palette.title}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === dialog.current && onClose()}
      className="mx-auto mt-[12dvh] mb-auto w-[38rem] max-w-[94vw] overflow-hidden rounded-xl border border-line bg-surface p-0 text-ink shadow-[var(--shadow)] backdrop:bg-[rgb(0_0_0/0.4)]"
    >
      <input
        type="text"
        role="combobox"
        aria-label={t.palette.title}
        aria-expanded
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        {...(chosen && { 'aria-activedescendant': `${id}-${chosen.id}` })}
        autoComplete="off"
        spellCheck={false}
        value={query}
        placeholder={t.palette.placeholder}
        onChange={({ target }) => {
          setQuery(target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
        className="h-12 w-full border-b border-line bg-transparent px-4 text-base outline-none placeholder:text-ink-3"
      />
      <div
        ref={list}
        id={`${id}-list`}
        role="listbox"
        aria-label={t.palette.results}
        className="max-h-[50dvh] overflow-y-auto p-1.5 scroll-quiet"
      >
        {found.map((entry) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field
          <div
            key={entry.id}
            id={`${id}-${entry.id}`}
            role="option"
            aria-selected={entry === chosen}
            tabIndex={-1}
            onClick={() => run(entry)}
            className={classNames(
              'flex min-h-9 cursor-pointer items-center gap-3 rounded-md px-3 text-sm hover:bg-sunken',
              entry === chosen && 'bg-accent-soft text-accent',
            )}
          >
            <span className="min-w-0 flex-1 truncate">{entry.title}</span>
            <span className="shrink-0 text-xs text-ink-3">{t.palette.kinds[entry.kind]}</span>
          </div>
        ))}
        {found.length === 0 ? <p className="px-3 py-4 text-center text-sm text-ink-3">{t.palette.none}</p> : null}
      </div>
      <p className="border-t border-line px-4 py-2 text-xs text-ink-3 max-sm:hidden">{t.palette.hint}</p>
    </dialog>
  );
}

/** All that can be found; what must be asked for comes when it is there. */
function useEntries(): readonly Entry[] {
  const { t } = useLanguage();
  const router = useRouter();
  const me = useQuery(trpc.frame.me.queryOptions());
  const permissions = me.data?.permissions ?? NOTHING;
  const views = useQuery({ ...trpc.views.list.queryOptions(), staleTime: 60_000, enabled: permissions.includes('events.read') });
  const schema = useSchema(permissions.includes('config.read'));
  const describe = useDescriptions();
  const settings = useSettings();
  return useMemo(() => {
    const begin = (intent: Intent, page: string) => {
      intend(intent);
      router.push(page);
    };
    return [
      ...pagesAndActions(t, [...allowedActions(t, permissions, begin), ...settings]),
      ...savedViews(t, views.data ?? []),
      ...configKeys(schema.data ? fieldsOf(schema.data, {}) : [], describe),
    ];
  }, [t, router, permissions, settings, views.data, schema.data, describe]);
}

/** What a person sets for himself, and does from anywhere. */
function useSettings(): Actions {
  const { t, setLocale, toggleClock } = useLanguage();
  const [, setTheme] = useTheme();
  return useMemo(() => {
    const themeNames = { system: 'themeSystem', light: 'themeLight', dark: 'themeDark', contrast: 'themeContrast' } as const;
    return [
      ...THEMES.map((theme) => ({
        id: `theme-${theme}`,
        title: `${t.frame.theme}: ${t.frame[themeNames[theme]]}`,
        inEnglish: `${en.frame.theme}: ${en.frame[themeNames[theme]]}`,
        run: () => setTheme(theme),
      })),
      { id: 'english', title: `${t.frame.changeLanguage}: English`, inEnglish: 'Language: English', run: () => setLocale('en') },
      {
        id: 'chinese',
        title: `${t.frame.changeLanguage}: 简体中文`,
        inEnglish: 'Language: Chinese zhongwen',
        run: () => setLocale('zh-CN'),
      },
      { id: 'live', title: t.shortcuts.names.live, inEnglish: en.shortcuts.names.live, run: togglePaused },
      { id: 'utc', title: t.shortcuts.names.utc, inEnglish: en.shortcuts.names.utc, run: toggleClock },
      {
        id: 'copy-link',
        title: t.shortcuts.names.copyLink,
        inEnglish: en.shortcuts.names.copyLink,
        run: () => void copyText(window.location.href).then(() => toast(t.frame.linkCopied)),
      },
      { id: 'help', title: t.frame.help, inEnglish: en.frame.help, run: openHelp },
      { id: 'sign-out', title: t.frame.signOut, inEnglish: en.frame.signOut, run: () => void signOut() },
    ];
  }, [t, setLocale, setTheme, toggleClock]);
}
