'use client';
import { useEffect, useRef, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { Skeleton } from '../../ui/states.tsx';
import type { Editor } from './editor-setup.ts';
import { offsetOf } from './json5-place.ts';
import { pathOf, type Schema } from './schema.ts';
import type { Draft } from './use-draft.ts';
import type { Describe } from './use-schema.ts';

type SourceProps = {
  readonly draft: Draft;
  readonly schema: Schema;
  readonly describe: Describe;
  readonly readOnly: boolean;
  /** The key to which it opens. */
  readonly at: string | null;
  readonly onSave: () => void;
};

/** The file as text, with what is wrong shown where it stands. */
export function Source({ draft, schema, describe, readOnly, at, onSave }: SourceProps) {
  const t = useT();
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor>(undefined);
  const [ready, setReady] = useState(false);
  const latest = useRef({ draft, onSave });
  latest.current = { draft, onSave };
  const { text, review, isReviewed } = draft;

  useEffect(() => {
    let gone = false;
    void import('./editor-setup.ts').then(({ openEditor }) => {
      if (gone || !host.current) return;
      editor.current = openEditor({
        parent: host.current,
        text: latest.current.draft.text,
        label: t.config.sourceLabel,
        readOnly,
        schema,
        describe,
        onChange: (next) => latest.current.draft.setText(next),
        onSave: () => latest.current.onSave(),
      });
      setReady(true);
    });
    return () => {
      gone = true;
      editor.current?.destroy();
      editor.current = undefined;
    };
  }, [schema, describe, readOnly, t]);

  useEffect(() => {
    if (ready) editor.current?.setText(text);
  }, [ready, text]);
  useEffect(() => {
    if (ready && isReviewed) editor.current?.setReview(review);
  }, [ready, review, isReviewed]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: it goes there once, not on every change of the text
  useEffect(() => {
    const offset = at === null ? undefined : offsetOf(text, pathOf(at));
    if (ready && offset !== undefined) editor.current?.goTo(offset);
  }, [ready, at]);

  return (
    <div className="flex flex-col gap-3">
      {at !== null && offsetOf(text, pathOf(at)) === undefined ? (
        <p role="status" className="rounded-md bg-sunken px-3 py-2 text-sm text-ink-2">
          {t.config.notWritten(at)}
        </p>
      ) : null}
      <div className="h-[min(70dvh,760px)] overflow-hidden rounded-lg border border-line bg-surface">
        {ready ? null : <Skeleton lines={12} className="p-4" />}
        <div ref={host} className="h-full" data-testid="source" />
      </div>
      <p className="text-xs text-ink-3">{t.config.sourceHint}</p>
      {review && review.errors.length > 0 ? (
        <ul aria-label={t.config.errors} className="rounded-lg border border-line border-l-4 border-l-bad bg-surface text-sm">
          {review.errors.map(({ path, expected, hint, from }) => (
            <li key={`${path} ${expected}`} className="border-b border-line last:border-b-0">
              <button
                type="button"
                onClick={() => editor.current?.goTo(from)}
                className="flex w-full flex-wrap gap-x-3 px-4 py-2 text-left hover:bg-sunken"
              >
                <span className="font-mono text-xs text-ink-3 figures">{t.config.line(lineOf(text, from))}</span>
                <span className="font-mono text-xs font-medium text-bad">{path || t.config.root}</span>
                <span className="text-ink-2">
                  {t.config.expected(expected)} {hint}
                </span>
              </button>
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
