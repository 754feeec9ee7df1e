'use client';
import { useState } from 'react';
import { keepPreference } from '../../data/preferences.ts';

export const THEMES = ['system', 'light', 'dark', 'contrast'] as const;
export type Theme = (typeof THEMES)[number];

/** The chosen theme, and how to choose another. High contrast is light or dark as the system is. */
export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState<Theme>(() => {
    const now = document.documentElement.dataset['theme'];
    return THEMES.find((known) => known === now) ?? 'system';
  });
  const choose = (chosen: Theme) => {
    if (chosen === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = chosen;
    keepPreference('theme', chosen);
    setTheme(chosen);
  };
  return [theme, choose];
}
