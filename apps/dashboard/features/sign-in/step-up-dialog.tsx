'use client';
import { type FormEvent, useId, useState } from 'react';
import { proveAgain, type SignInFailure } from '../../data/api.ts';
import { useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { Select } from '../../ui/choices.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { useSaid } from '../../ui/said.tsx';
import { TextField } from '../../ui/text-field.tsx';

const WAYS = ['password', 'code', 'token'] as const;

type Props = { readonly open: boolean; readonly onProved: () => void; readonly onClose: () => void };

/** Asks who is signed in to prove it anew, before something that a stranger at this browser must not do. */
export function StepUpDialog({ open, onProved, onClose }: Props) {
  const t = useT();
  const form = useId();
  const [way, setWay] = useState<(typeof WAYS)[number]>('password');
  const [text, setText] = useState('');
  const [failure, setFailure] = useState<SignInFailure>();
  const refused = useSaid(failure?.body);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation();
    setBusy(true);
    const failed = await proveAgain({ [way]: text });
    setBusy(false);
    setFailure(failed);
    if (failed) return;
    setText('');
    onProved();
  };
  return (
    <Dialog
      open={open}
      title={t.exports.stepUp}
      onClose={onClose}
      actions={
        <Button type="submit" form={form} look="primary" disabled={busy || text === ''}>
          {t.exports.prove}
        </Button>
      }
    >
      <form id={form} onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        <p className="text-sm text-ink-2">{t.exports.stepUpWhy}</p>
        <Select
          label={t.exports.proveBy}
          choices={WAYS.map((value) => ({ value, title: t.exports.ways[value] }))}
          value={way}
          onChange={setWay}
        />
        <TextField
          label={t.exports.ways[way]}
          type={way === 'code' ? 'text' : 'password'}
          autoComplete={way === 'code' ? 'one-time-code' : way === 'password' ? 'current-password' : 'off'}
          value={text}
          error={failure && (refused?.title ?? t.common.unreachable)}
          onChange={(event) => setText(event.target.value)}
        />
      </form>
    </Dialog>
  );
}
