'use client';
import WrapText from 'lucide-react/icons/wrap-text';
import { useState } from 'react';
import { useT } from '../i18n/index.tsx';
import { IconButton } from './button.tsx';
import { classNames } from './class-names.ts';
import { CopyButton } from './command.tsx';

type CodeBlockProps = { readonly label: string; readonly text: string; readonly maxHeight?: number; readonly wrap?: boolean };

/** Text as it is, to read and to copy. */
export function CodeBlock({ label, text, maxHeight = 320, wrap = false }: CodeBlockProps) {
  const t = useT();
  const [wrapped, setWrapped] = useState(wrap);
  return (
    <figure aria-label={label} className="min-w-0 rounded-md border border-line bg-sunken">
      <figcaption className="flex h-8 items-center gap-1 border-b border-line pr-1 pl-3 text-xs text-ink-3">
        <span className="mr-auto min-w-0 truncate">{label}</span>
        <IconButton
          label={t.ui.wrap}
          aria-pressed={wrapped}
          onClick={() => setWrapped(!wrapped)}
          className="size-7 aria-pressed:text-accent"
        >
          <WrapText aria-hidden className="size-3.5" />
        </IconButton>
        <CopyButton text={text} label={t.common.copy} />
      </figcaption>
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        style={{ maxHeight }}
        className={classNames(
          'overflow-auto px-3 py-2 font-mono text-xs leading-5 scroll-quiet',
          wrapped && 'break-words whitespace-pre-wrap',
        )}
      >
        {text}
      </pre>
    </figure>
  );
}
