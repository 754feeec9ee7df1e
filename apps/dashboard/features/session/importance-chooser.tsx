'use client';
import SlidersHorizontal from 'lucide-react/icons/sliders-horizontal';
import { type ReactNode, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { Popover } from '../../ui/popover.tsx';
import { type Choices, choose, IMPORTANCES, type Importance, importanceOf, namesOf, type Row, rowsOf } from './importance.ts';

type ChooserProps = {
  readonly types: readonly string[];
  readonly choices: Choices;
  readonly onChoose: (choices: Choices) => void;
};

/** Says of each type of event whether it is shown, shown in one line with its neighbours, or left out. */
export function ImportanceChooser({ types, choices, onChoose }: ChooserProps) {
  const t = useT();
  const all = [...new Set(types)].toSorted();
  return (
    <Popover label={t.turn.importance} button={<SlidersHorizontal aria-hidden className="size-3.5" />} look="quiet" className="h-7 px-2">
      <div className="flex max-h-96 flex-col gap-2 overflow-y-auto text-xs">
        <p className="max-w-72 text-ink-2">{t.turn.importanceWhat}</p>
        {all.map((type) => (
          <label key={type} className="flex items-center justify-between gap-3 font-mono">
            {type}
            <select
              value={importanceOf(choices, type)}
              onChange={({ target }) => onChoose(choose(choices, type, target.value as Importance))}
              className="h-7 rounded-md border border-line-strong bg-surface px-1 font-sans"
            >
              {IMPORTANCES.map((importance) => (
                <option key={importance} value={importance}>
                  {t.turn.importances[importance]}
                </option>
              ))}
            </select>
          </label>
        ))}
        <Button look="quiet" disabled={choices.length === 0} onClick={() => onChoose([])} className="self-start">
          {t.turn.usual}
        </Button>
      </div>
    </Popover>
  );
}

type WeighedProps<T> = {
  readonly items: readonly T[];
  readonly choices: Choices;
  /** So many rows are in the page until more are asked for. */
  readonly step: number;
  readonly hasFailed: (item: T) => boolean;
  readonly keyOf: (item: T) => string;
  readonly label?: string;
  readonly className?: string;
  readonly children: (item: T) => ReactNode;
};

/** A list of events by their importance. What is folded opens, what is hidden is counted and can be shown. */
export function WeighedList<T extends { readonly type: string }>(props: WeighedProps<T>) {
  const { items, choices, hasFailed, step, keyOf, label, className, children } = props;
  const t = useT();
  const [all, setAll] = useState(false);
  const [shown, setShown] = useState(step);
  const { rows, hidden } = rowsOf(items, choices, hasFailed);
  const visible: readonly Row<T>[] = all ? items.map((item) => ({ kind: 'one', item })) : rows;
  return (
    <>
      <ol aria-label={label} className={className}>
        {visible.slice(0, shown).map((row) => {
          const [first] = row.kind === 'one' ? [row.item] : row.items;
          return (
            <li key={first ? keyOf(first) : ''}>
              {row.kind === 'one' ? (
                children(row.item)
              ) : (
                <Folded items={row.items} keyOf={keyOf}>
                  {children}
                </Folded>
              )}
            </li>
          );
        })}
      </ol>
      {visible.length > shown ? (
        <Button look="quiet" className="self-start" onClick={() => setShown(shown + step)}>
          {t.turn.moreBars(visible.length - shown)}
        </Button>
      ) : null}
      <HiddenButton hidden={hidden} all={all} onAll={setAll} />
    </>
  );
}

type HiddenProps = { readonly hidden: number; readonly all: boolean; readonly onAll: (all: boolean) => void };

/** Says how many are left out, and shows them. */
export function HiddenButton({ hidden, all, onAll }: HiddenProps) {
  const t = useT();
  if (hidden === 0) return null;
  return (
    <Button look="quiet" className="self-start text-xs" onClick={() => onAll(!all)}>
      {all ? t.turn.hideAgain : t.turn.showHidden(hidden)}
    </Button>
  );
}

function Folded<T extends { readonly type: string }>({ items, keyOf, children }: Pick<WeighedProps<T>, 'items' | 'keyOf' | 'children'>) {
  const t = useT();
  return (
    <details>
      <summary className="min-h-6 cursor-pointer truncate px-1 py-1 text-2xs text-ink-3 hover:text-ink" title={namesOf(items)}>
        {t.turn.folded(items.length)}: <span className="font-mono">{namesOf(items)}</span>
      </summary>
      <ol>
        {items.map((item) => (
          <li key={keyOf(item)}>{children(item)}</li>
        ))}
      </ol>
    </details>
  );
}
