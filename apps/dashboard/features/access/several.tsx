'use client';
import { useT } from '../../i18n/index.tsx';

type RolesProps = {
  readonly label: string;
  readonly all: readonly string[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
};

/** Several of a few names. */
export function Several({ label, all, chosen, onChange }: RolesProps) {
  const t = useT();
  return (
    <fieldset>
      <legend className="mb-1 text-sm font-medium text-ink-2">{label}</legend>
      <div className="grid max-h-52 grid-cols-2 gap-x-3 overflow-auto">
        {all.map((name) => (
          <label key={name} className="flex min-h-7 items-center gap-2 text-sm">
            <input
              type="checkbox"
              checked={chosen.includes(name)}
              onChange={(event) => onChange(event.target.checked ? [...chosen, name] : chosen.filter((one) => one !== name))}
              className="size-4 accent-[var(--accent)]"
            />
            <span className="min-w-0 truncate font-mono text-xs" title={t.access.roleHelp[name as keyof typeof t.access.roleHelp] ?? name}>
              {name}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
