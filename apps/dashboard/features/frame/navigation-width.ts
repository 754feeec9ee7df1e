'use client';
import { useEffect, useState } from 'react';
import { keepPreference, preference } from '../../data/preferences.ts';
import { useInBrowser, useMatches } from '../../ui/in-browser.ts';

const ROOMY = '(width >= 64rem)';

/** Whether the navigation shows signs only: as the person chose, else on windows that have no room for names. */
export function useNavigationWidth(): readonly [narrow: boolean, setNarrow: (narrow: boolean) => void] {
  const before = useInBrowser(() => preference('navigation'), undefined);
  const [chosen, setChosen] = useState<string>();
  const roomy = useMatches(ROOMY, true);
  useEffect(() => {
    delete document.documentElement.dataset['awaitsNavigation'];
  }, []);
  const choice = chosen ?? before;
  const setNarrow = (narrow: boolean) => {
    const width = narrow ? 'narrow' : 'wide';
    keepPreference('navigation', width);
    setChosen(width);
  };
  return [choice === undefined ? !roomy : choice === 'narrow', setNarrow];
}
