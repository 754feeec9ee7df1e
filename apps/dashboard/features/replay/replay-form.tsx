'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import ArrowLeft from 'lucide-react/icons/arrow-left';
import { type FormEvent, type ReactNode, useState } from 'react';
import { bodyOf, client, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { Link } from '../../ui/link.tsx';
import { Panel } from '../../ui/panel.tsx';
import { SaidError } from '../../ui/said.tsx';
import { PageTitle } from '../frame/page-title.tsx';
import { useSubmitKey } from '../frame/use-submit-key.ts';
import { BundleField } from './bundle-field.tsx';
import { ChangeStep } from './change-step.tsx';
import { FIELD_LOOK, Field, Radios } from './form-fields.tsx';
import { LiveFields } from './live-fields.tsx';
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
  const levels = LEVELS.filter((level) => (draft.source === 'log' ? level === 'projections' : level !== 'projections')).filter(
    (level) => draft.source !== 'query' || level === 'decisions',
  );
  const level = levels.includes(draft.level) ? draft.level : (levels[0] ?? 'effects');
  const preview = useQuery({
    ...trpc.replays.preview.queryOptions({ source: source ?? { kind: 'log' } }),
    enabled: source !== undefined && draft.source !== 'log',
    retry: false,
  });
  const start = useMutation({
    mutationFn: () => client.replays.start.mutate(orderOf({ ...draft, level })),
    onSuccess: ({ id }) => onStarted(id),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    start.mutate();
  };
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
                  max={100_000}
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
            <ChangeStep draft={draft} set={set} onlyDecides={level === 'decisions'} />
          </Step>
        )}
        <Step number={draft.source === 'log' ? 2 : 3} title={t.replay.steps.level}>
          <Radios
            label={t.replay.steps.level}
            choices={levels.map((value) => ({ value, title: t.replay.levels[value].title, hint: t.replay.levels[value].hint }))}
            value={level}
            onChange={(next) => set({ level: next })}
          />
          {level === 'live' ? <LiveFields draft={draft} set={set} /> : null}
        </Step>
        {start.error ? <Refused error={start.error} /> : null}
        <div className="flex items-center gap-3">
          <Button type="submit" look="primary" disabled={source === undefined || start.isPending}>
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
  if (error)
    return (
      <p className="text-sm text-bad foreign-text">
        <SaidError error={error} brief />
      </p>
    );
  if (!data) return <p className="text-sm text-ink-3">{t.common.loading}</p>;
  return (
    <p role="status" className="text-sm text-ink-2 figures">
      {t.replay.range(format.number(data.messages), format.number(data.events), data.first, data.last)}{' '}
      <code className="font-mono text-xs text-ink-3">{data.hash.slice(0, 16)}</code>
    </p>
  );
}

/** Why it did not begin; of a configuration or a rule everything that is wrong with it. */
function Refused({ error }: { readonly error: unknown }) {
  const found = bodyOf(error)?.details?.['findings'];
  const findings = Array.isArray(found) ? (found as readonly { readonly path: string; readonly expected: string }[]) : [];
  return (
    <div role="alert" className="rounded-md bg-bad-soft px-3 py-2 text-sm text-bad foreign-text">
      <p>
        <SaidError error={error} />
      </p>
      {findings.length > 1 ? (
        <ul className="mt-1 list-disc pl-5">
          {findings.map(({ path, expected }) => (
            <li key={path}>
              <code className="font-mono text-xs">{path}</code>: {expected}
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}
