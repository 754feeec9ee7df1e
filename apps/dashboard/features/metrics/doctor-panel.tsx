'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Outputs, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { Panel } from '../../ui/panel.tsx';
import { useSayError } from '../../ui/said.tsx';
import { ErrorState } from '../../ui/states.tsx';

type Diagnosis = Outputs['metrics']['diagnose'];
type Finding = Diagnosis['findings'][number];

const TONES = { error: 'bad', warning: 'warn', note: 'neutral' } as const;

/** Looks for everything that is known to go wrong, and repairs what is safe to repair. */
export function DoctorPanel() {
  const t = useT();
  const sayError = useSayError();
  const me = useQuery(trpc.frame.me.queryOptions());
  const [asking, setAsking] = useState(false);
  const diagnose = useMutation(trpc.metrics.diagnose.mutationOptions());
  const repair = useMutation(
    trpc.metrics.repair.mutationOptions({
      onError: sayError,
      onSettled: () => setAsking(false),
    }),
  );
  const may = (permission: 'config.read' | 'gateway.control') => me.data?.permissions.includes(permission) === true;
  const diagnosis = repair.data ?? diagnose.data;
  const repairable = diagnosis?.findings.filter(({ fix, fixed }) => fix !== undefined && fixed === undefined) ?? [];
  const start = () => {
    repair.reset();
    diagnose.mutate();
  };
  return (
    <Panel
      title={t.metrics.doctor}
      actions={
        <Button disabled={!may('config.read') || diagnose.isPending || repair.isPending} onClick={start}>
          {diagnose.isPending ? t.metrics.diagnosing : t.metrics.diagnose}
        </Button>
      }
    >
      <div className="flex flex-col gap-3 px-4 py-3 text-sm">
        <p className="text-ink-2">{t.metrics.doctorLead}</p>
        {me.data && !may('config.read') ? <p className="text-xs text-warn">{t.metrics.needs('config.read')}</p> : null}
        {diagnose.error ? <ErrorState error={diagnose.error} onRetry={start} /> : null}
        {diagnosis && !diagnose.isPending ? <Report diagnosis={diagnosis} /> : null}
        {repairable.length > 0 ? (
          <div className="flex flex-wrap items-center justify-end gap-3">
            {may('gateway.control') ? null : <p className="text-xs text-warn">{t.metrics.needs('gateway.control')}</p>}
            <Button look="primary" disabled={!may('gateway.control') || repair.isPending} onClick={() => setAsking(true)}>
              {repair.isPending ? t.metrics.repairing : t.metrics.repairAll(repairable.length)}
            </Button>
          </div>
        ) : null}
      </div>
      <ConfirmDialog
        open={asking}
        title={t.metrics.repairTitle}
        action={t.metrics.repair}
        reason="none"
        busy={repair.isPending}
        onConfirm={() => repair.mutate()}
        onClose={() => setAsking(false)}
      >
        <p>{t.metrics.repairWhy}</p>
        <ul className="list-disc pl-5">
          {repairable.map(({ id, found, fix }) => (
            <li key={`${id} ${found}`}>{fix}</li>
          ))}
        </ul>
      </ConfirmDialog>
    </Panel>
  );
}

function Report({ diagnosis }: { readonly diagnosis: Diagnosis }) {
  const t = useT();
  const format = useFormat();
  const { ok, findings, checks, durationMs } = diagnosis;
  const span = format.duration(durationMs);
  const failed = checks.filter(({ error }) => error !== undefined);
  return (
    <>
      <div data-testid="diagnosis">
        <Banner
          tone={ok ? 'ok' : 'warn'}
          title={findings.length === 0 ? t.metrics.well(checks.length, span) : t.metrics.found(findings.length, checks.length, span)}
        />
      </div>
      <ul className="divide-y divide-line">
        {findings.map((finding) => (
          <li key={`${finding.id} ${finding.found}`} data-finding={finding.id} className="flex flex-col gap-1 py-3">
            <FindingCard finding={finding} />
          </li>
        ))}
        {failed.map(({ id, error = '' }) => (
          <li key={id} className="py-2 text-bad">
            {t.metrics.notChecked(id, error)}
          </li>
        ))}
      </ul>
    </>
  );
}

function FindingCard({ finding }: { readonly finding: Finding }) {
  const t = useT();
  const { id, severity, found, cause, remedy, fixed, fixError } = finding;
  return (
    <>
      <p className="flex flex-wrap items-center gap-2">
        <Badge tone={TONES[severity]}>{t.metrics.severity[severity]}</Badge>
        <code className="font-mono text-xs text-ink-3">{id}</code>
        {fixed ? <Badge tone="ok">{t.metrics.fixed}</Badge> : null}
      </p>
      <p className="font-medium foreign-text">{found}</p>
      {fixed ? null : (
        <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-0.5 text-ink-2">
          <dt className="text-ink-3">{t.metrics.why}</dt>
          <dd className="foreign-text">{cause}</dd>
          <dt className="text-ink-3">{t.metrics.what}</dt>
          <dd className="foreign-text">{remedy}</dd>
        </dl>
      )}
      {fixError === undefined ? null : <p className="text-bad">{t.metrics.notFixed(fixError)}</p>}
    </>
  );
}
