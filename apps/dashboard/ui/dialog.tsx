'use client';
import X from 'lucide-react/icons/x';
import { type FormEvent, type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import { useT } from '../i18n/index.tsx';
import { Button, IconButton } from './button.tsx';
import { classNames } from './class-names.ts';
import { TextArea } from './text-field.tsx';

type DialogProps = {
  readonly open: boolean;
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** Buttons below the content. */
  readonly actions?: ReactNode;
  readonly place?: 'middle' | 'bottom';
  readonly size?: 'small' | 'large';
};

const PLACES = {
  middle: 'm-auto max-h-[86dvh] rounded-xl border',
  bottom: 'mt-auto mb-0 max-h-[80dvh] w-full max-w-full rounded-t-xl border-t pb-[env(safe-area-inset-bottom)]',
} as const;
const SIZES = { small: 'w-[28rem] max-w-[94vw]', large: 'w-[48rem] max-w-[94vw]' } as const;

/** Something to do before all else: holds the focus, closes by Escape and by a click beside it, and gives the focus back. */
export function Dialog({ open, title, onClose, children, actions, place = 'middle', size = 'small' }: DialogProps) {
  const t = useT();
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (open && element && !element.open) {
      element.showModal();
      // What is asked for comes before the button that closes.
      element.querySelector<HTMLElement>('input, select, textarea')?.focus();
    }
    if (!open) element?.close();
  }, [open]);
  // Only an open dialog that is still on the page gives the focus back.
  useLayoutEffect(() => {
    const element = dialog.current;
    return () => element?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it, too
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
      className={classNames(
        'border-line bg-surface p-0 text-ink shadow-[var(--shadow)] backdrop:bg-[rgb(0_0_0/0.4)]',
        PLACES[place],
        place === 'middle' && SIZES[size],
      )}
    >
      {open ? (
        <div className="flex max-h-[inherit] flex-col">
          <header className="flex min-h-12 shrink-0 items-center gap-2 border-b border-line py-2 pr-2 pl-4">
            <h2 id={id} className="mr-auto min-w-0 text-sm font-semibold">
              {title}
            </h2>
            <IconButton label={t.common.close} onClick={onClose}>
              <X aria-hidden className="size-4" />
            </IconButton>
          </header>
          <div className="min-h-0 flex-1 overflow-auto px-4 py-4 scroll-quiet">{children}</div>
          {actions ? <footer className="flex shrink-0 flex-wrap justify-end gap-2 border-t border-line px-4 py-3">{actions}</footer> : null}
        </div>
      ) : null}
    </dialog>
  );
}

type ConfirmProps = {
  readonly open: boolean;
  readonly title: string;
  /** What will happen. */
  readonly children: ReactNode;
  /** The name of the act, on its button. */
  readonly action: string;
  readonly danger?: boolean;
  /** Whether one must say why; the reason is handed to `onConfirm`. */
  readonly reason?: 'none' | 'optional' | 'required';
  readonly busy?: boolean;
  readonly onConfirm: (reason: string) => void;
  readonly onClose: () => void;
};

/** Asks before an act, and why where that is to be kept. */
export function ConfirmDialog(props: ConfirmProps) {
  const { open, title, children, action, danger = false, reason = 'none', busy = false, onConfirm, onClose } = props;
  const t = useT();
  const form = useId();
  const [text, setText] = useState('');
  const [missing, setMissing] = useState(false);
  useEffect(() => {
    if (open) return;
    setText('');
    setMissing(false);
  }, [open]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (reason === 'required' && text.trim() === '') return setMissing(true);
    onConfirm(text.trim());
  };
  const actions = (
    <>
      <Button onClick={onClose}>{t.ui.cancel}</Button>
      <Button type="submit" form={form} look={danger ? 'danger' : 'primary'} disabled={busy}>
        {action}
      </Button>
    </>
  );
  return (
    <Dialog open={open} title={title} onClose={onClose} actions={actions}>
      <form id={form} noValidate onSubmit={submit} className="flex flex-col gap-4 text-sm">
        {children}
        {reason === 'none' ? null : (
          <TextArea
            label={t.ui.reason}
            hint={t.ui.reasonHint}
            optional={reason === 'optional'}
            error={missing && text.trim() === '' ? t.ui.reasonMissing : undefined}
            value={text}
            maxLength={500}
            onChange={({ target }) => setText(target.value)}
          />
        )}
      </form>
    </Dialog>
  );
}
