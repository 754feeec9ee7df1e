'use client';
/**
 * Language of the page. The English sentences of a page come with it, so that none waits for those of all others; another catalog
 * is loaded as a whole, only by those who read it.
 */
import { type ComponentType, createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState } from 'react';
import { keepPreference, preference } from '../data/preferences.ts';
import { core } from './en/core.ts';
import type { Catalog } from './en/index.ts';
import { type Format, formatFor, type Locale } from './format.ts';
import type { Problem, SaidProblem } from './said.ts';

export type { Locale } from './format.ts';

type Language = {
  readonly locale: Locale;
  readonly t: Catalog;
  /** What the gateway says of a problem, where it does not speak the language itself. */
  readonly say?: (problem: Problem) => Promise<SaidProblem>;
  /** What the types of events mean, likewise. */
  readonly meanings?: () => Promise<Readonly<Record<string, string>>>;
  readonly format: Format;
  readonly setLocale: (locale: Locale) => void;
  /** Whether times are written in UTC rather than in the time of the browser. */
  readonly isUtc: boolean;
  readonly toggleClock: () => void;
};

const LanguageContext = createContext<Language | undefined>(undefined);

const LANGUAGES: Record<Locale, () => Promise<Pick<Language, 't' | 'say' | 'meanings'>>> = {
  // What a page says beyond it comes by `withText`.
  en: async () => ({ t: core as Catalog }),
  'zh-CN': () => import('./zh-cn/page.ts'),
};

/** The page begins in English, as it is built; whoever reads another language is shown it in that one only. */
export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [loaded, setLoaded] = useState<Pick<Language, 'locale' | 't' | 'say' | 'meanings'>>({ locale: 'en', t: core as Catalog });

  const [isUtc, setUtc] = useState(false);

  const load = useCallback(async (locale: Locale) => {
    const language = await LANGUAGES[locale]();
    document.documentElement.lang = locale;
    setLoaded({ locale, ...language });
  }, []);

  useEffect(() => {
    setUtc(preference('clock') === 'utc');
    if (document.documentElement.lang === 'zh-CN') void load('zh-CN');
  }, [load]);
  useEffect(() => {
    if (loaded.locale === document.documentElement.lang) delete document.documentElement.dataset['awaitsLanguage'];
  }, [loaded]);

  const language = useMemo(() => {
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

  return <LanguageContext value={language}>{children}</LanguageContext>;
}

/** The component with the English sentences that it and what stands in it need beyond those of every page. */
export function withText<Props extends object>(sentences: Partial<Catalog>, Component: ComponentType<Props>): ComponentType<Props> {
  return function WithText(props: Props) {
    const language = useLanguage();
    const extended = useMemo(() => (language.locale === 'en' ? { ...language, t: { ...language.t, ...sentences } } : language), [language]);
    return (
      <LanguageContext value={extended}>
        <Component {...props} />
      </LanguageContext>
    );
  };
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
