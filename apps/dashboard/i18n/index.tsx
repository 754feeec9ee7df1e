'use client';
/** Language of the page: a typed catalog per language, the second one loaded only by those who read it. */
import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState } from 'react';
import { keepPreference, preference } from '../data/preferences.ts';
import { type Catalog, en } from './en/index.ts';
import { type Format, formatFor, type Locale } from './format.ts';

export type { Locale } from './format.ts';

type Language = {
  readonly locale: Locale;
  readonly t: Catalog;
  readonly format: Format;
  readonly setLocale: (locale: Locale) => void;
  /** Whether times are written in UTC rather than in the time of the browser. */
  readonly isUtc: boolean;
  readonly toggleClock: () => void;
};

const LanguageContext = createContext<Language | undefined>(undefined);

const CATALOGS: Record<Locale, () => Promise<Catalog>> = {
  en: async () => en,
  'zh-CN': async () => (await import('./zh-cn/index.ts')).zhCn,
};

/** Shows its children once the catalog of the person's language is there. */
export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [loaded, setLoaded] = useState<{ locale: Locale; t: Catalog }>();

  const [isUtc, setUtc] = useState(false);

  const load = useCallback(async (locale: Locale) => {
    const t = await CATALOGS[locale]();
    document.documentElement.lang = locale;
    setLoaded({ locale, t });
  }, []);

  useEffect(() => {
    setUtc(preference('clock') === 'utc');
    void load(document.documentElement.lang === 'zh-CN' ? 'zh-CN' : 'en');
  }, [load]);

  const language = useMemo(() => {
    if (!loaded) return undefined;
    const setLocale = (locale: Locale) => {
      keepPreference('language', locale);
      void load(locale);
    };
    const toggleClock = () => {
      keepPreference('clock', isUtc ? 'local' : 'utc');
      setUtc(!isUtc);
    };
    const format = formatFor(loaded.locale, loaded.t, isUtc ? 'UTC' : undefined);
    return { ...loaded, format, setLocale, isUtc, toggleClock };
  }, [loaded, load, isUtc]);

  return language ? <LanguageContext value={language}>{children}</LanguageContext> : null;
}

export function useLanguage(): Language {
  const language = use(LanguageContext);
  if (!language) throw new Error('useLanguage outside of LanguageProvider');
  return language;
}

/** The sentences of the page's language. */
export function useT(): Catalog {
  return useLanguage().t;
}

export function useFormat(): Format {
  return useLanguage().format;
}
