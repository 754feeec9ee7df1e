'use client';
import { useQuery } from '@tanstack/react-query';
import { trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { ErrorState, Loaded, Skeleton } from '../../ui/states.tsx';
import { Changes } from './changes.tsx';
import { Comparison } from './comparison.tsx';
import { INPUT } from './controls.tsx';
import type { ConfigFile, Draft } from './use-draft.ts';

const VERSIONS = 100;

type CompareProps = {
  readonly draft: Draft;
  readonly file: ConfigFile;
  readonly left: string;
  readonly right: string;
  readonly onChoose: (sides: { v?: string; diff?: string }) => void;
};

/** Any two of: what runs, the draft, and every version that was in force. */
export function CompareTab({ draft, file, left, right, onChoose }: CompareProps) {
  const t = useT();
  const format = useFormat();
  const versions = useQuery(trpc.config.versions.queryOptions({ limit: VERSIONS }));
  const choices = [
    { value: 'running', title: t.config.running },
    { value: 'draft', title: t.config.draft },
    ...(versions.data?.versions ?? []).map(({ hash, time, actor }) => ({
      value: hash,
      title: `${hash.slice(0, 12)} · ${format.day(time)}${actor ? ` · ${actor}` : ''}`,
    })),
  ];
  const titleOf = (value: string) => choices.find((choice) => choice.value.startsWith(value))?.title ?? value;
  const texts = { running: file.text, draft: draft.text } as Readonly<Record<string, string>>;
  const isText = texts[left] !== undefined && texts[right] !== undefined;
  return (
    <div className="flex flex-col gap-4">
      <div className="grid gap-3 sm:grid-cols-2">
        <Side label={t.config.compareLeft} value={left} choices={choices} onChoose={(value) => onChoose({ v: value })} />
        <Side label={t.config.compareRight} value={right} choices={choices} onChoose={(value) => onChoose({ diff: value })} />
      </div>
      {isText ? (
        <>
          {left === 'running' && right === 'draft' && draft.review ? (
            <Changes changes={draft.review.changes} restart={draft.review.restartNeeded} />
          ) : null}
          <Comparison before={texts[left] ?? ''} after={texts[right] ?? ''} labels={[titleOf(left), titleOf(right)]} />
        </>
      ) : (
        <Versions draft={draft} left={left} right={right} labels={[titleOf(left), titleOf(right)]} />
      )}
    </div>
  );
}

type SideProps = {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly { readonly value: string; readonly title: string }[];
  readonly onChoose: (value: string) => void;
};

function Side({ label, value, choices, onChoose }: SideProps) {
  const chosen = choices.find((choice) => choice.value.startsWith(value))?.value ?? value;
  return (
    <label className="flex flex-col gap-1 text-xs text-ink-2">
      {label}
      <select value={chosen} onChange={(event) => onChoose(event.target.value)} className={INPUT}>
        {choices.some((choice) => choice.value === chosen) ? null : <option value={chosen}>{chosen.slice(0, 12)}</option>}
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.title}
          </option>
        ))}
      </select>
    </label>
  );
}

type VersionsProps = { readonly draft: Draft; readonly left: string; readonly right: string; readonly labels: readonly [string, string] };

/** The log keeps what was written, not how: versions are compared by their keys and values. */
function Versions({ draft, left, right, labels }: VersionsProps) {
  const t = useT();
  const isVersion = (side: string) => side !== 'draft';
  const at = (side: string) => (side === 'running' ? 'latest' : side);
  const before = useQuery({ ...trpc.config.version.queryOptions({ at: at(left) }), enabled: isVersion(left) });
  const after = useQuery({ ...trpc.config.version.queryOptions({ at: at(right) }), enabled: isVersion(right) });
  const changes = useQuery({
    ...trpc.config.diff.queryOptions({ from: at(left), to: at(right) }),
    enabled: isVersion(left) && isVersion(right),
  });
  const failed = before.error ?? after.error;
  if (failed) return <ErrorState error={failed} onRetry={() => void Promise.all([before.refetch(), after.refetch()])} />;
  const documents = [isVersion(left) ? before.data?.document : draft.document, isVersion(right) ? after.data?.document : draft.document];
  const [was, is] = documents;
  if (!was || !is) return <Skeleton lines={8} />;
  return (
    <>
      {isVersion(left) && isVersion(right) ? <Loaded query={changes}>{(found) => <Changes changes={found.changes} />}</Loaded> : null}
      <p className="text-xs text-ink-3">{t.config.versionText}</p>
      <Comparison before={JSON.stringify(was, null, 2)} after={JSON.stringify(is, null, 2)} labels={labels} />
    </>
  );
}
