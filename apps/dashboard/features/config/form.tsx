'use client';
import Trash2 from 'lucide-react/icons/trash-2';
import { useMemo } from 'react';
import { useT } from '../../i18n/index.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { classNames } from '../../ui/class-names.ts';
import { EmptyState } from '../../ui/states.tsx';
import { FieldRow, type FormContext } from './field-row.tsx';
import { type Field, fieldsOf, type Path, type Schema, valueAt, writtenPath } from './schema.ts';

const MOST_FIELDS = 120;

type FormProps = {
  readonly schema: Schema;
  readonly context: FormContext;
  readonly section: string | null;
  readonly query: string;
  readonly modified: boolean;
  readonly onSection: (section: string) => void;
  readonly onClear: () => void;
};

/** The configuration as a form: a section, or all fields that a search finds. */
export function ConfigForm({ schema, context, section, query, modified, onSection, onClear }: FormProps) {
  const t = useT();
  const { document, describe, highlighted } = context;
  const fields = useMemo(() => fieldsOf(schema, document), [schema, document]);
  const sections = useMemo(() => sectionsOf(fields), [fields]);
  const isFiltered = query.trim() !== '' || modified;
  const open = (highlighted && sections.find((name) => isWithin(highlighted, name))) || (section ?? sections[0] ?? '');
  const found = fields.filter((field) =>
    isFiltered
      ? matches(field, query, describe(field)) && (!modified || valueAt(document, field.path) !== undefined)
      : isWithin(writtenPath(field.path), open),
  );
  const groups = groupsOf(found.slice(0, MOST_FIELDS));
  return (
    <div className="grid grid-cols-1 gap-4 lg:grid-cols-[200px_minmax(0,1fr)]">
      <nav
        aria-label={t.config.sections}
        className="flex gap-1 overflow-x-auto lg:sticky lg:top-16 lg:max-h-[calc(100dvh-5rem)] lg:flex-col lg:overflow-y-auto"
      >
        {sections.map((name) => (
          <button
            key={name}
            type="button"
            aria-current={!isFiltered && name === open ? 'true' : undefined}
            onClick={() => onSection(name)}
            className={classNames(
              'flex h-8 shrink-0 items-center justify-between gap-2 rounded-md px-2 text-left font-mono text-xs',
              !isFiltered && name === open ? 'bg-accent-soft font-medium text-accent' : 'text-ink-2 hover:bg-sunken hover:text-ink',
            )}
          >
            {name}
            <Written count={fields.filter((field) => isWithin(writtenPath(field.path), name) && isWritten(field, document)).length} />
          </button>
        ))}
      </nav>
      <div className="flex min-w-0 flex-col gap-4">
        {found.length === 0 ? (
          <EmptyState title={t.config.noField}>
            <Button onClick={onClear}>{t.common.clear}</Button>
          </EmptyState>
        ) : null}
        {found.length > MOST_FIELDS ? <p className="text-sm text-ink-2">{t.config.capped(MOST_FIELDS, found.length)}</p> : null}
        {groups.map(({ parent, fields: inside }) => (
          <Group key={writtenPath(parent)} parent={parent} fields={inside} context={context} />
        ))}
      </div>
    </div>
  );
}

function Group({ parent, fields, context }: { readonly parent: Path; readonly fields: readonly Field[]; readonly context: FormContext }) {
  const t = useT();
  const title = writtenPath(parent) || t.config.root;
  const holder = valueAt(context.document, parent.slice(0, -1));
  const isItem = Array.isArray(holder);
  // A name that the user chose has a star in the name of the key.
  const isNamed = fields[0]?.key.slice(0, fields[0].key.lastIndexOf('.')).endsWith('*') === true;
  return (
    <section aria-label={title} className="overflow-hidden rounded-lg border border-line bg-surface">
      <header className="flex min-h-10 items-center border-b border-line bg-sunken px-4">
        <h2 className="min-w-0 truncate font-mono text-xs font-semibold">{title}</h2>
        {(isItem || isNamed) && !context.readOnly && valueAt(context.document, parent) !== undefined ? (
          <IconButton label={t.config.takeOut(title)} className="ml-auto" onClick={() => context.onEdit([{ op: 'unset', path: parent }])}>
            <Trash2 aria-hidden className="size-4" />
          </IconButton>
        ) : null}
      </header>
      <div className="divide-y divide-line">
        {fields.map((field) => (
          <FieldRow key={writtenPath(field.path)} field={field} label={field.path.at(-1) ?? ''} context={context} />
        ))}
      </div>
    </section>
  );
}

function Written({ count }: { readonly count: number }) {
  const t = useT();
  if (count === 0) return null;
  return (
    <span title={t.config.written(count)} className="rounded bg-sunken px-1 text-2xs text-ink-3 figures">
      {count}
    </span>
  );
}

/** The gateway has as many keys as all others together, so that each of its parts is a section. */
function sectionsOf(fields: readonly Field[]): readonly string[] {
  return [...new Set(fields.map(({ path }) => writtenPath(path.slice(0, path[0] === 'gateway' ? 2 : 1))))];
}

function groupsOf(fields: readonly Field[]): readonly { readonly parent: Path; readonly fields: readonly Field[] }[] {
  const groups = Map.groupBy(fields, (field) => JSON.stringify(field.path.slice(0, -1)));
  return [...groups].map(([parent, inside]) => ({ parent: JSON.parse(parent) as Path, fields: inside }));
}

function isWritten(field: Field, document: FormContext['document']): boolean {
  return field.kind !== 'map' && field.kind !== 'objects' && valueAt(document, field.path) !== undefined;
}

function isWithin(path: string, section: string): boolean {
  return path === section || path.startsWith(`${section}.`) || path.startsWith(`${section}[`);
}

function matches(field: Field, query: string, description: string): boolean {
  const text = `${writtenPath(field.path)} ${description}`.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
