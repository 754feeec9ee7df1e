'use client';
import ChevronRight from 'lucide-react/icons/chevron-right';
import { useState } from 'react';
import { useT } from '../i18n/index.tsx';
import { classNames } from './class-names.ts';

const CHUNK = 50;
const TEXT_CHARS = 600;
const OPEN_DEPTH = 1;
/** What is no longer than this is open all through. */
const OPEN_CHARS = 2000;

/** A JSON value as a tree. Branches are made when they are opened, long lists and texts piece by piece. */
export function JsonTree({ value }: { readonly value: unknown }) {
  return (
    <div className="px-4 py-3 font-mono text-xs leading-5">
      <Node
        name={undefined}
        value={value}
        openDepth={JSON.stringify(value)?.length <= OPEN_CHARS ? Number.POSITIVE_INFINITY : OPEN_DEPTH}
      />
    </div>
  );
}

/** `openDepth` is how many levels from here on are open at first. */
function Node({ name, value, openDepth }: { readonly name: string | undefined; readonly value: unknown; readonly openDepth: number }) {
  if (typeof value === 'object' && value !== null) return <Branch name={name} value={value} openDepth={openDepth} />;
  return (
    <div className="flex min-w-0 gap-2 pl-5">
      {name === undefined ? null : <Key name={name} />}
      <Leaf value={value} />
    </div>
  );
}

function Branch({ name, value, openDepth }: { readonly name: string | undefined; readonly value: object; readonly openDepth: number }) {
  const t = useT();
  const [open, setOpen] = useState(openDepth >= 0);
  const [shown, setShown] = useState(CHUNK);
  const entries = Object.entries(value);
  const list = Array.isArray(value);
  const rest = Math.min(entries.length - shown, CHUNK);
  return (
    <div className="min-w-0">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex min-h-6 items-center gap-1 rounded text-left hover:bg-sunken"
      >
        <ChevronRight aria-hidden className={classNames('size-4 shrink-0 text-ink-3 transition-transform', open && 'rotate-90')} />
        {name === undefined ? null : <Key name={name} />}
        <span className="text-ink-3">{list ? `[ ${t.json.items(entries.length)} ]` : `{ ${t.json.keys(entries.length)} }`}</span>
      </button>
      {open ? (
        <div className="ml-2 border-l border-line pl-1">
          {entries.slice(0, shown).map(([key, child]) => (
            <Node key={key} name={key} value={child} openDepth={openDepth - 1} />
          ))}
          {rest > 0 ? (
            <button type="button" onClick={() => setShown(shown + CHUNK)} className="ml-5 min-h-6 text-accent underline">
              {t.json.showMore(rest)}
            </button>
          ) : null}
        </div>
      ) : null}
    </div>
  );
}

function Key({ name }: { readonly name: string }) {
  return <span className="shrink-0 text-accent">{name}</span>;
}

function Leaf({ value }: { readonly value: unknown }) {
  const t = useT();
  const [whole, setWhole] = useState(false);
  if (typeof value !== 'string') return <span className="text-warn">{String(value)}</span>;
  const long = value.length > TEXT_CHARS && !whole;
  return (
    <span className="foreign-text min-w-0 text-ink">
      {JSON.stringify(long ? `${value.slice(0, TEXT_CHARS)}…` : value)}
      {long ? (
        <button type="button" onClick={() => setWhole(true)} className="ml-2 min-h-6 text-accent underline">
          {t.json.showAll}
        </button>
      ) : null}
    </span>
  );
}
