/** The editor of the configuration's text. Loaded only where somebody edits. */
import { autocompletion, type Completion, type CompletionContext, type CompletionResult, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching, foldGutter, foldKeymap, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { MergeView } from '@codemirror/merge';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView, highlightActiveLine, hoverTooltip, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { json5 } from 'codemirror-json5';
import { keyAt, placeAt } from './json5-place.ts';
import { keyOf, plain, type Schema, schemaAt, writtenPath } from './schema.ts';
import type { Review } from './use-draft.ts';
import type { Describe } from './use-schema.ts';

const LOOK = EditorView.theme({
  '&': { color: 'var(--ink)', backgroundColor: 'var(--surface)', fontSize: '13px', height: '100%' },
  '.cm-scroller': { fontFamily: 'ui-monospace, "SF Mono", Menlo, Consolas, monospace', lineHeight: '20px' },
  '.cm-content': { caretColor: 'var(--accent)' },
  '.cm-gutters': { backgroundColor: 'var(--sunken)', color: 'var(--ink-3)', border: 'none' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'color-mix(in srgb, var(--accent-soft) 45%, transparent)' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-2px' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'var(--accent-soft) !important' },
  '.cm-tooltip': {
    backgroundColor: 'var(--surface)',
    color: 'var(--ink)',
    border: '1px solid var(--line-strong)',
    borderRadius: '6px',
    maxWidth: '420px',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--accent-soft)', color: 'var(--accent)' },
  '.cm-panels': { backgroundColor: 'var(--sunken)', color: 'var(--ink)' },
  '.cm-foldPlaceholder': { backgroundColor: 'var(--sunken)', color: 'var(--ink-2)', border: '1px solid var(--line)' },
  '&.cm-merge-a .cm-changedLine, .cm-deletedChunk': { backgroundColor: 'var(--bad-soft)' },
  '&.cm-merge-b .cm-changedLine': { backgroundColor: 'var(--ok-soft)' },
  '&.cm-merge-a .cm-changedText, &.cm-merge-b .cm-changedText': { background: 'none', textDecoration: 'underline' },
});

const COLOURS = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--accent)' },
  { tag: tags.string, color: 'var(--ok)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--warn)' },
  { tag: tags.comment, color: 'var(--ink-3)', fontStyle: 'italic' },
]);

const base = (label: string): Extension => [
  lineNumbers(),
  foldGutter(),
  bracketMatching(),
  syntaxHighlighting(COLOURS),
  json5(),
  LOOK,
  EditorView.lineWrapping,
  EditorView.contentAttributes.of({ 'aria-label': label }),
];

export type EditorOptions = {
  readonly parent: HTMLElement;
  readonly text: string;
  readonly label: string;
  readonly readOnly: boolean;
  readonly schema: Schema;
  readonly describe: Describe;
  readonly onChange: (text: string) => void;
  readonly onSave: () => void;
};

export type Editor = {
  setText(text: string): void;
  setReview(review: Review | undefined): void;
  /** Puts the cursor at an offset and shows it. */
  goTo(offset: number): void;
  destroy(): void;
};

/** Opens an editor. Its styles live in a shadow root: the page's policy forbids styles that come later. */
export function openEditor({ parent, text, label, readOnly, schema, describe, onChange, onSave }: EditorOptions): Editor {
  const root = parent.shadowRoot ?? parent.attachShadow({ mode: 'open' });
  const describeAt = (path: readonly string[]) => {
    const node = schemaAt(schema, path);
    return node && describe({ key: keyOf(schema, path), description: node.description ?? '' });
  };
  const save = () => {
    onSave();
    return true;
  };
  const view = new EditorView({
    root,
    state: EditorState.create({
      doc: text,
      extensions: [
        base(label),
        history(),
        indentOnInput(),
        highlightActiveLine(),
        highlightSelectionMatches(),
        lintGutter(),
        EditorState.readOnly.of(readOnly),
        autocompletion({ override: [complete(schema, describe)] }),
        hoverTooltip((hovered, position) => {
          const path = keyAt(hovered.state.doc.toString(), position);
          const said = path && describeAt(path);
          if (!path || !said) return null;
          return { pos: position, above: true, create: () => ({ dom: tooltip(writtenPath(path), said) }) };
        }),
        keymap.of([
          { key: 'Mod-s', run: save },
          ...completionKeymap,
          ...searchKeymap,
          ...historyKeymap,
          ...foldKeymap,
          ...lintKeymap,
          // The page's shortcut, which the person may have changed.
          ...defaultKeymap.filter(({ key }) => key !== 'Mod-Enter'),
        ]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !update.transactions.some((one) => one.isUserEvent('outside'))) onChange(update.state.doc.toString());
        }),
      ],
    }),
    parent: root,
  });
  return {
    setText(next) {
      const now = view.state.doc.toString();
      if (next !== now) view.dispatch({ changes: { from: 0, to: now.length, insert: next }, userEvent: 'outside' });
    },
    setReview(review) {
      const end = view.state.doc.length;
      const diagnostics = (review?.errors ?? []).map(({ from, to, path, expected, hint, code }): Diagnostic => {
        const message = code === 'CONFIG_SYNTAX' ? expected : `${path}: ${expected}${hint ? `. ${hint}` : ''}`;
        return { from: Math.min(from, end), to: Math.min(Math.max(to, from), end), severity: 'error', message };
      });
      view.dispatch(setDiagnostics(view.state, diagnostics));
    },
    goTo(offset) {
      const at = Math.min(offset, view.state.doc.length);
      view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) });
      view.focus();
    },
    destroy: () => view.destroy(),
  };
}

/** Two texts beside each other. */
export function openComparison(parent: HTMLElement, before: string, after: string, labels: readonly [string, string]): () => void {
  const root = parent.shadowRoot ?? parent.attachShadow({ mode: 'open' });
  const side = (doc: string, label: string) => ({
    doc,
    extensions: [
      base(label),
      EditorState.readOnly.of(true),
      EditorView.editable.of(false),
      EditorView.contentAttributes.of({ tabindex: '0', role: 'textbox', 'aria-readonly': 'true', 'aria-multiline': 'true' }),
    ],
  });
  const view = new MergeView({
    a: side(before, labels[0]),
    b: side(after, labels[1]),
    root,
    parent: root,
    gutter: true,
    collapseUnchanged: { margin: 3, minSize: 6 },
  });
  return () => view.destroy();
}

function complete(schema: Schema, describe: Describe) {
  return (context: CompletionContext): CompletionResult | null => {
    const place = placeAt(context.state.doc.toString(), context.pos);
    if (!place) return null;
    if (!context.explicit && place.from === context.pos) return null;
    const options = place.at === 'key' ? keysIn(schema, place.path, describe) : valuesAt(schema, place.path);
    return options.length === 0 ? null : { from: place.from, options, validFor: /^["']?[\w-]*$/ };
  };
}

function keysIn(root: Schema, path: readonly string[], describe: Describe): readonly Completion[] {
  const node = schemaAt(root, path) ?? (path.length === 0 ? root : undefined);
  const options = node ? [node, ...(node.anyOf ?? [])] : [];
  return options.flatMap(({ properties }) =>
    Object.entries(properties ?? {}).flatMap(([name, child]): Completion[] => {
      if (child.deprecated) return [];
      const shape = plain(child);
      const after = shape.type === 'object' ? ': {' : shape.type === 'array' ? ': [' : ': ';
      const info = describe({ key: keyOf(root, [...path, name]), description: child.description ?? '' });
      return [{ label: name, type: 'property', apply: name + after, detail: String(shape.type ?? ''), ...(info && { info }) }];
    }),
  );
}

function valuesAt(root: Schema, path: readonly string[]): readonly Completion[] {
  const node = schemaAt(root, path);
  if (!node) return [];
  const shape = plain(node);
  if (shape.type === 'boolean') return ['true', 'false'].map((label) => ({ label, type: 'keyword' }));
  return (shape.enum ?? []).map((value) => ({ label: JSON.stringify(value), type: 'enum' }));
}

function tooltip(title: string, text: string): HTMLElement {
  const box = document.createElement('div');
  box.style.cssText = 'padding:8px 10px;font:13px/18px system-ui,sans-serif';
  const name = document.createElement('div');
  name.style.cssText = 'font:12px ui-monospace,monospace;color:var(--ink-3);margin-bottom:2px';
  name.textContent = title;
  const said = document.createElement('div');
  said.textContent = text;
  box.append(name, said);
  return box;
}
