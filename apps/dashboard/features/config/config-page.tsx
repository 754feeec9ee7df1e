'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import Search from 'lucide-react/icons/search';
import { useQueryStates } from 'nuqs';
import { useEffect, useState } from 'react';
import { useRefresh } from '../../data/feed.ts';
import { trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Said } from '../../ui/said.tsx';
import { ErrorState, Loaded, Skeleton } from '../../ui/states.tsx';
import { useKeys } from '../frame/keys.ts';
import { PageTitle } from '../frame/page-title.tsx';
import { CompareTab } from './compare-tab.tsx';
import { configParsers, TABS, type Tab } from './config-url.ts';
import { ConflictView } from './conflict.tsx';
import { ConfigForm } from './form.tsx';
import { FromReplay } from './from-replay.tsx';
import { HistoryTab } from './history-tab.tsx';
import { SaveDrawer } from './save-drawer.tsx';
import { Source } from './source.tsx';
import { TabBar } from './tab-bar.tsx';
import { TrialBanner } from './trial-banner.tsx';
import { type ConfigFile, useDraft } from './use-draft.ts';
import { useDescriptions, useSchema } from './use-schema.ts';

const TRIAL_REFRESH_MS = 2_000;
const REFRESH_MS = 500;

/** The configuration: as a form, as text, compared, and every version of it. */
export function ConfigPage() {
  const t = useT();
  const cache = useQueryClient();
  const me = useQuery(trpc.frame.me.queryOptions());
  const file = useQuery({
    ...trpc.config.file.queryOptions(),
    refetchInterval: ({ state }) => (state.data?.trial ? TRIAL_REFRESH_MS : false),
  });
  useRefresh(
    (row) => row.type.startsWith('config.'),
    () => void cache.invalidateQueries({ queryKey: trpc.config.pathKey() }),
    REFRESH_MS,
  );
  return (
    <>
      <PageTitle title={t.config.title} />
      <Loaded query={file} skeleton={<Skeleton lines={10} />}>
        {(found) =>
          me.data ? <Configuration file={found} mayWrite={me.data.permissions.includes('config.write')} /> : <Skeleton lines={10} />
        }
      </Loaded>
    </>
  );
}

function Configuration({ file, mayWrite }: { readonly file: ConfigFile; readonly mayWrite: boolean }) {
  const t = useT();
  const [query, setQuery] = useQueryStates(configParsers);
  const { tab, section, q, modified, key } = query;
  const schema = useSchema();
  const describe = useDescriptions();
  const draft = useDraft(file, mayWrite);
  const [saving, setSaving] = useState(false);
  const [merging, setMerging] = useState(false);
  const running = useQuery(trpc.config.version.queryOptions({ at: 'latest' }));
  const review = () => draft.dirty && mayWrite && setSaving(true);

  // A page that is left with a draft that holds a secret would lose it.
  useEffect(() => {
    if (!draft.dirty) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    if (draft.review?.holdsSecret) window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [draft.dirty, draft.review?.holdsSecret]);
  useKeys({ 'Mod+Enter': () => void review() });

  return (
    <>
      {file.trial ? <TrialBanner trial={file.trial} readOnly={!mayWrite} /> : null}
      <Notices file={file} mayWrite={mayWrite} />
      {query.replay === null || !mayWrite ? null : (
        <FromReplay
          run={query.replay}
          draft={draft}
          file={file}
          onDone={(taken) => void setQuery({ replay: null, ...(taken && { tab: 'diff' }) })}
        />
      )}
      {query.under !== null && running.data && running.data.hash !== query.under ? (
        <div role="status" className="mb-4 flex flex-wrap items-center gap-3 rounded-md bg-warn-soft px-3 py-2 text-sm text-warn">
          {t.config.otherThen(query.under.slice(0, 12), running.data.hash.slice(0, 12))}
          <Button
            className="ml-auto"
            onClick={() => void setQuery({ tab: 'diff', v: query.under, diff: 'running', key: null, under: null }, { history: 'push' })}
          >
            {t.config.compareThen}
          </Button>
        </div>
      ) : null}
      <div className="mb-4 flex flex-wrap items-center gap-x-3 gap-y-2">
        <TabBar
          label={t.config.title}
          tabs={TABS.map((name) => ({ name, title: t.config.tabs[name] }))}
          selected={tab}
          onSelect={(name: Tab) => void setQuery({ tab: name, key: null, under: null })}
        />
        {tab === 'form' ? (
          <div className="flex min-w-48 flex-1 flex-wrap items-center gap-3">
            <span className="relative min-w-48 flex-1 sm:max-w-xs">
              <Search aria-hidden className="pointer-events-none absolute top-2 left-2 size-4 text-ink-3" />
              <input
                type="search"
                data-query
                aria-label={t.config.search}
                placeholder={t.config.search}
                value={q}
                onChange={(event) => void setQuery({ q: event.target.value, key: null })}
                className="h-8 w-full rounded-md border border-line-strong bg-surface pr-2 pl-8 text-sm"
              />
            </span>
            <label className="flex h-8 items-center gap-2 text-sm text-ink-2">
              <input
                type="checkbox"
                checked={modified}
                onChange={(event) => void setQuery({ modified: event.target.checked, key: null })}
                className="size-4 accent-[var(--accent)]"
              />
              {t.config.modifiedOnly}
            </label>
          </div>
        ) : null}
        {mayWrite ? (
          <div className="ml-auto flex items-center gap-2">
            {draft.dirty ? (
              <Badge tone={draft.review?.errors.length ? 'bad' : 'accent'}>
                {draft.review?.errors.length ? t.config.isWrong : t.config.unsaved}
              </Badge>
            ) : null}
            <Button disabled={!draft.dirty} onClick={draft.reset}>
              {t.config.discard}
            </Button>
            <Button look="primary" disabled={!draft.dirty || draft.conflict} onClick={review}>
              {t.config.review}
            </Button>
          </div>
        ) : null}
      </div>
      {draft.failure || draft.reviewError ? (
        <ErrorState error={draft.failure ?? draft.reviewError} onRetry={() => draft.setText(draft.text)} />
      ) : null}
      {draft.conflict ? (
        <div className="mb-4">
          {merging ? (
            <ConflictView draft={draft} file={file} onClose={() => setMerging(false)} />
          ) : (
            <div
              role="alert"
              className="flex flex-wrap items-center gap-3 rounded-lg border border-warn bg-warn-soft px-4 py-3 text-sm text-warn"
            >
              {t.config.conflictLead}
              <Button className="ml-auto" onClick={() => setMerging(true)}>
                {t.config.merge}
              </Button>
            </div>
          )}
        </div>
      ) : null}
      <Loaded query={schema} skeleton={<Skeleton lines={10} />}>
        {(root) => {
          if (tab === 'source')
            return <Source draft={draft} schema={root} describe={describe} readOnly={!mayWrite} at={key} onSave={review} />;
          if (tab === 'diff') {
            return (
              <CompareTab
                draft={draft}
                file={file}
                left={query.v ?? 'running'}
                right={query.diff ?? (query.v ? 'running' : 'draft')}
                onChoose={(sides) => void setQuery(sides)}
              />
            );
          }
          if (tab === 'history') {
            return (
              <HistoryTab
                readOnly={!mayWrite}
                onCompare={(v, diff) => void setQuery({ tab: 'diff', v, diff })}
                onRestore={({ text, restores }) => {
                  draft.begin({ base: file.text, baseHash: file.hash, text, restores });
                  setSaving(true);
                }}
              />
            );
          }
          const document = mayWrite ? draft.document : running.data?.document;
          if (!document)
            return draft.review?.errors.length ? <Broken onSource={() => void setQuery({ tab: 'source' })} /> : <Skeleton lines={10} />;
          return (
            <ConfigForm
              schema={root}
              context={{
                document,
                running: running.data?.document ?? document,
                file,
                review: draft.review,
                describe,
                readOnly: !mayWrite,
                highlighted: key,
                onEdit: (edits) => void draft.edit(edits),
              }}
              section={section}
              query={q}
              modified={modified}
              onSection={(name) => void setQuery({ section: name, q: null, modified: null, key: null })}
              onClear={() => void setQuery({ q: null, modified: null })}
            />
          );
        }}
      </Loaded>
      {saving ? (
        <SaveDrawer
          draft={draft}
          file={file}
          onClose={() => setSaving(false)}
          onMerge={() => {
            setSaving(false);
            setMerging(true);
          }}
        />
      ) : null}
    </>
  );
}

/** What of the file on the disk does not run, and why; and who may change it. */
function Notices({ file, mayWrite }: { readonly file: ConfigFile; readonly mayWrite: boolean }) {
  const t = useT();
  const waiting = file.unapplied.filter(({ waitsFor }) => waitsFor === 'restart');
  return (
    <div className="mb-4 flex flex-col gap-2 empty:hidden">
      {mayWrite ? null : <p className="rounded-md bg-sunken px-3 py-2 text-sm text-ink-2">{t.config.readOnly}</p>}
      {file.exists ? null : <p className="rounded-md bg-sunken px-3 py-2 text-sm text-ink-2">{t.config.noFile(file.path)}</p>}
      {file.refused ? (
        <p role="alert" className="rounded-md bg-bad-soft px-3 py-2 text-sm text-bad">
          {t.config.refused} <Said problem={file.refused} />
        </p>
      ) : null}
      {waiting.length > 0 ? (
        <p className="rounded-md bg-warn-soft px-3 py-2 text-sm text-warn">
          {t.config.waiting(waiting.map(({ path }) => path).join(', '))}
        </p>
      ) : null}
    </div>
  );
}

function Broken({ onSource }: { readonly onSource: () => void }) {
  const t = useT();
  return (
    <div
      role="alert"
      className="flex flex-col items-start gap-3 rounded-lg border border-line border-l-4 border-l-bad bg-surface p-4 text-sm"
    >
      <p>{t.config.brokenForForm}</p>
      <Button onClick={onSource}>{t.config.tabs.source}</Button>
    </div>
  );
}
