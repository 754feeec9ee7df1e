'use client';
import { useSyncExternalStore } from 'react';
import { classNames } from './class-names.ts';

type Toast = { readonly id: number; readonly text: string; readonly tone: 'plain' | 'bad' };

const SHOWN_MS = 6_000;
const MAX_SHOWN = 3;

let toasts: readonly Toast[] = [];
let nextId = 1;
const watchers = new Set<() => void>();

function set(next: readonly Toast[]): void {
  toasts = next;
  for (const watcher of watchers) watcher();
}

/** Says something for a few seconds, without taking the focus. */
export function toast(text: string, tone: Toast['tone'] = 'plain'): void {
  const id = nextId++;
  set([...toasts, { id, text, tone }].slice(-MAX_SHOWN));
  setTimeout(() => set(toasts.filter((shown) => shown.id !== id)), SHOWN_MS);
}

/** Where toasts appear. */
export function Toasts() {
  const shown = useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => toasts,
    () => toasts,
  );
  return (
    <div role="status" className="pointer-events-none fixed inset-x-0 bottom-16 z-40 flex flex-col items-center gap-2 px-4 sm:bottom-5">
      {shown.map(({ id, text, tone }) => (
        <p
          key={id}
          className={classNames(
            'rounded-lg border bg-surface px-4 py-2 text-sm whitespace-pre-line shadow-[var(--shadow)]',
            tone === 'bad' ? 'border-bad text-bad' : 'border-line-strong text-ink',
          )}
        >
          {text}
        </p>
      ))}
    </div>
  );
}
