'use client';
import Keyboard from 'lucide-react/icons/keyboard';
import Languages from 'lucide-react/icons/languages';
import LinkIcon from 'lucide-react/icons/link';
import LogOut from 'lucide-react/icons/log-out';
import Search from 'lucide-react/icons/search';
import SunMoon from 'lucide-react/icons/sun-moon';
import { signOut } from '../../data/sign-in-redirect.ts';
import { type Locale, useLanguage } from '../../i18n/index.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { copyText } from '../../ui/copy-text.ts';
import { useInBrowser } from '../../ui/in-browser.ts';
import { Menu } from '../../ui/menu.tsx';
import { toast } from '../../ui/toast.tsx';
import { GatewayLabel } from './gateway-label.tsx';
import { LiveIndicator } from './live-indicator.tsx';
import { Logo } from './logo.tsx';
import { openHelp, openPalette } from './overlay.ts';
import { TIME_RANGE_SLOT } from './slots.ts';
import { THEMES, useTheme } from './theme.ts';

/** The bar above every page: is it live, and the person's own settings. */
export function Header({ userId }: { readonly userId: string | undefined }) {
  const { t, isUtc, toggleClock } = useLanguage();
  const copyLink = () => void copyText(window.location.href).then(() => toast(t.frame.linkCopied));
  return (
    <header className="sticky top-0 z-20 flex h-12 items-center gap-1 border-b border-line bg-canvas px-3 sm:px-5">
      <span className="mr-2 sm:hidden">
        <Logo />
      </span>
      <GatewayLabel />
      <LiveIndicator />
      <div className="ml-auto flex min-w-0 items-center gap-0.5 max-md:shrink-0">
        <span id={TIME_RANGE_SLOT} className="mr-1 flex min-w-0" />
        <FindButton />
        <span className="flex max-sm:hidden">
          <Button
            look="quiet"
            aria-pressed={isUtc}
            aria-label={isUtc ? t.frame.clockUtc : t.frame.clockLocal}
            title={isUtc ? t.frame.clockUtc : t.frame.clockLocal}
            onClick={toggleClock}
            className="px-1.5 text-xs aria-pressed:bg-accent-soft aria-pressed:text-accent"
          >
            {t.frame.utc}
          </Button>
          <IconButton label={t.frame.copyLink} onClick={copyLink}>
            <LinkIcon aria-hidden className="size-4" />
          </IconButton>
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

/** Opens what finds everything: a field to look at where there is room, a sign on phones. */
function FindButton() {
  const { t } = useLanguage();
  const modifier = useInBrowser(() => (/Mac|iP/.test(navigator.platform) ? '⌘' : 'Ctrl '), 'Ctrl ');
  return (
    <>
      <button
        type="button"
        onClick={openPalette}
        title={t.frame.find}
        className="mr-1 flex h-8 w-40 items-center gap-2 rounded-md border border-line-strong bg-surface px-2.5 text-sm text-ink-3 hover:text-ink max-md:hidden lg:w-56"
      >
        <Search aria-hidden className="size-3.5" />
        {t.frame.findShort}
        <kbd className="ml-auto font-sans text-xs">{modifier}K</kbd>
      </button>
      <span className="md:hidden">
        <IconButton label={t.frame.find} onClick={openPalette}>
          <Search aria-hidden className="size-4" />
        </IconButton>
      </span>
    </>
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
