'use client';
import { useEffect, useRef } from 'react';

type Pointed = { readonly field?: string | undefined; readonly value?: string | undefined };

/** The field and value of what the pointer is on, or else of what has the focus. */
export function usePointedValue(): () => Pointed {
  const target = useRef<EventTarget | null>(null);
  useEffect(() => {
    const onMove = (event: PointerEvent) => {
      target.current = event.target;
    };
    document.addEventListener('pointerover', onMove);
    return () => document.removeEventListener('pointerover', onMove);
  }, []);
  return () => {
    for (const element of [target.current, document.activeElement]) {
      const cell = element instanceof Element ? element.closest<HTMLElement>('[data-field][data-value]') : null;
      if (cell) return { field: cell.dataset['field'], value: cell.dataset['value'] };
    }
    return {};
  };
}
