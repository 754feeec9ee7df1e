'use client';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextArea } from '../../ui/text-field.tsx';

type ReasonDialogProps = {
  readonly title: string;
  /** What will happen. */
  readonly why: string;
  readonly label: string;
  readonly confirm: string;
  readonly maxLength: number;
  readonly danger: boolean;
  readonly busy: boolean;
  readonly failure: ReactNode;
  readonly onConfirm: (reason: string) => void;
  readonly onClose: () => void;
};

/** Asks for the few words that something needs: a reason, a note, a name. What failed is said in it. */
export function ReasonDialog({ title, why, label, confirm, maxLength, danger, busy, failure, onConfirm, onClose }: ReasonDialogProps) {
  const t = useT();
  const form = useId();
  const [text, setText] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== '') onConfirm(text.trim());
  };
  const actions = (
    <>
      <Button onClick={onClose}>{t.ui.cancel}</Button>
      <Button type="submit" form={form} look={danger ? 'danger' : 'primary'} disabled={busy || text.trim() === ''}>
        {confirm}
      </Button>
    </>
  );
  return (
    <Dialog open title={title} onClose={onClose} actions={actions}>
      <form id={form} noValidate onSubmit={submit} className="flex flex-col gap-4 text-sm">
        <p className="text-ink-2">{why}</p>
        <TextArea label={label} value={text} maxLength={maxLength} onChange={({ target }) => setText(target.value)} />
        {failure === undefined ? null : (
          <p role="alert" className="rounded-md bg-bad-soft px-3 py-1.5 text-bad foreign-text">
            {failure}
          </p>
        )}
      </form>
    </Dialog>
  );
}
