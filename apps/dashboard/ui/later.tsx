'use client';
import { type ComponentType, lazy, type ReactNode, Suspense } from 'react';

/**
 * A component that is not needed for a page to stand: it is loaded beside it, or with `idle` when the browser has nothing else to do.
 * `meanwhile` stands in its place until it is there.
 */
export function later<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  { idle = false, meanwhile = null }: { readonly idle?: boolean; readonly meanwhile?: ReactNode } = {},
): ComponentType<Props> {
  const begin = () => void load().catch(() => undefined);
  if (typeof window !== 'undefined') idle ? whenIdle(begin) : begin();
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
