'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import ArrowLeft from 'lucide-react/icons/arrow-left';
import { type FormEvent, type ReactNode, useState } from 'react';
import { importBundle } from '../../data/bundles.ts';
import { bodyOf, client, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { Link } from '../../ui/link.tsx';
import { Panel } from '../../ui/panel.tsx';
import { PageTitle } from '../frame/page-title.tsx';
import { useSubmitKey } from '../frame/use-submit-key.ts';
import { FIELD_LOOK, Field, Radios } from './form-fields.tsx';
import { type Draft, emptyDraft, LEVELS, orderOf, SOURCES, sourceOf } from './order.ts';

type ReplayFormProps = {
  readonly session: string;
  readonly to: number | null;
  readonly query: string;
  readonly onStarted: (id: string) => void;
};

/** What is run again, what is otherwise, and how far it may go. */
export function ReplayForm({ session, to, query, onStarted }: ReplayFormProps) {
  const t = useT();
  const submitKey = useSubmitKey();
  const [draft, setDraft] = useState<Draft>(() => emptyDraft(session, query, to));
  const set = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
  const source = sourceOf(draft);
  const preview = useQuery({
    ...trpc.replays.preview.queryOptions({ source: source ?? { kind: 'log' } }),
    enabled: source !== undefined && draft.source !== 'log',
    retry: false,
  });
  const start = useMutation({
    mutationFn: () => client.replays.start.mutate(orderOf(draft)),
    onSuccess: ({ id }) => onStarted(id),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    start.mutate();
  };
  const levels = LEVELS.filter((level) => (draft.source === 'log' ? level === 'projections' : level !== 'projections')).filter(
    (level) => draft.source !== 'query' || level === 'decisions',
  );
  const level = levels.includes(draft.level) ? draft.level : (levels[0] ?? 'effects');
  return (
    <>
      <Link href="/replay/" className="mb-2 inline-flex min-h-6 items-center gap-1 self-start text-sm text-ink-2 hover:text-ink">
        <ArrowLeft aria-hidden className="size-3.5" />
        {t.replay.all}
      </Link>
      <PageTitle title={t.replay.create} />
      <form {...submitKey} onSubmit={submit} className="flex max-w-4xl flex-col gap-4">
        <Step number={1} title={t.replay.steps.source}>
          <Radios
            label={t.replay.steps.source}
            choices={SOURCES.map((value) => ({ value, title: t.replay.sources[value] }))}
            value={draft.source}
            onChange={(next) => set({ source: next })}
          />
          {draft.source === 'session' ? (
            <div className="grid gap-3 sm:grid-cols-[minmax(0,1fr)_10rem]">
              <Field label={t.replay.sessionId}>
                <input
                  required
                  value={draft.sessionId}
                  onChange={(event) => set({ sessionId: event.target.value })}
                  className={FIELD_LOOK}
                />
              </Field>
              <Field label={t.replay.upTo} hint={t.replay.upToHint}>
                <input
                  inputMode="numeric"
                  pattern="[1-9][0-9]{0,14}"
                  value={draft.to}
                  onChange={(event) => set({ to: event.target.value })}
                  className={FIELD_LOOK}
                />
              </Field>
            </div>
          ) : null}
          {draft.source === 'query' ? (
            <div className="grid gap-3 sm:grid-cols-[minmax(0,1fr)_8rem]">
              <Field label={t.replay.query}>
                <input
                  value={draft.query}
                  placeholder={t.replay.queryExample}
                  onChange={(event) => set({ query: event.target.value })}
                  className={FIELD_LOOK}
                />
              </Field>
              <Field label={t.replay.last}>
                <input
                  type="number"
                  min={1}
                  max={10_000}
                  value={draft.last}
                  onChange={(event) => set({ last: event.target.valueAsNumber })}
                  className={FIELD_LOOK}
                />
              </Field>
            </div>
          ) : null}
          {draft.source === 'bundle' ? <BundleField bundleId={draft.bundleId} onImported={(bundleId) => set({ bundleId })} /> : null}
          <Preview query={preview} shown={source !== undefined && draft.source !== 'log'} />
        </Step>
        {draft.source === 'log' ? null : (
          <Step number={2} title={t.replay.steps.change}>
            <Radios
              label={t.replay.configuration}
              choices={(['recorded', 'current', 'draft'] as const).map((value) => ({ value, title: t.replay.configs[value] }))}
              value={draft.config}
              onChange={(config) => set({ config })}
            />
            {draft.config === 'draft' ? <DraftConfig text={draft.configText} onChange={(configText) => set({ configText })} /> : null}
            {level === 'decisions' ? (
              <p className="text-xs text-ink-2">{t.replay.onlyConfig}</p>
            ) : (
              <div className="grid gap-3 sm:grid-cols-2">
                <Field label={t.replay.agent} hint={t.replay.leaveEmpty}>
                  <input value={draft.agentId} onChange={(event) => set({ agentId: event.target.value })} className={FIELD_LOOK} />
                </Field>
                <Field label={t.replay.model} hint={t.replay.leaveEmpty}>
                  <input
                    value={draft.model}
                    placeholder={t.replay.modelExample}
                    onChange={(event) => set({ model: event.target.value })}
                    className={FIELD_LOOK}
                  />
                </Field>
                <Field label={t.replay.tools} hint={t.replay.toolsHint}>
                  <input value={draft.tools} onChange={(event) => set({ tools: event.target.value })} className={FIELD_LOOK} />
                </Field>
                <Field label={t.replay.prompt} hint={t.replay.leaveEmpty} className="sm:col-span-2">
                  <textarea
                    rows={3}
                    value={draft.systemPrompt}
                    onChange={(event) => set({ systemPrompt: event.target.value })}
                    className={FIELD_LOOK}
                  />
                </Field>
              </div>
            )}
          </Step>
        )}
        <Step number={draft.source === 'log' ? 2 : 3} title={t.replay.steps.level}>
          <Radios
            label={t.replay.steps.level}
            choices={levels.map((value) => ({ value, title: t.replay.levels[value].title, hint: t.replay.levels[value].hint }))}
            value={level}
            onChange={(next) => set({ level: next })}
          />
          {level === 'live' ? (
            <div className="grid gap-3 sm:grid-cols-2">
              <Field label={t.replay.tokens} hint={t.replay.budgetHint}>
                <input
                  type="number"
                  min={1}
                  max={200_000}
                  required
                  value={draft.tokens}
                  onChange={(event) => set({ tokens: event.target.valueAsNumber })}
                  className={FIELD_LOOK}
                />
              </Field>
              <Field label={t.replay.requests}>
                <input
                  type="number"
                  min={1}
                  max={200}
                  required
                  value={draft.requests}
                  onChange={(event) => set({ requests: event.target.valueAsNumber })}
                  className={FIELD_LOOK}
                />
              </Field>
            </div>
          ) : null}
        </Step>
        {start.error ? (
          <p role="alert" className="rounded-md bg-bad-soft px-3 py-2 text-sm text-bad foreign-text">
            {bodyOf(start.error)?.message ?? t.common.unreachable} {bodyOf(start.error)?.remedy}
          </p>
        ) : null}
        <div className="flex items-center gap-3">
          <Button type="submit" look="primary" disabled={source === undefined || start.isPending} onClick={() => set({ level })}>
            {t.replay.start}
          </Button>
          <p className="text-xs text-ink-2">{t.replay.noEffects}</p>
        </div>
      </form>
    </>
  );
}

function Step({ number, title, children }: { readonly number: number; readonly title: string; readonly children: ReactNode }) {
  return (
    <Panel title={`${number}. ${title}`}>
      <div className="flex flex-col gap-3 p-4">{children}</div>
    </Panel>
  );
}

type PreviewProps = {
  readonly shown: boolean;
  readonly query: {
    readonly data: { messages: number; events: number; first: number; last: number; hash: string } | undefined;
    readonly error: unknown;
  };
};

function Preview({ shown, query: { data, error } }: PreviewProps) {
  const t = useT();
  const format = useFormat();
  if (!shown) return null;
  if (error) return <p className="text-sm text-bad foreign-text">{bodyOf(error)?.message ?? t.common.unreachable}</p>;
  if (!data) return <p className="text-sm text-ink-3">{t.common.loading}</p>;
  return (
    <p role="status" className="text-sm text-ink-2 figures">
      {t.replay.range(format.number(data.messages), format.number(data.events), data.first, data.last)}{' '}
      <code className="font-mono text-xs text-ink-3">{data.hash.slice(0, 16)}</code>
    </p>
  );
}

function DraftConfig({ text, onChange }: { readonly text: string; readonly onChange: (text: string) => void }) {
  const t = useT();
  return (
    <>
      <Field label={t.replay.configText}>
        <textarea
          required
          rows={8}
          spellCheck={false}
          value={text}
          onChange={(event) => onChange(event.target.value)}
          className={`${FIELD_LOOK} font-mono text-xs`}
        />
      </Field>
      <Field label={t.replay.configFile}>
        <input
          type="file"
          accept=".json,.json5"
          onChange={(event) => void event.target.files?.[0]?.text().then(onChange)}
          className="text-sm"
        />
      </Field>
    </>
  );
}

function BundleField({ bundleId, onImported }: { readonly bundleId: string; readonly onImported: (bundleId: string) => void }) {
  const t = useT();
  const upload = useMutation({ mutationFn: importBundle, onSuccess: (bundle) => onImported(bundle.bundleId) });
  return (
    <>
      <Field label={t.replay.bundleFile} hint={t.replay.bundleHint}>
        <input
          type="file"
          accept=".ocb"
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file) upload.mutate(file);
          }}
          className="text-sm"
        />
      </Field>
      {upload.isPending ? <p className="text-sm text-ink-3">{t.common.loading}</p> : null}
      {upload.error ? <p className="text-sm text-bad foreign-text">{upload.error.message}</p> : null}
      {bundleId !== '' && upload.data ? (
        <p className="text-sm text-ink-2">{upload.data.key === 'trusted' ? t.replay.bundleTrusted : t.replay.bundleWhole}</p>
      ) : null}
    </>
  );
}
