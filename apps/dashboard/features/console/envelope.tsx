'use client';
import { useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { TextArea } from '../../ui/text-field.tsx';
import { type EnvelopeProblem, type Identity, readEnvelope, toImagined } from './identity.ts';

type EnvelopeProps = { readonly identity: Identity; readonly onChange: (identity: Identity) => void };

/** The message as JSON, to be written by hand or pasted; what is wrong with it leaves the fields as they are. */
export function Envelope({ identity, onChange }: EnvelopeProps) {
  const t = useT();
  const [draft, setDraft] = useState<string>();
  const read = draft === undefined ? undefined : readEnvelope(draft);
  const write = (text: string) => {
    setDraft(text);
    const { identity: written } = { identity: undefined, ...readEnvelope(text) };
    if (written) onChange(written);
  };
  return (
    <details className="border-b border-line">
      <summary className="flex min-h-9 items-center px-4 text-sm text-accent">{t.console.envelope}</summary>
      <div className="px-4 pb-4">
        <TextArea
          label={t.console.envelopeJson}
          hint={t.console.envelopeHint}
          mono
          rows={12}
          spellCheck={false}
          value={draft ?? JSON.stringify(toImagined(identity), null, 2)}
          error={read && 'problem' in read ? sentence(t, read.problem) : undefined}
          onChange={({ target }) => write(target.value)}
          onBlur={() => {
            if (read && 'identity' in read) setDraft(undefined);
          }}
        />
      </div>
    </details>
  );
}

function sentence({ console: t }: ReturnType<typeof useT>, problem: EnvelopeProblem): string {
  if (problem.kind === 'json') return t.envelopeProblems.json(problem.message);
  if (problem.kind === 'object') return t.envelopeProblems.object;
  if (problem.kind === 'key') return t.envelopeProblems.key(problem.key, problem.known.join(', '));
  return t.envelopeProblems.value(problem.key, t.envelopeProblems.expected[problem.expected]);
}
