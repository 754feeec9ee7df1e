'use client';
import { useState } from 'react';
import { keepPreference } from '../../data/preferences.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** The chosen theme, and how to choose another. */
export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState<Theme>(() => {
    const now = document.documentElement.dataset['theme'];
    return now === 'light' || now === 'dark' ? now : 'system';
  });
  const choose = (chosen: Theme) => {
    if (chosen === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = chosen;
    keepPreference('theme', chosen);
    setTheme(chosen);
  };
  return [theme, choose];
}
