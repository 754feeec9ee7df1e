'use client';
import { useEffect, useRef } from 'react';
import { keysMeant, prefixes } from './key-choice.ts';

const SEQUENCE_MS = 1_000;
/** What no field does anything with when held with ⌘ or Ctrl. */
const NOT_TYPED = /^(k|Enter)$/i;

/** Keys that are held with another. `Mod` is ⌘ on a Mac and Ctrl elsewhere. @example keysOf({ key: 'k', metaKey: true }) // 'Mod+k' */
export function keysOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey'>): string {
  const key = event.key === ' ' ? 'Space' : event.key;
  // A letter or sign already says whether Shift was held.
  const shift = event.shiftKey && key.length > 1 && key !== 'Shift' ? 'Shift+' : '';
  return `${event.ctrlKey || event.metaKey ? 'Mod+' : ''}${shift}${key}`;
}

/** Whether the keys belong to what the person types: a field, or an input method at work. */
function isTyping(event: KeyboardEvent): boolean {
  if (event.isComposing || event.altKey) return true;
  if ((event.ctrlKey || event.metaKey) && NOT_TYPED.test(event.key)) return false;
  // An editor has a document of its own, of which the page sees the outside only.
  const [target] = event.composedPath();
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement && /^(checkbox|radio|button)$/.test(target.type)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

let pressed: { readonly event: KeyboardEvent; readonly keys: string } | undefined;
let pending: { readonly keys: string; readonly at: number } | undefined;

/**
 * Calls the handler of a key, of keys held together (`Mod+k`), or of two in a row (`g o`). Handlers are named by the keys of the
 * list of shortcuts, whatever the person chose instead. A handler that returns false leaves the key alone.
 */
export function useKeys(handlers: Readonly<Record<string, (event: KeyboardEvent) => unknown>>): void {
  const latest = useRef(handlers);
  useEffect(() => {
    latest.current = handlers;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || pressed?.event !== event) return;
      const meant = keysMeant(pressed.keys);
      const handler = meant === undefined ? undefined : latest.current[meant];
      if (handler && handler(event) !== false) event.preventDefault();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
}

/** Puts two keys in a row together. Once for the whole page; it hears of a key before every handler. */
export function useKeySequences(): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      pressed = undefined;
      if (isTyping(event) || event.key === 'Shift') return;
      const keys = keysOf(event);
      const first = pending && performance.now() - pending.at < SEQUENCE_MS ? `${pending.keys} ` : '';
      pending = first === '' && prefixes().has(keys) ? { keys, at: performance.now() } : undefined;
      pressed = { event, keys: first + keys };
    };
    document.addEventListener('keydown', onKeyDown, true);
    return () => document.removeEventListener('keydown', onKeyDown, true);
  }, []);
}
