'use client';
import X from 'lucide-react/icons/x';
import type { ReactNode } from 'react';
import { useT } from '../i18n/index.tsx';

/** A value that was chosen, such as a clause of a filter, with the way to take it away. */
export function Chip({
  children,
  name,
  onRemove,
}: {
  readonly children: ReactNode;
  readonly name: string;
  readonly onRemove?: () => void;
}) {
  const t = useT();
  return (
    <span className="inline-flex h-6 max-w-full items-center gap-1 rounded-md border border-line-strong bg-surface pl-2 text-xs last:pr-2">
      <span className="min-w-0 truncate">{children}</span>
      {onRemove ? (
        <button
          type="button"
          aria-label={`${t.common.remove} ${name}`}
          onClick={onRemove}
          className="flex size-6 shrink-0 items-center justify-center rounded-md text-ink-3 hover:bg-sunken hover:text-ink"
        >
          <X aria-hidden className="size-3" />
        </button>
      ) : (
        <span className="w-1" />
      )}
    </span>
  );
}
