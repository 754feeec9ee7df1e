'use client';
import { useEffect, useRef } from 'react';

const SEQUENCE_MS = 1_000;

/** Whether the keys belong to what the person types: a field, an input method at work, or a command of the browser. */
function isTyping(event: KeyboardEvent): boolean {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return true;
  // An editor has a document of its own, of which the page sees the outside only.
  const [target] = event.composedPath();
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

let pending: { readonly key: string; readonly at: number } | undefined;

/** Calls the handler of a key, or of two keys in a row written `g o`. A handler that returns false leaves the key alone. */
export function useKeys(handlers: Readonly<Record<string, (event: KeyboardEvent) => unknown>>): void {
  const latest = useRef(handlers);
  useEffect(() => {
    latest.current = handlers;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isTyping(event)) return;
      const first = pending && performance.now() - pending.at < SEQUENCE_MS ? pending.key : undefined;
      const handler = (first && latest.current[`${first} ${event.key}`]) || (first ? undefined : latest.current[event.key]);
      if (!handler) return;
      if (handler(event) !== false) event.preventDefault();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
}

/** Remembers the last key, so that two in a row make a command. Once for the whole page, before every other handler. */
export function useKeySequences(): void {
  useEffect(() => {
    const onKeyUp = (event: KeyboardEvent) => {
      if (isTyping(event)) return;
      pending = event.key === 'g' ? { key: 'g', at: performance.now() } : undefined;
    };
    document.addEventListener('keyup', onKeyUp);
    return () => document.removeEventListener('keyup', onKeyUp);
  }, []);
}
