'use client';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { client, type Outputs, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { Command } from '../../ui/command.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Said, useSayError } from '../../ui/said.tsx';
import { ErrorState, Skeleton } from '../../ui/states.tsx';
import { useIntent } from '../frame/intent.ts';
import { CheckResult } from './check-result.tsx';
import { ScheduledCheck } from './scheduled-check.tsx';

export type Check = Outputs['audit']['verify'];

const SCOPES = ['all', 'new', 'range'] as const;

/** Checks the log, shows how far it is, and what it came to. */
export function VerifyView() {
  const t = useT();
  const { check, error, retry } = useCheck();
  if (error && check === undefined) return <ErrorState error={error} onRetry={retry} />;
  if (check === undefined) return <Skeleton lines={5} className="p-4" />;
  return (
    <div className="flex max-w-4xl flex-col gap-4">
      <Begin running={check.state === 'running'} />
      <div aria-live="polite" className="flex flex-col gap-4">
        {check.state === 'running' ? <Progress check={check} /> : null}
        {check.state === 'done' && check.result ? <CheckResult check={check} result={check.result} /> : null}
        {check.state === 'cancelled' ? <p className="text-sm text-ink-2">{t.audit.cancelled}</p> : null}
        {check.state === 'failed' && check.error ? (
          <div role="alert" className="rounded-lg border border-line border-l-4 border-l-bad bg-surface p-4 text-sm">
            <p className="font-semibold">{t.audit.checkFailed}</p>
            <p className="text-ink-2">
              <Said problem={check.error} />
            </p>
          </div>
        ) : null}
        {check.state === 'idle' ? <p className="text-sm text-ink-2">{t.audit.notChecked}</p> : null}
      </div>
      <ScheduledCheck />
      <Panel title={t.audit.limitsTitle}>
        <ul className="flex list-disc flex-col gap-1.5 py-3 pr-4 pl-8 text-sm text-ink-2">
          <li>{t.audit.limitInside}</li>
          <li>{t.audit.limitTail}</li>
          <li>{t.audit.limitPrevent}</li>
          <li className="list-none">
            <Command text="openclaw audit verify" /> <span className="text-xs text-ink-3">{t.audit.commandTwin}</span>
          </li>
        </ul>
      </Panel>
    </div>
  );
}

function Begin({ running }: { readonly running: boolean }) {
  const t = useT();
  const sayError = useSayError();
  const [scope, setScope] = useState<(typeof SCOPES)[number]>('all');
  const from = useRef<HTMLInputElement>(null);
  const to = useRef<HTMLInputElement>(null);
  const verify = useMutation({
    ...trpc.audit.verify.mutationOptions(),
    onError: sayError,
  });
  useIntent('verifyLog', !running, () => verify.mutate({ from: 1 }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const first = Number(from.current?.value) || 1;
    const last = Number(to.current?.value) || undefined;
    verify.mutate(scope === 'new' ? {} : scope === 'all' ? { from: 1 } : { from: first, ...(last === undefined ? {} : { to: last }) });
  };
  return (
    <form onSubmit={submit} className="flex flex-wrap items-end gap-3">
      <label className="flex flex-col gap-1 text-xs text-ink-3">
        {t.audit.scope}
        <select
          value={scope}
          onChange={(event) => setScope(SCOPES.find((name) => name === event.target.value) ?? 'all')}
          className="h-9 rounded-md border border-line-strong bg-surface px-2 text-sm text-ink"
        >
          {SCOPES.map((name) => (
            <option key={name} value={name}>
              {t.audit.scopes[name]}
            </option>
          ))}
        </select>
      </label>
      {scope === 'range' ? (
        <>
          <Position label={t.audit.fromPosition} input={from} placeholder={t.audit.theFirst} />
          <Position label={t.audit.toPosition} input={to} placeholder={t.audit.theHead} />
        </>
      ) : null}
      <Button type="submit" look="primary" disabled={running || verify.isPending} className="h-9">
        {t.audit.verify}
      </Button>
    </form>
  );
}

type PositionProps = { readonly label: string; readonly input: React.RefObject<HTMLInputElement | null>; readonly placeholder: string };

function Position({ label, input, placeholder }: PositionProps) {
  return (
    <label className="flex flex-col gap-1 text-xs text-ink-3">
      {label}
      <input
        ref={input}
        type="number"
        min={1}
        placeholder={placeholder}
        className="h-9 w-32 rounded-md border border-line-strong bg-surface px-2 text-sm text-ink figures"
      />
    </label>
  );
}

function Progress({ check }: { readonly check: Check }) {
  const t = useT();
  const format = useFormat();
  const cancel = useMutation(trpc.audit.cancelVerify.mutationOptions());
  const { progress, startedAt = 0 } = check;
  const total = progress ? progress.to - progress.from + 1 : 0;
  const done = progress ? progress.position - progress.from + 1 : 0;
  const share = total > 0 ? Math.floor((done / total) * 100) : 0;
  const seconds = Math.max(0.1, (Date.now() - startedAt) / 1000);
  return (
    <div className="flex flex-col gap-2 rounded-lg border border-line bg-surface p-4 text-sm">
      <div className="flex flex-wrap items-center gap-3">
        <p className="font-medium">{t.audit.checking}</p>
        <p className="text-ink-2 figures">
          {t.audit.progress(format.number(done), format.number(total), `${share} %`)} · {t.audit.rate(format.compact(done / seconds))}
        </p>
        <Button className="ml-auto" onClick={() => cancel.mutate()} disabled={cancel.isPending}>
          {t.audit.cancel}
        </Button>
      </div>
      <div role="progressbar" aria-label={t.audit.checking} aria-valuenow={share} className="h-2 overflow-hidden rounded-full bg-sunken">
        <div className="h-full bg-accent" style={{ width: `${share}%` }} />
      </div>
    </div>
  );
}

/** The check that runs or was the last, as it moves on. */
function useCheck() {
  const [check, setCheck] = useState<Check>();
  const [error, setError] = useState<unknown>();
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt subscribes anew
  useEffect(() => {
    const subscription = client.audit.verification.subscribe(undefined, {
      onData: (data) => {
        setCheck(data);
        setError(undefined);
      },
      onError: setError,
    });
    return () => subscription.unsubscribe();
  }, [attempt]);
  return { check, error, retry: () => setAttempt(attempt + 1) };
}
