'use client';
import { classNames } from '../../ui/class-names.ts';

type TabBarProps<Name extends string> = {
  readonly label: string;
  readonly tabs: readonly { readonly name: Name; readonly title: string }[];
  readonly selected: Name;
  readonly onSelect: (name: Name) => void;
};

/** Chooses one of the views of a page. */
export function TabBar<Name extends string>({ label, tabs, selected, onSelect }: TabBarProps<Name>) {
  return (
    <div role="toolbar" aria-label={label} className="flex max-w-full overflow-x-auto rounded-md border border-line-strong bg-sunken p-0.5">
      {tabs.map(({ name, title }) => (
        <button
          key={name}
          type="button"
          aria-pressed={name === selected}
          onClick={() => onSelect(name)}
          className={classNames(
            'h-7 shrink-0 rounded px-3 text-sm whitespace-nowrap',
            name === selected ? 'bg-surface font-medium text-ink shadow-sm' : 'text-ink-2 hover:text-ink',
          )}
        >
          {title}
        </button>
      ))}
    </div>
  );
}
