'use client';
import { type ComponentType, lazy, type ReactNode, Suspense } from 'react';

/**
 * A component that is not needed for a page to stand: it is loaded when the browser has nothing else to do, or is shown.
 * `meanwhile` stands in its place until it is there.
 */
export function later<Props extends object>(load: () => Promise<ComponentType<Props>>, meanwhile: ReactNode = null): ComponentType<Props> {
  if (typeof window !== 'undefined') whenIdle(() => void load().catch(() => undefined));
  const Component = lazy(async () => ({ default: await load() }));
  return function Later(props: Props) {
    return (
      <Suspense fallback={meanwhile}>
        <Component {...props} />
      </Suspense>
    );
  };
}

/** Calls back when the browser has nothing else to do. */
export function whenIdle(callback: () => void): void {
  // Safari has no idle callbacks.
  (window.requestIdleCallback ?? window.setTimeout)(callback);
}
