'use client';
import X from 'lucide-react/icons/x';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { useT } from '../i18n/index.tsx';
import { IconButton } from './button.tsx';

const PHONE = '(max-width: 640px)';

type DrawerProps = { readonly title: ReactNode; readonly actions?: ReactNode; readonly onClose: () => void; readonly children: ReactNode };

/** A sheet at the right that leaves the page usable beside it; on a phone it covers the page and holds the focus. */
export function Drawer({ title, actions, onClose, children }: DrawerProps) {
  const t = useT();
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);

  useEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    if (matchMedia(PHONE).matches) element?.showModal();
    else element?.show();
    element?.querySelector('h2')?.focus();
    return () => {
      element?.close();
      if (before instanceof HTMLElement && document.activeElement === document.body) before.focus();
    };
  }, []);

  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        onClose();
      }}
      className="fixed inset-y-0 right-0 left-auto z-30 m-0 flex h-dvh w-full flex-col border-l border-line bg-surface shadow-[var(--shadow)] backdrop:bg-transparent sm:w-[520px] sm:max-w-[92vw]"
    >
      <header className="flex min-h-12 items-center gap-1 border-b border-line py-2 pr-2 pl-4">
        <h2 id={id} tabIndex={-1} className="mr-auto min-w-0 truncate outline-none text-sm font-semibold">
          {title}
        </h2>
        {actions}
        <IconButton label={t.common.close} onClick={onClose}>
          <X aria-hidden className="size-4" />
        </IconButton>
      </header>
      <div className="flex min-h-0 flex-1 flex-col">{children}</div>
    </dialog>
  );
}
