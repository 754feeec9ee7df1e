'use client';
import Check from 'lucide-react/icons/check';
import Copy from 'lucide-react/icons/copy';
import { useState } from 'react';
import { useT } from '../i18n/index.tsx';
import { IconButton } from './button.tsx';
import { copyText } from './copy-text.ts';

const SHOWN_MS = 2_000;

/** A command to type, with a button that copies it. */
export function Command({ text }: { readonly text: string }) {
  const t = useT();
  return (
    <span className="inline-flex max-w-full items-center gap-1 rounded-md border border-line bg-sunken py-0.5 pr-0.5 pl-3 text-left">
      <code className="min-w-0 font-mono text-xs break-words">{text}</code>
      <CopyButton text={text} label={t.common.copyCommand} />
    </span>
  );
}

/** Copies a text and says so. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const t = useT();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await copyText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), SHOWN_MS);
  };
  return (
    <IconButton label={copied ? t.common.copied : label} onClick={() => void copy()} className="size-7">
      {copied ? <Check aria-hidden className="size-3.5" /> : <Copy aria-hidden className="size-3.5" />}
    </IconButton>
  );
}
