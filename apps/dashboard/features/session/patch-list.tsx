'use client';
import type { PatchOperation } from '@openclaw-gateway/events/json-patch';
import { useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { classNames } from '../../ui/class-names.ts';
import { valueAt } from './steps.ts';

const SHOWN = 50;
const CHARS = 400;
const SIGNS = { add: '+', remove: '−', replace: '~' } as const;
const COLOURS = { add: 'text-ok', remove: 'text-bad', replace: 'text-warn' } as const;

/** What differs between two values, a line for each place; `before` is where the old values are taken from. */
export function PatchList({ patch, before }: { readonly patch: readonly PatchOperation[]; readonly before?: unknown }) {
  const t = useT();
  const [shown, setShown] = useState(SHOWN);
  return (
    <>
      <ul className="flex flex-col divide-y divide-line font-mono text-xs leading-5">
        {patch.slice(0, shown).map((operation) => (
          <li key={`${operation.op}${operation.path}`} className="grid grid-cols-[1rem_minmax(0,1fr)] gap-x-2 px-4 py-1.5">
            <span className={classNames('font-semibold', COLOURS[operation.op])}>
              <span aria-hidden>{SIGNS[operation.op]}</span>
              <span className="sr-only">{t.timeTravel.operations[operation.op]}</span>
            </span>
            <span className="min-w-0">
              <span className="text-ink-2 [overflow-wrap:anywhere]">{operation.path || '/'}</span>
              {operation.op !== 'add' && before !== undefined ? <Value of={valueAt(before, operation.path)} look="text-bad" /> : null}
              {operation.op === 'remove' ? null : <Value of={operation.value} look="text-ok" />}
            </span>
          </li>
        ))}
      </ul>
      {patch.length > shown ? (
        <Button look="quiet" className="m-2" onClick={() => setShown(shown + SHOWN)}>
          {t.timeTravel.moreChanges(patch.length - shown)}
        </Button>
      ) : null}
    </>
  );
}

function Value({ of, look }: { readonly of: unknown; readonly look: string }) {
  const text = JSON.stringify(of) ?? '';
  return <code className={classNames('block foreign-text', look)}>{text.length > CHARS ? `${text.slice(0, CHARS)}…` : text}</code>;
}
