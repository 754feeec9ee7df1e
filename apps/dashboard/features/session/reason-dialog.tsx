'use client';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';

type ReasonDialogProps = {
  readonly title: string;
  /** What will happen. */
  readonly why: string;
  readonly label: string;
  readonly confirm: string;
  readonly maxLength: number;
  readonly danger: boolean;
  readonly busy: boolean;
  readonly failure: string | undefined;
  readonly onConfirm: (reason: string) => void;
  readonly onClose: () => void;
};

/** Asks for a few words before something is done. */
export function ReasonDialog({ title, why, label, confirm, maxLength, danger, busy, failure, onConfirm, onClose }: ReasonDialogProps) {
  const t = useT();
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState('');
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== '') onConfirm(text.trim());
  };
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      className="m-auto w-[28rem] max-w-[92vw] rounded-xl border border-line bg-surface p-5 shadow-[var(--shadow)] backdrop:bg-[rgb(0_0_0/0.35)]"
    >
      <form onSubmit={submit} className="flex flex-col gap-3 text-sm">
        <h2 id={id} className="text-lg font-semibold">
          {title}
        </h2>
        <p className="text-ink-2">{why}</p>
        <label className="flex flex-col gap-1">
          <span className="text-xs text-ink-2">{label}</span>
          <textarea
            required
            rows={3}
            maxLength={maxLength}
            value={text}
            onChange={(event) => setText(event.target.value)}
            className="rounded-md border border-line-strong bg-canvas px-2.5 py-1.5"
          />
        </label>
        {failure === undefined ? null : (
          <p role="alert" className="rounded-md bg-bad-soft px-3 py-1.5 text-bad">
            {failure}
          </p>
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t.common.cancel}</Button>
          <Button type="submit" look={danger ? 'danger' : 'primary'} disabled={busy || text.trim() === ''}>
            {confirm}
          </Button>
        </div>
      </form>
    </dialog>
  );
}
