'use client';
import { type ComponentType, type ReactNode, useSyncExternalStore } from 'react';

/**
 * A component that is not needed for a page to stand: it is loaded beside it, or with `idle` when the browser has nothing else to do.
 * `meanwhile` stands in its place until it is there. Not by Suspense: what suspended once is shown 300 ms later at the earliest.
 */
export function later<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  { idle = false, meanwhile = null }: { readonly idle?: boolean; readonly meanwhile?: ReactNode } = {},
): ComponentType<Props> {
  type Outcome = { readonly Component: ComponentType<Props> } | { readonly failure: unknown };
  let outcome: Outcome | undefined;
  let hasBegun = false;
  const waiting = new Set<() => void>();
  const settle = (settled: Outcome) => {
    outcome = settled;
    for (const tell of waiting) tell();
  };
  const begin = () => {
    if (hasBegun) return;
    hasBegun = true;
    void load().then(
      (Component) => settle({ Component }),
      (failure) => (waiting.size > 0 ? settle({ failure }) : forget()),
    );
  };
  // A failure is that of those who waited; whoever comes later tries again.
  const forget = () => {
    outcome = undefined;
    hasBegun = false;
  };
  const subscribe = (tell: () => void) => {
    waiting.add(tell);
    begin();
    return () => {
      waiting.delete(tell);
      if (waiting.size === 0 && outcome && 'failure' in outcome) forget();
    };
  };
  if (typeof window !== 'undefined') idle ? whenIdle(begin) : begin();
  return function Later(props: Props) {
    const settled = useSyncExternalStore(
      subscribe,
      () => outcome,
      () => undefined,
    );
    if (!settled) return meanwhile;
    if ('failure' in settled) throw settled.failure;
    return <settled.Component {...props} />;
  };
}

/** Calls back when the browser has nothing else to do. */
export function whenIdle(callback: () => void): void {
  // Safari has no idle callbacks.
  (window.requestIdleCallback ?? window.setTimeout)(callback);
}
