'use client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { client } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { Loaded } from '../../ui/states.tsx';
import { Changes } from './changes.tsx';
import { Comparison } from './comparison.tsx';
import { shortly } from './controls.tsx';
import { writtenPath } from './schema.ts';
import type { ConfigFile, Draft } from './use-draft.ts';

type Side = 'mine' | 'theirs';

/** The draft on top of what somebody else saved meanwhile: what both changed, one decides key by key. */
export function ConflictView({ draft, file, onClose }: { readonly draft: Draft; readonly file: ConfigFile; readonly onClose: () => void }) {
  const t = useT();
  const { base, text: mine } = draft;
  const [chosen, setChosen] = useState<Readonly<Record<string, Side>>>({});
  const merged = useQuery({
    queryKey: ['config', 'merge', base, mine, file.hash],
    queryFn: ({ signal }) => client.config.merge.mutate({ base, mine }, { signal }),
  });
  const take = async () => {
    if (!merged.data) return;
    const edits = merged.data.conflicts
      .filter(({ path }) => chosen[writtenPath(path)] === 'mine')
      .map(({ path, mine: value }) =>
        value === undefined ? { op: 'unset' as const, path: [...path] } : { op: 'set' as const, path: [...path], value },
      );
    const { text } = edits.length === 0 ? merged.data : await client.config.edit.mutate({ text: merged.data.text, edits });
    draft.begin({ base: file.text, baseHash: merged.data.hash, text });
    onClose();
  };
  return (
    <section aria-label={t.config.conflictTitle} className="rounded-lg border border-warn bg-surface">
      <header className="border-b border-line px-4 py-3">
        <h2 className="text-sm font-semibold">{t.config.conflictTitle}</h2>
        <p className="text-sm text-ink-2">{t.config.conflictLead}</p>
      </header>
      <Loaded query={merged}>
        {({ conflicts, mine: ours, theirs, text }) => {
          const open = conflicts.filter(({ path }) => chosen[writtenPath(path)] === undefined).length;
          return (
            <div className="flex flex-col gap-4 p-4">
              {conflicts.length === 0 ? (
                <p className="text-sm">{t.config.conflictNone}</p>
              ) : (
                <ul className="flex flex-col gap-3">
                  {conflicts.map((conflict) => (
                    <ConflictRow
                      key={writtenPath(conflict.path)}
                      conflict={conflict}
                      chosen={chosen[writtenPath(conflict.path)]}
                      onChoose={(side) => setChosen({ ...chosen, [writtenPath(conflict.path)]: side })}
                    />
                  ))}
                </ul>
              )}
              <div className="grid gap-4 lg:grid-cols-2">
                <div>
                  <h3 className="mb-2 text-xs font-semibold text-ink-2">{t.config.mine}</h3>
                  <Changes changes={ours} />
                </div>
                <div>
                  <h3 className="mb-2 text-xs font-semibold text-ink-2">{t.config.theirs}</h3>
                  <Changes changes={theirs} />
                </div>
              </div>
              <details>
                <summary className="cursor-pointer text-sm text-accent">{t.config.conflictText}</summary>
                <Comparison before={file.text} after={text} labels={[t.config.running, t.config.merged]} />
              </details>
              <div className="flex flex-wrap justify-end gap-2">
                <Button look="danger" onClick={draft.reset}>
                  {t.config.discard}
                </Button>
                <Button look="primary" disabled={open > 0} onClick={() => void take()}>
                  {open > 0 ? t.config.conflictOpen(open) : t.config.conflictTake}
                </Button>
              </div>
            </div>
          );
        }}
      </Loaded>
    </section>
  );
}

type RowProps = {
  readonly conflict: { readonly path: readonly string[]; readonly base?: unknown; readonly mine?: unknown; readonly theirs?: unknown };
  readonly chosen: Side | undefined;
  readonly onChoose: (side: Side) => void;
};

function ConflictRow({ conflict, chosen, onChoose }: RowProps) {
  const t = useT();
  const at = writtenPath(conflict.path);
  const shown = (value: unknown) => (value === undefined ? t.config.notSet : shortly(value));
  return (
    <li className="rounded-md border border-line p-3">
      <fieldset>
        <legend className="font-mono text-xs font-medium">{at}</legend>
        <p className="text-xs text-ink-3">
          {t.config.before}: <span className="font-mono">{shown(conflict.base)}</span>
        </p>
        <div className="mt-2 grid gap-2 sm:grid-cols-2">
          {(['mine', 'theirs'] as const).map((side) => (
            <label key={side} className="flex min-h-8 items-start gap-2 rounded-md border border-line px-3 py-2 text-sm">
              <input
                type="radio"
                name={at}
                checked={chosen === side}
                onChange={() => onChoose(side)}
                className="mt-1 accent-[var(--accent)]"
              />
              <span className="min-w-0">
                <span className="block text-xs text-ink-3">{t.config[side]}</span>
                <span className="font-mono text-xs break-all">{shown(conflict[side])}</span>
              </span>
            </label>
          ))}
        </div>
      </fieldset>
    </li>
  );
}
