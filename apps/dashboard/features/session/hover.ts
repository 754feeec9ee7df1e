'use client';
import { createContext, use } from 'react';

/** The event under the pointer, which every pane of a session marks. */
export type Hover = { readonly position: number | undefined; readonly set: (position: number | undefined) => void };

export const HoverContext = createContext<Hover>({ position: undefined, set: () => undefined });

export function useHover(): Hover {
  return use(HoverContext);
}
