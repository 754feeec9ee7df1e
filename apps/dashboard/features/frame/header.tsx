'use client';
import Keyboard from 'lucide-react/icons/keyboard';
import Languages from 'lucide-react/icons/languages';
import LogOut from 'lucide-react/icons/log-out';
import SunMoon from 'lucide-react/icons/sun-moon';
import { signOut } from '../../data/api.ts';
import { type Locale, useLanguage } from '../../i18n/index.tsx';
import { IconButton } from '../../ui/button.tsx';
import { Menu } from '../../ui/menu.tsx';
import { LiveIndicator } from './live-indicator.tsx';
import { Logo } from './logo.tsx';
import { openHelp } from './shortcuts.tsx';
import { THEMES, useTheme } from './theme.ts';

/** The bar above every page: is it live, and the person's own settings. */
export function Header({ userId }: { readonly userId: string | undefined }) {
  const { t } = useLanguage();
  return (
    <header className="sticky top-0 z-20 flex h-12 items-center gap-1 border-b border-line bg-canvas px-3 sm:px-5">
      <span className="mr-2 sm:hidden">
        <Logo />
      </span>
      <LiveIndicator />
      <div className="ml-auto flex items-center gap-0.5">
        <span className="max-sm:hidden">
          <IconButton label={t.frame.help} onClick={openHelp}>
            <Keyboard aria-hidden className="size-4" />
          </IconButton>
        </span>
        <LanguageMenu />
        <ThemeMenu />
        <IconButton label={userId ? `${t.frame.signOut} (${userId})` : t.frame.signOut} onClick={() => void signOut()}>
          <LogOut aria-hidden className="size-4" />
        </IconButton>
      </div>
    </header>
  );
}

const LANGUAGES: readonly { readonly value: Locale; readonly title: string }[] = [
  { value: 'en', title: 'English' },
  { value: 'zh-CN', title: '简体中文' },
];

/** Chooses the language of the page. */
export function LanguageMenu() {
  const { t, locale, setLocale } = useLanguage();
  return (
    <Menu
      label={t.frame.changeLanguage}
      icon={<Languages aria-hidden className="size-4" />}
      choices={LANGUAGES}
      chosen={locale}
      onChoose={setLocale}
    />
  );
}

/** Chooses the theme. */
export function ThemeMenu() {
  const { t } = useLanguage();
  const [theme, setTheme] = useTheme();
  const titles = { system: t.frame.themeSystem, light: t.frame.themeLight, dark: t.frame.themeDark, contrast: t.frame.themeContrast };
  const choices = THEMES.map((value) => ({ value, title: titles[value] }));
  return (
    <Menu label={t.frame.theme} icon={<SunMoon aria-hidden className="size-4" />} choices={choices} chosen={theme} onChoose={setTheme} />
  );
}
