'use client';
import { useState, useSyncExternalStore } from 'react';
import { keepPreference, preference } from '../../data/preferences.ts';

const ROOMY = '(width >= 64rem)';

/** Whether the navigation shows signs only: as the person chose, else on windows that have no room for names. */
export function useNavigationWidth(): readonly [narrow: boolean, setNarrow: (narrow: boolean) => void] {
  const [chosen, setChosen] = useState(() => preference('navigation'));
  const roomy = useSyncExternalStore(
    (onChange) => {
      const query = matchMedia(ROOMY);
      query.addEventListener('change', onChange);
      return () => query.removeEventListener('change', onChange);
    },
    () => matchMedia(ROOMY).matches,
    () => true,
  );
  const setNarrow = (narrow: boolean) => {
    const choice = narrow ? 'narrow' : 'wide';
    keepPreference('navigation', choice);
    setChosen(choice);
  };
  return [chosen === undefined ? !roomy : chosen === 'narrow', setNarrow];
}
