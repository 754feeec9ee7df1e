'use client';
import Undo2 from 'lucide-react/icons/undo-2';
import { type ReactNode, useEffect, useRef } from 'react';
import { useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { IconButton } from '../../ui/button.tsx';
import { classNames } from '../../ui/class-names.ts';
import { AddItem, Control, shortly } from './controls.tsx';
import { type Document, type Field, inheritedFrom, valueAt, writtenPath } from './schema.ts';
import type { ConfigFile, Edit, Review } from './use-draft.ts';
import type { Describe } from './use-schema.ts';

export type FormContext = {
  readonly document: Document;
  readonly running: Document;
  readonly file: ConfigFile;
  readonly review: Review | undefined;
  readonly describe: Describe;
  readonly readOnly: boolean;
  readonly highlighted: string | null;
  readonly onEdit: (edits: readonly Edit[]) => void;
};

/** A field: what it is called and for, its control, and where its value comes from. */
export function FieldRow({ field, label, context }: { readonly field: Field; readonly label: string; readonly context: FormContext }) {
  const t = useT();
  const { document, running, describe, readOnly, review, onEdit } = context;
  const at = writtenPath(field.path);
  const id = `field-${at}`;
  const value = valueAt(document, field.path);
  const parent = inheritedFrom(field.path);
  const inherited = parent && valueAt(document, parent);
  const override = context.file.overrides[at];
  const otherwise = override ?? inherited ?? field.fallback;
  const isHighlighted = context.highlighted === at;
  const row = useRef<HTMLDivElement>(null);
  const errors = review?.errors.filter(({ path }) => path === at) ?? [];
  const advice = review?.advice.filter(({ path }) => path === at) ?? [];
  const isChanged = JSON.stringify(value) !== JSON.stringify(valueAt(running, field.path));

  useEffect(() => {
    if (!isHighlighted) return;
    row.current?.scrollIntoView({ block: 'center' });
    row.current?.querySelector<HTMLElement>('input, select, textarea, button')?.focus({ preventScroll: true });
  }, [isHighlighted]);

  const set = (next: unknown) =>
    onEdit([next === undefined ? { op: 'unset', path: field.path } : { op: 'set', path: field.path, value: next }]);
  return (
    <div
      ref={row}
      data-key={at}
      className={classNames(
        'grid grid-cols-1 gap-x-6 gap-y-2 px-4 py-3 md:grid-cols-[minmax(0,1fr)_minmax(220px,340px)]',
        isHighlighted && 'bg-accent-soft',
        isChanged && 'shadow-[inset_3px_0_0_var(--accent)]',
      )}
    >
      <div className="min-w-0">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <label htmlFor={id} title={at} className="font-mono text-sm font-medium break-all">
            {label}
          </label>
          <Layer value={value} inheritedAt={inherited === undefined ? undefined : parent} isOverridden={override !== undefined} />
          {field.reload === 'restart' ? <Badge tone="warn">{t.config.afterRestart}</Badge> : null}
          {isChanged ? <Badge tone="accent">{t.config.changed}</Badge> : null}
        </div>
        <p id={`${id}-help`} className="mt-0.5 max-w-prose text-xs text-ink-2">
          {describe(field)}
        </p>
        {errors.map(({ expected, hint }) => (
          <p key={expected} role="alert" className="mt-1 text-xs text-bad">
            {t.config.expected(expected)} {hint}
          </p>
        ))}
        {advice.map(({ found, remedy }) => (
          <p key={found} className="mt-1 text-xs text-warn">
            {found} {remedy}
          </p>
        ))}
      </div>
      <div className="flex min-w-0 items-start gap-1">
        <div className="min-w-0 flex-1">
          {override === undefined ? null : <p className="mb-1 font-mono text-xs text-warn">{t.config.overriddenTo(shortly(override))}</p>}
          <Control field={field} value={value} otherwise={otherwise} id={id} describedBy={`${id}-help`} readOnly={readOnly} onSet={set} />
          <Container field={field} value={value} id={id} readOnly={readOnly} onEdit={onEdit} />
        </div>
        {value === undefined || readOnly || field.kind === 'map' || field.kind === 'objects' ? null : (
          <IconButton label={t.config.takeOut(at)} onClick={() => set(undefined)}>
            <Undo2 aria-hidden className="size-4" />
          </IconButton>
        )}
      </div>
    </div>
  );
}

type LayerProps = { readonly value: unknown; readonly inheritedAt: readonly string[] | undefined; readonly isOverridden: boolean };

function Layer({ value, inheritedAt, isOverridden }: LayerProps): ReactNode {
  const t = useT();
  if (isOverridden) return <Badge tone="warn">{t.config.layerCommand}</Badge>;
  if (value !== undefined) return <Badge tone="ok">{t.config.layerFile}</Badge>;
  if (inheritedAt) return <Badge>{t.config.layerInherited(writtenPath(inheritedAt))}</Badge>;
  return <Badge>{t.config.layerDefault}</Badge>;
}

type ContainerProps = {
  readonly field: Field;
  readonly value: unknown;
  readonly id: string;
  readonly readOnly: boolean;
  readonly onEdit: (edits: readonly Edit[]) => void;
};

/** Adds a name to a map or an item to a list of objects. What is in them stands below as fields of its own. */
function Container({ field, value, id, readOnly, onEdit }: ContainerProps) {
  const t = useT();
  if (readOnly || (field.kind !== 'map' && field.kind !== 'objects')) return null;
  if (field.kind === 'map') {
    const inner = field.schema.additionalProperties;
    const fresh = typeof inner === 'object' && inner.type === 'object' ? {} : '';
    return (
      <AddItem id={id} label={t.config.addName} onAdd={(name) => onEdit([{ op: 'set', path: [...field.path, name], value: fresh }])} />
    );
  }
  const length = Array.isArray(value) ? value.length : 0;
  return (
    <button
      id={id}
      type="button"
      onClick={() => onEdit([{ op: 'set', path: [...field.path, String(length)], value: {} }])}
      className="h-8 w-full rounded-md border border-dashed border-line-strong text-sm text-ink-2 hover:bg-sunken"
    >
      {t.config.addEntry}
    </button>
  );
}
