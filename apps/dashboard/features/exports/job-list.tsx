'use client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { bodyOf, type Outputs, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Command } from '../../ui/command.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import { Said, useSayError } from '../../ui/said.tsx';
import { EmptyState } from '../../ui/states.tsx';
import { StepUpDialog } from '../sign-in/step-up-dialog.tsx';

type Job = Outputs['exports']['list']['jobs'][number];
const TONES = { running: 'accent', completed: 'ok', cancelled: 'neutral', failed: 'bad' } as const;

type Props = { readonly jobs: readonly Job[]; readonly onBegin: () => void; readonly onOpen: (id: string) => void };

/** The exports of this gateway, the newest first: how far they are, and what can be done with them. */
export function JobList({ jobs, onBegin, onOpen }: Props) {
  const t = useT();
  return (
    <Panel title={t.exports.jobs} note={jobs.length > 0 ? t.exports.jobsNote : undefined}>
      {jobs.length === 0 ? (
        <EmptyState title={t.exports.none}>
          <p>{t.exports.noneWhy}</p>
          <Button onClick={onBegin}>{t.exports.begin}</Button>
          <Command text="openclaw audit export --format csv --output ./audit" />
        </EmptyState>
      ) : (
        <ul aria-label={t.exports.jobs}>
          {jobs.map((job) => (
            <JobRow key={job.id} job={job} onOpen={onOpen} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function JobRow({ job, onOpen }: { readonly job: Job; readonly onOpen: (id: string) => void }) {
  const t = useT();
  const format = useFormat();
  const { progress, result } = job;
  const events = result?.events ?? progress?.events;
  const bytes = result?.bytes ?? progress?.bytes;
  return (
    <li data-job={job.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-3 text-sm last:border-b-0">
      <div className="min-w-0 flex-1 basis-64">
        <p className="flex items-center gap-2">
          <Badge tone={TONES[job.state]}>{t.exports.states[job.state]}</Badge>
          <span className="font-medium uppercase">{job.format}</span>
          <span className="text-xs text-ink-3">{t.exports.masking[job.masking]}</span>
        </p>
        <p className="mt-1 truncate font-mono text-xs text-ink-2" title={job.query}>
          {job.query || t.exports.everything}
        </p>
        <p className="mt-0.5 text-xs text-ink-3 figures">
          {format.second(job.startedAt)} · {job.createdBy}
          {events === undefined ? null : ` · ${t.exports.events(events)}`}
          {bytes === undefined ? null : ` · ${format.bytes(bytes)}`}
        </p>
        {job.error === undefined ? null : (
          <p role="alert" className="mt-1 text-xs text-bad">
            <Said problem={job.error} />
          </p>
        )}
      </div>
      {job.state === 'running' ? (
        <div className="w-56 max-w-full">
          <ProgressBar
            label={t.exports.positions}
            done={progress ? progress.position - progress.from + 1 : 0}
            total={progress ? progress.to - progress.from + 1 : undefined}
          />
        </div>
      ) : null}
      <Actions job={job} onOpen={onOpen} />
    </li>
  );
}

function Actions({ job, onOpen }: { readonly job: Job; readonly onOpen: (id: string) => void }) {
  const t = useT();
  const sayError = useSayError();
  const cache = useQueryClient();
  const [asking, setAsking] = useState<'remove' | 'resume'>();
  const [proving, setProving] = useState(false);
  const [reason, setReason] = useState('');
  const done = () => {
    setAsking(undefined);
    void cache.invalidateQueries(trpc.exports.list.pathFilter());
  };
  const failed = (error: unknown) => (bodyOf(error)?.code === 'STEP_UP_REQUIRED' ? setProving(true) : sayError(error));
  const cancel = useMutation({ ...trpc.exports.cancel.mutationOptions(), onSuccess: done, onError: failed });
  const resume = useMutation({ ...trpc.exports.resume.mutationOptions(), onSuccess: done, onError: failed });
  const goOn = (why: string) => {
    setReason(why);
    resume.mutate({ id: job.id, ...(why ? { reason: why } : {}) });
  };
  return (
    <div className="flex flex-wrap gap-2">
      {job.state === 'running' ? (
        <Button onClick={() => cancel.mutate({ id: job.id })} disabled={cancel.isPending}>
          {t.exports.cancel}
        </Button>
      ) : null}
      {job.state === 'completed' ? <Button onClick={() => onOpen(job.id)}>{t.exports.open}</Button> : null}
      {job.state === 'cancelled' || job.state === 'failed' ? (
        <Button onClick={() => (job.masking === 'none' ? setAsking('resume') : goOn(''))} disabled={resume.isPending}>
          {t.exports.resume}
        </Button>
      ) : null}
      {job.state === 'running' ? null : (
        <Button look="danger" onClick={() => setAsking('remove')}>
          {t.exports.remove}
        </Button>
      )}
      <ConfirmDialog
        open={asking === 'remove'}
        title={t.exports.removeTitle}
        action={t.exports.remove}
        danger
        busy={cancel.isPending}
        onConfirm={() => cancel.mutate({ id: job.id })}
        onClose={() => setAsking(undefined)}
      >
        {t.exports.removeWhy}
      </ConfirmDialog>
      <ConfirmDialog
        open={asking === 'resume'}
        title={t.exports.resume}
        action={t.exports.resume}
        reason="required"
        busy={resume.isPending}
        onConfirm={goOn}
        onClose={() => setAsking(undefined)}
      >
        {t.exports.unmaskedWhy}
      </ConfirmDialog>
      <StepUpDialog
        open={proving}
        onClose={() => setProving(false)}
        onProved={() => {
          setProving(false);
          goOn(reason);
        }}
      />
    </div>
  );
}
