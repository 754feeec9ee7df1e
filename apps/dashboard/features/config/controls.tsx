'use client';
import Plus from 'lucide-react/icons/plus';
import X from 'lucide-react/icons/x';
import { type ReactNode, useEffect, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { classNames } from '../../ui/class-names.ts';
import type { Field } from './schema.ts';

export type ControlProps = {
  readonly field: Field;
  readonly value: unknown;
  /** What holds where nothing is written. */
  readonly otherwise: unknown;
  readonly id: string;
  readonly describedBy: string;
  readonly readOnly: boolean;
  readonly onSet: (value: unknown) => void;
};

const VARIABLE = /^\$\{(\w+)\}$/;
const MASK = '***';
export const INPUT =
  'h-8 w-full min-w-0 rounded-md border border-line-strong bg-surface px-2 font-mono text-sm read-only:bg-sunken disabled:opacity-60';

/** The control of a field: a secret or a reference shows as what it is, everything else as its kind. */
export function Control(props: ControlProps) {
  const { field, value } = props;
  if (field.kind === 'map' || field.kind === 'objects') return null;
  if (field.secret) return <SecretControl {...props} />;
  if (typeof value === 'string' && VARIABLE.test(value)) return <ReferenceControl {...props} />;
  if (field.kind === 'flag') return <ChoiceControl {...props} choices={['true', 'false']} read={(text) => text === 'true'} />;
  if (field.kind === 'choice') return <ChoiceControl {...props} choices={field.choices} read={(text) => text} />;
  if (field.kind === 'list') return <ListControl {...props} />;
  if (field.kind === 'json') return <JsonControl {...props} />;
  return <TextControl {...props} />;
}

function ChoiceControl(props: ControlProps & { readonly choices: readonly string[]; readonly read: (text: string) => unknown }) {
  const { value, otherwise, id, describedBy, readOnly, onSet, choices, read } = props;
  const t = useT();
  const label = otherwise === undefined ? t.config.notSet : t.config.defaultIs(shortly(otherwise));
  return (
    <select
      id={id}
      aria-describedby={describedBy}
      disabled={readOnly}
      value={value === undefined ? '' : String(value)}
      onChange={(event) => onSet(event.target.value === '' ? undefined : read(event.target.value))}
      className={INPUT}
    >
      <option value="">{label}</option>
      {choices.map((choice) => (
        <option key={choice} value={choice}>
          {choice}
        </option>
      ))}
    </select>
  );
}

function TextControl({ field, value, otherwise, id, describedBy, readOnly, onSet }: ControlProps) {
  const written = value === undefined ? '' : String(value);
  const isNumber = field.kind === 'number' || typeof value === 'number';
  const commit = (text: string) => {
    if (text === written) return;
    if (text.trim() === '') return onSet(undefined);
    onSet(isNumber && Number.isFinite(Number(text)) ? Number(text) : text);
  };
  return (
    <Typed
      id={id}
      describedBy={describedBy}
      readOnly={readOnly}
      written={written}
      inputMode={field.kind === 'number' ? 'numeric' : 'text'}
      placeholder={otherwise === undefined ? '' : shortly(otherwise)}
      onCommit={commit}
    />
  );
}

type TypedProps = {
  readonly id: string;
  readonly describedBy?: string;
  readonly label?: string;
  readonly readOnly: boolean;
  readonly written: string;
  readonly placeholder: string;
  readonly inputMode?: 'numeric' | 'text';
  readonly secret?: boolean;
  readonly onCommit: (text: string) => void;
};

/** A field whose text counts once it is left or Enter is pressed; Escape takes it back. */
function Typed({ id, describedBy, label, readOnly, written, placeholder, inputMode = 'text', secret = false, onCommit }: TypedProps) {
  const [text, setText] = useState(written);
  useEffect(() => setText(written), [written]);
  return (
    <input
      id={id}
      type={secret ? 'password' : 'text'}
      inputMode={inputMode}
      autoComplete="off"
      spellCheck={false}
      readOnly={readOnly}
      value={text}
      placeholder={placeholder}
      {...(describedBy !== undefined && { 'aria-describedby': describedBy })}
      {...(label !== undefined && { 'aria-label': label })}
      onChange={(event) => setText(event.target.value)}
      onBlur={() => onCommit(text)}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === 'Enter') onCommit(text);
        if (event.key === 'Escape') setText(written);
      }}
      className={INPUT}
    />
  );
}

/** What a secret is must never be seen: only where it comes from. */
function SecretControl({ value, id, describedBy, readOnly, onSet }: ControlProps) {
  const t = useT();
  const [replacing, setReplacing] = useState(false);
  if (!replacing && value !== undefined) {
    return (
      <Chip id={id} describedBy={describedBy} action={t.config.replaceValue} onAction={readOnly ? undefined : () => setReplacing(true)}>
        {sourceOf(value, t.config)}
      </Chip>
    );
  }
  return (
    <div className="flex gap-1">
      <Typed
        id={id}
        describedBy={describedBy}
        readOnly={readOnly}
        secret
        written=""
        placeholder={t.config.secretHint}
        onCommit={(text) => {
          setReplacing(false);
          if (text !== '') onSet(text);
        }}
      />
      {replacing ? <Button onClick={() => setReplacing(false)}>{t.config.cancel}</Button> : null}
    </div>
  );
}

function ReferenceControl({ value, id, describedBy, readOnly, onSet }: ControlProps) {
  const t = useT();
  return (
    <Chip id={id} describedBy={describedBy} action={t.config.replaceValue} onAction={readOnly ? undefined : () => onSet(undefined)}>
      {sourceOf(value, t.config)}
    </Chip>
  );
}

type Words = { readonly fromVariable: (name: string) => string; readonly fromFile: (path: string) => string; readonly secretSet: string };

function sourceOf(value: unknown, words: Words): string {
  const variable = typeof value === 'string' ? VARIABLE.exec(value)?.[1] : undefined;
  if (variable !== undefined) return words.fromVariable(variable);
  const file = typeof value === 'object' && value !== null ? (value as { file?: unknown }).file : undefined;
  return typeof file === 'string' ? words.fromFile(file) : words.secretSet;
}

type ChipProps = {
  readonly id: string;
  readonly describedBy: string;
  readonly action: string;
  readonly onAction: (() => void) | undefined;
  readonly children: ReactNode;
};

function Chip({ id, describedBy, action, onAction, children }: ChipProps) {
  return (
    <div className="flex min-h-8 min-w-0 items-center gap-2">
      <Badge tone="accent" className="min-w-0 truncate py-1 font-mono">
        {children}
      </Badge>
      {onAction ? (
        <Button id={id} aria-describedby={describedBy} look="quiet" className="ml-auto h-7 px-2" onClick={onAction}>
          {action}
        </Button>
      ) : null}
    </div>
  );
}

function ListControl({ field, value, otherwise, id, readOnly, onSet }: ControlProps) {
  const t = useT();
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  const put = (index: number, text: string) => {
    const item = typeof items[index] === 'number' && Number.isFinite(Number(text)) ? Number(text) : text;
    onSet(text.trim() === '' ? items.toSpliced(index, 1) : items.toSpliced(index, 1, item));
  };
  const add = (text: string) => {
    if (text.trim() !== '') onSet([...items, text]);
  };
  return (
    <div className="flex flex-col gap-1">
      {value === undefined && Array.isArray(otherwise) && otherwise.length > 0 ? (
        <p className="font-mono text-xs text-ink-3">{otherwise.map(String).join(', ')}</p>
      ) : null}
      {items.map((item, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the place in the list is what an item is known by
        <div key={index} className="flex gap-1">
          <Typed
            id={`${id}-${index}`}
            label={`${field.path.at(-1)} ${index + 1}`}
            readOnly={readOnly}
            written={String(item)}
            placeholder=""
            onCommit={(text) => text !== String(item) && put(index, text)}
          />
          {readOnly ? null : (
            <IconButton label={t.config.removeItem(String(item))} onClick={() => onSet(items.toSpliced(index, 1))}>
              <X aria-hidden className="size-4" />
            </IconButton>
          )}
        </div>
      ))}
      {readOnly ? null : field.choices.length > 0 ? (
        <select id={id} value="" onChange={(event) => add(event.target.value)} className={INPUT}>
          <option value="">{t.config.addItem}</option>
          {field.choices
            .filter((choice) => !items.includes(choice))
            .map((choice) => (
              <option key={choice}>{choice}</option>
            ))}
        </select>
      ) : (
        <AddItem id={id} label={t.config.addItem} onAdd={add} />
      )}
    </div>
  );
}

/** A field that adds what is typed to a list, or a name to a map. */
export function AddItem({ id, label, onAdd }: { readonly id: string; readonly label: string; readonly onAdd: (text: string) => void }) {
  const [text, setText] = useState('');
  const add = () => {
    if (text.trim() === '') return;
    onAdd(text.trim());
    setText('');
  };
  return (
    <div className="flex gap-1">
      <input
        id={id}
        type="text"
        autoComplete="off"
        spellCheck={false}
        value={text}
        placeholder={label}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.nativeEvent.isComposing) return;
          event.preventDefault();
          add();
        }}
        className={INPUT}
      />
      <IconButton label={label} onClick={add}>
        <Plus aria-hidden className="size-4" />
      </IconButton>
    </div>
  );
}

/** What has more than one shape is written as it stands in the file. */
function JsonControl({ value, otherwise, id, describedBy, readOnly, onSet }: ControlProps) {
  const t = useT();
  const written = value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  const [text, setText] = useState(written);
  const [wrong, setWrong] = useState(false);
  useEffect(() => setText(written), [written]);
  const commit = () => {
    if (text === written) return;
    if (text.trim() === '') return onSet(undefined);
    try {
      onSet(/^\s*[[{"]/.test(text) ? JSON.parse(text) : /^(true|false|-?\d+(\.\d+)?)$/.test(text.trim()) ? JSON.parse(text) : text);
      setWrong(false);
    } catch {
      setWrong(true);
    }
  };
  return (
    <>
      <textarea
        id={id}
        aria-describedby={describedBy}
        aria-invalid={wrong}
        readOnly={readOnly}
        rows={Math.min(8, Math.max(1, text.split('\n').length))}
        spellCheck={false}
        value={text}
        placeholder={otherwise === undefined ? '' : shortly(otherwise)}
        onChange={(event) => setText(event.target.value)}
        onBlur={commit}
        className={classNames(INPUT, 'h-auto min-h-8 py-1.5')}
      />
      {wrong ? (
        <p role="alert" className="mt-1 text-xs text-bad">
          {t.config.notJson}
        </p>
      ) : null}
    </>
  );
}

/** A value in one line. */
export function shortly(value: unknown): string {
  if (value === MASK) return MASK;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text === undefined ? '' : text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
