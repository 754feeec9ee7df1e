'use client';
import { useState } from 'react';
import { keepPreference } from '../../data/preferences.ts';
import { useInBrowser } from '../../ui/in-browser.ts';

export const THEMES = ['system', 'light', 'dark', 'contrast'] as const;
export type Theme = (typeof THEMES)[number];

/** The chosen theme, and how to choose another. High contrast is light or dark as the system is. */
export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const atFirst = useInBrowser(() => THEMES.find((known) => known === document.documentElement.dataset['theme']) ?? 'system', 'system');
  const [chosen, setChosen] = useState<Theme>();
  const choose = (theme: Theme) => {
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
    keepPreference('theme', theme);
    setChosen(theme);
  };
  return [chosen ?? atFirst, choose];
}
