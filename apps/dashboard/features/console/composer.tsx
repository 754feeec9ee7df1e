'use client';
import Paperclip from 'lucide-react/icons/paperclip';
import SendHorizontal from 'lucide-react/icons/send-horizontal';
import Square from 'lucide-react/icons/square';
import X from 'lucide-react/icons/x';
import { type ClipboardEvent, type DragEvent, type FormEvent, type KeyboardEvent, useId, useRef, useState } from 'react';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { useKeys } from '../frame/keys.ts';
import { type Chosen, fitting, MOST_BYTES, MOST_FILES, read } from './files.ts';

type ComposerProps = {
  readonly busy: boolean;
  readonly onSend: (text: string, files: readonly Chosen[]) => void;
  readonly onStop: () => void;
};

/** Where a message is written. Enter sends it, unless an input method is at work; files are chosen, pasted or dropped. */
export function Composer({ busy, onSend, onStop }: ComposerProps) {
  const t = useT();
  const format = useFormat();
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const [files, setFiles] = useState<readonly Chosen[]>([]);
  const [problem, setProblem] = useState<string>();
  useKeys({ '/': () => field.current?.focus() });

  const add = async (chosen: FileList) => {
    const { taken, left } = fitting(files, [...chosen]);
    try {
      const bytes = await Promise.all(taken.map(read));
      setFiles((now) => [...now, ...bytes]);
      setProblem(left ? t.console.filesLeft(MOST_FILES, format.bytes(MOST_BYTES)) : undefined);
    } catch {
      setProblem(t.console.fileUnreadable);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const text = field.current?.value.trim() ?? '';
    if (!field.current || (text === '' && files.length === 0)) return;
    onSend(text, files);
    field.current.value = '';
    setFiles([]);
    setProblem(undefined);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    submit(event);
  };
  const takeOver = (event: ClipboardEvent | DragEvent, transfer: DataTransfer) => {
    if (transfer.files.length === 0) return;
    event.preventDefault();
    void add(transfer.files);
  };

  return (
    <form onSubmit={submit} onDrop={(event) => takeOver(event, event.dataTransfer)} className="border-t border-line p-3">
      {files.length > 0 ? (
        <ul aria-label={t.console.files} className="flex flex-wrap gap-1.5 pb-2 text-xs">
          {files.map((file) => (
            <li key={file.key} className="flex min-w-0 items-center gap-1 rounded-md border border-line py-0.5 pr-0.5 pl-2">
              <span className="truncate">{file.name}</span>
              <span className="shrink-0 text-ink-3 figures">{format.bytes(file.size)}</span>
              <button
                type="button"
                aria-label={t.console.removeFile(file.name)}
                onClick={() => setFiles((now) => now.filter(({ key }) => key !== file.key))}
                className="grid size-6 place-items-center rounded hover:bg-sunken"
              >
                <X aria-hidden className="size-3.5" />
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      {problem ? (
        <p role="alert" className="pb-2 text-xs text-bad">
          {problem}
        </p>
      ) : null}
      <label htmlFor={id} className="sr-only">
        {t.console.message}
      </label>
      <div className="flex items-end gap-2">
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          aria-label={t.console.addFiles}
          onChange={({ target }) => {
            if (target.files) void add(target.files).finally(() => (target.value = ''));
          }}
        />
        <Button onClick={() => picker.current?.click()} aria-label={t.console.addFiles} title={t.console.addFiles} className="h-9">
          <Paperclip aria-hidden className="size-4" />
        </Button>
        <textarea
          ref={field}
          id={id}
          rows={1}
          maxLength={65_536}
          placeholder={t.console.placeholder}
          aria-describedby={`${id}-hint`}
          onKeyDown={onKeyDown}
          onPaste={(event) => takeOver(event, event.clipboardData)}
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
