'use client';
import SendHorizontal from 'lucide-react/icons/send-horizontal';
import Square from 'lucide-react/icons/square';
import { type FormEvent, type KeyboardEvent, useId, useRef } from 'react';
import { useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { useKeys } from '../frame/keys.ts';

type ComposerProps = { readonly busy: boolean; readonly onSend: (text: string) => void; readonly onStop: () => void };

/** Where a message is written. Enter sends it, unless an input method is at work. */
export function Composer({ busy, onSend, onStop }: ComposerProps) {
  const t = useT();
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  useKeys({ '/': () => field.current?.focus() });

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const text = field.current?.value.trim();
    if (!field.current || !text) return;
    onSend(text);
    field.current.value = '';
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    submit(event);
  };

  return (
    <form onSubmit={submit} className="border-t border-line p-3">
      <label htmlFor={id} className="sr-only">
        {t.console.message}
      </label>
      <div className="flex items-end gap-2">
        <textarea
          ref={field}
          id={id}
          rows={1}
          maxLength={65_536}
          placeholder={t.console.placeholder}
          aria-describedby={`${id}-hint`}
          onKeyDown={onKeyDown}
          className="field-sizing-content max-h-40 min-h-9 min-w-0 flex-1 resize-none rounded-md border border-line-strong bg-canvas px-3 py-1.5 text-base placeholder:text-ink-3"
        />
        {busy ? (
          <Button onClick={onStop} className="h-9">
            <Square aria-hidden className="size-3.5" />
            {t.console.stop}
          </Button>
        ) : null}
        <Button type="submit" look="primary" className="h-9">
          <SendHorizontal aria-hidden className="size-4" />
          {t.console.send}
        </Button>
      </div>
      <p id={`${id}-hint`} className="mt-1 text-xs text-ink-3 max-sm:sr-only">
        {t.console.hint}
      </p>
    </form>
  );
}
