'use client';
import File from 'lucide-react/icons/file';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Said } from '../../ui/said.tsx';
import type { Turn } from './delivery-state.tsx';

/** The files of a message: each is saved by whoever may read the conversation, and none is shown in place. */
export function FileList({ label, files }: { readonly label: string; readonly files: NonNullable<Turn['files']> }) {
  const t = useT();
  const format = useFormat();
  return (
    <ul aria-label={label} className="flex max-w-[85%] flex-wrap gap-1.5 text-xs">
      {files.map(({ id, name, mimeType, size, dangerous, problem }) => (
        <li key={id} className="flex min-w-0 flex-wrap items-center gap-1.5 rounded-md border border-line bg-surface px-2 py-1">
          <File aria-hidden className="size-3.5 shrink-0 text-ink-3" />
          {problem ? (
            <span className="min-w-0 foreign-text">{name}</span>
          ) : (
            <a href={`/api/attachments/${id}`} download={name} className="min-w-0 text-accent hover:underline foreign-text">
              {name}
            </a>
          )}
          <span className="text-ink-3 figures">
            {mimeType} · {format.bytes(size)}
          </span>
          {dangerous ? <span className="text-warn">{t.sessions.fileRuns}</span> : null}
          {problem ? (
            <span className="text-bad foreign-text">
              <Said problem={problem} />
            </span>
          ) : null}
        </li>
      ))}
    </ul>
  );
}
