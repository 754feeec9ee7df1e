'use client';
import type { ReactNode } from 'react';
import { useT } from '../../i18n/index.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';

/** What a call will do, as far as its arguments say it. */
export function CallPreview({ tool, args }: { readonly tool: string; readonly args: unknown }) {
  const t = useT();
  const given = (typeof args === 'object' && args !== null ? args : {}) as Readonly<Record<string, unknown>>;
  const text = (name: string) => (typeof given[name] === 'string' ? given[name] : undefined);
  switch (tool) {
    case 'exec.run': {
      const argv = Array.isArray(given['argv']) ? given['argv'].map(String) : [];
      const cwd = text('cwd');
      const input = text('input');
      return (
        <Effect title={cwd === undefined ? t.approvals.runs : t.approvals.runsIn(cwd)}>
          <CodeBlock label={argv[0] ?? tool} text={argv.map(quoted).join(' ')} wrap />
          {input === undefined ? null : <CodeBlock label={t.approvals.input} text={input} wrap />}
        </Effect>
      );
    }
    case 'files.write':
      return (
        <Effect title={t.approvals.writes(text('path') ?? '')}>
          <CodeBlock label={text('path') ?? ''} text={text('text') ?? ''} wrap />
        </Effect>
      );
    case 'files.edit':
      return (
        <Effect title={given['all'] === true ? t.approvals.editsAll(text('path') ?? '') : t.approvals.edits(text('path') ?? '')}>
          <CodeBlock label={t.approvals.passageNow} text={text('find') ?? ''} wrap />
          <CodeBlock label={t.approvals.passageThen} text={text('replace') ?? ''} wrap />
        </Effect>
      );
    case 'message.send':
      return (
        <Effect title={t.approvals.sends(text('to') ?? '', text('channel') ?? '')}>
          <p className="max-h-80 overflow-auto rounded-xl rounded-bl-sm bg-accent-soft px-3.5 py-2.5 text-sm foreign-text scroll-quiet">
            {text('text')}
          </p>
        </Effect>
      );
    case 'web.fetch':
      return (
        <Effect title={t.approvals.fetches}>
          <CodeBlock label="GET" text={text('url') ?? ''} wrap />
        </Effect>
      );
    default:
      return <Effect title={t.approvals.otherEffect} />;
  }
}

function Effect({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="flex flex-col gap-2">
      <p className="text-sm text-ink-2">{title}</p>
      {children}
    </div>
  );
}

/** As one would type it into a shell, so that one sees where an argument begins and ends. */
function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
