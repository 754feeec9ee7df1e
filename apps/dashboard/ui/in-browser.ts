'use client';
/** What only the browser knows. A page as it is built has the value `before` in its place. */
import { useSyncExternalStore } from 'react';

const never = () => () => undefined;

/** Something that does not change by itself. */
export function useInBrowser<Value extends string | number | boolean | undefined>(read: () => Value, before: Value): Value {
  return useSyncExternalStore(never, read, () => before);
}

/** Whether a media query fits, as long as it does. */
export function useMatches(media: string, before: boolean): boolean {
  return useSyncExternalStore(
    (onChange) => {
      const query = matchMedia(media);
      query.addEventListener('change', onChange);
      return () => query.removeEventListener('change', onChange);
    },
    () => matchMedia(media).matches,
    () => before,
  );
}
