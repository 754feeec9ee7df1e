'use client';
import Ellipsis from 'lucide-react/icons/ellipsis';
import type { MouseEvent } from 'react';
import { useFormat, useT } from '../../i18n/index.tsx';
import { IconButton } from '../../ui/button.tsx';
import { later } from '../../ui/later.tsx';

/** What can be done with one event of a list. */
export const RowMenu = later(() => import('./row-menu.tsx').then((module) => module.RowMenu), { idle: true });

/** A value of a row that the list can be narrowed to or kept free of. */
export type RowValue = { readonly field: keyof ReturnType<typeof useT>['events']['facetNames'] | 'message'; readonly value: string };
export type OpenMenu = { readonly position: number; readonly anchor: HTMLElement };

/** Opens the menu of a row. */
export function RowMenuButton({ position, onMenu }: { readonly position: number; readonly onMenu: (menu: OpenMenu) => void }) {
  const t = useT();
  const format = useFormat();
  const open = (event: MouseEvent<HTMLElement>) => {
    event.stopPropagation();
    onMenu({ position, anchor: event.currentTarget });
  };
  return (
    <IconButton label={t.events.rowMenu(format.number(position))} aria-haspopup="menu" className="h-6 w-6" onClick={open}>
      <Ellipsis aria-hidden className="size-3.5" />
    </IconButton>
  );
}

/** Opens the menu of the row that has the focus, or of the chosen one; false where there is neither. */
export function openRowMenu(selected: number | null): boolean {
  const row = document.activeElement?.closest('[role="row"]') ?? document.querySelector(`[role="row"][data-position="${selected}"]`);
  const button = row?.querySelector<HTMLElement>('[aria-haspopup="menu"]');
  button?.click();
  return button != null;
}
