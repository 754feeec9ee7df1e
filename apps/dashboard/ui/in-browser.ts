'use client';
/** What only the browser knows. A page as it is built has the value `before` in its place. */
import { useMemo, useState, useSyncExternalStore } from 'react';

const never = () => () => undefined;

/** Something that does not change by itself. */
export function useInBrowser<Value extends string | number | boolean | undefined>(read: () => Value, before: Value): Value {
  const [readOnce] = useState(() => {
    let known: { readonly value: Value } | undefined;
    return () => {
      known ??= { value: read() };
      return known.value;
    };
  });
  return useSyncExternalStore(never, readOnce, () => before);
}

/** Whether a media query fits, as long as it does. */
export function useMatches(media: string, before: boolean): boolean {
  const { watch, read } = useMemo(() => {
    const query = typeof window === 'undefined' ? undefined : matchMedia(media);
    return {
      watch: (onChange: () => void) => {
        query?.addEventListener('change', onChange);
        return () => query?.removeEventListener('change', onChange);
      },
      read: () => query?.matches ?? before,
    };
  }, [media, before]);
  return useSyncExternalStore(watch, read, () => before);
}
