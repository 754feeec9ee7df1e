'use client';
import Pencil from 'lucide-react/icons/pencil';
import { type KeyboardEvent, useState } from 'react';
import { shortcuts } from '../../i18n/en/shortcuts.ts';
import { useT, withText } from '../../i18n/index.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { chooseKeys, conflict, resetKeys, useKeyChoices } from './key-choice.ts';
import { keysOf } from './keys.ts';
import { SHORTCUT_GROUPS, SHORTCUTS, type Shortcut } from './shortcut-list.ts';

const SIGNS: Readonly<Record<string, string>> = { ArrowLeft: '←', ArrowRight: '→', Escape: 'Esc' };

/** Every shortcut by group; each can have other keys, or none. */
export const ShortcutHelp = withText({ shortcuts }, KeyList);

function KeyList({ onClose }: { readonly onClose: () => void }) {
  const t = useT();
  const choices = useKeyChoices();
  const [editing, setEditing] = useState<string>();
  const changed = Object.keys(choices).length > 0;
  return (
    <Dialog
      open
      size="large"
      title={t.shortcuts.title}
      onClose={onClose}
      actions={changed ? <Button onClick={resetKeys}>{t.shortcuts.reset}</Button> : undefined}
    >
      <p className="pb-3 text-xs text-ink-3">{t.shortcuts.note}</p>
      <div className="gap-x-8 sm:columns-2">
        {SHORTCUT_GROUPS.map((group) => (
          <section key={group} aria-label={t.shortcuts.groups[group]} className="break-inside-avoid pb-4">
            <h3 className="pb-1 text-xs font-medium text-ink-3">{t.shortcuts.groups[group]}</h3>
            <ul className="divide-y divide-line">
              {SHORTCUTS.filter((shortcut) => shortcut.group === group).map((shortcut) => (
                <li key={shortcut.keys}>
                  {editing === shortcut.keys ? (
                    <Editor shortcut={shortcut} onDone={() => setEditing(undefined)} />
                  ) : (
                    <Row shortcut={shortcut} keys={choices[shortcut.keys] ?? shortcut.keys} onEdit={() => setEditing(shortcut.keys)} />
                  )}
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

function Row({ shortcut, keys, onEdit }: { readonly shortcut: Shortcut; readonly keys: string; readonly onEdit: () => void }) {
  const t = useT();
  const name = useName(shortcut);
  return (
    <div className="flex min-h-8 items-center gap-2 text-sm">
      <span className="min-w-0 flex-1 text-ink-2">{name}</span>
      <span className="flex shrink-0 gap-1">
        {keys === '' ? <span className="text-xs text-ink-3">{t.shortcuts.off}</span> : <Keys keys={keys} />}
      </span>
      <IconButton label={t.shortcuts.change(name)} onClick={onEdit} className="size-6">
        <Pencil aria-hidden className="size-3" />
      </IconButton>
    </div>
  );
}

function Keys({ keys }: { readonly keys: string }) {
  const mod = /Mac|iP/.test(navigator.platform) ? '⌘' : 'Ctrl ';
  return keys.split(' ').map((key) => (
    <kbd key={key} className="min-w-6 rounded border border-line-strong bg-sunken px-1.5 text-center font-mono text-xs leading-5">
      {key
        .replace('Mod+', mod)
        .replace('Shift+', '⇧')
        .replace(/\w+$/, (name) => SIGNS[name] ?? name)}
    </kbd>
  ));
}

/** Listens for the new keys of a shortcut. */
function Editor({ shortcut, onDone }: { readonly shortcut: Shortcut; readonly onDone: () => void }) {
  const t = useT();
  const choices = useKeyChoices();
  const name = useName(shortcut);
  const [other, setOther] = useState<string>();
  const otherName = useName(SHORTCUTS.find(({ keys }) => keys === other) ?? shortcut);
  const choose = (keys: string | undefined) => {
    chooseKeys(shortcut.keys, keys);
    onDone();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLButtonElement>) => {
    if (event.key === 'Tab' || event.key === 'Shift' || event.key === 'Control' || event.key === 'Meta') return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === 'Escape') return onDone();
    const pressed = keysOf(event);
    const keys = shortcut.keys.startsWith('g ') && pressed.length === 1 ? `g ${pressed}` : pressed;
    const taken = conflict(keys, choices, shortcut.keys);
    if (taken === undefined) choose(keys);
    else setOther(taken);
  };
  return (
    <div className="flex flex-col gap-2 py-2 text-sm">
      <span className="font-medium">{name}</span>
      <button
        type="button"
        // biome-ignore lint/a11y/noAutofocus: the person has just asked to press keys here
        autoFocus
        onKeyDown={onKeyDown}
        className="rounded-md border border-accent bg-accent-soft px-3 py-1.5 text-left text-xs"
      >
        {t.shortcuts.press}
      </button>
      {other === undefined ? null : (
        <p role="alert" className="text-xs text-bad">
          {t.shortcuts.taken(otherName)}
        </p>
      )}
      <span className="flex gap-2">
        <Button onClick={() => choose('')}>{t.shortcuts.switchOff}</Button>
        <Button look="quiet" onClick={() => choose(undefined)}>
          {t.shortcuts.useDefault}
        </Button>
      </span>
    </div>
  );
}

function useName({ group, name }: Shortcut): string {
  const t = useT();
  if (group === 'go') return `${t.shortcuts.go} ${(t.frame as Readonly<Record<string, unknown>>)[name]}`;
  return (t.shortcuts.names as Readonly<Record<string, string>>)[name] ?? name;
}
