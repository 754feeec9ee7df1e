'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { client, type Outputs, trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Fact, Facts } from '../../ui/facts.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Said } from '../../ui/said.tsx';
import { EmptyState, ErrorState } from '../../ui/states.tsx';
import { TextArea, TextField } from '../../ui/text-field.tsx';
import { useSubmitKey } from '../frame/use-submit-key.ts';
import { RouteExplanation } from '../session/route-explanation.tsx';
import { Compare } from './compare.tsx';
import { Envelope } from './envelope.tsx';
import { EMPTY_IDENTITY, filesNamed, type Identity, identityIn, toImagined } from './identity.ts';
import { AskAgent } from './sandbox-answer.tsx';

type Explanation = Outputs['console']['explain'];

/** Who would write what, and what would be decided about it. Nothing is sent. */
export function DryRun({
  position,
  onPosition,
}: {
  readonly position: number | null;
  readonly onPosition: (position: number | null) => void;
}) {
  const t = useT();
  const submitKey = useSubmitKey();
  const [identity, setIdentity] = useState<Identity>(EMPTY_IDENTITY);
  const options = useQuery({ ...trpc.console.options.queryOptions(), staleTime: 60_000 });
  const explain = useMutation({ mutationFn: (asked: Identity) => client.console.explain.query(toImagined(asked)) });
  const loaded = useQuery({
    ...trpc.events.get.queryOptions({ position: position ?? 0 }),
    enabled: position !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });
  useEffect(() => {
    const found = loaded.data && identityIn(loaded.data);
    if (found) setIdentity(found);
  }, [loaded.data]);
  const set = (part: Partial<Identity>) => setIdentity((now) => ({ ...now, ...part }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    explain.mutate(identity);
  };
  const text = (name: Exclude<keyof Identity, 'files'>) => ({
    label: t.console.identity[name],
    value: identity[name],
    onChange: (event: { readonly target: { readonly value: string } }) => set({ [name]: event.target.value }),
  });
  const channels = [...new Set([...(options.data?.channels ?? []), identity.channel])];
  const notAMessage = position !== null && loaded.data !== undefined && identityIn(loaded.data) === undefined;
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[22rem_minmax(0,1fr)]">
      <Panel title={t.console.who}>
        <Envelope identity={identity} onChange={setIdentity} />
        <form {...submitKey} onSubmit={submit} className="flex flex-col gap-3 p-4">
          <label className="flex flex-col gap-1 text-sm font-medium text-ink-2">
            {t.console.identity.channel}
            <select
              value={identity.channel}
              onChange={(event) => set({ channel: event.target.value })}
              className="h-8 rounded-md border border-line-strong bg-surface px-2 font-normal"
            >
              {channels.map((channel) => (
                <option key={channel}>{channel}</option>
              ))}
            </select>
          </label>
          <div className="grid grid-cols-2 gap-3">
            <TextField {...text('account')} required />
            <TextField {...text('from')} required />
            <TextField {...text('name')} />
            <TextField {...text('group')} />
            <TextField {...text('thread')} />
          </div>
          <TextField {...text('roles')} hint={t.console.rolesHint} />
          <label className="flex min-h-6 items-center gap-2 text-sm">
            <input
              type="checkbox"
              checked={identity.mentioned === 'yes'}
              onChange={(event) => set({ mentioned: event.target.checked ? 'yes' : '' })}
              className="size-4 accent-(--accent)"
            />
            {t.console.identity.mentioned}
          </label>
          <TextArea {...text('text')} rows={3} maxLength={65_536} />
          <FileNames identity={identity} onChange={(files) => set({ files })} />
          <Button type="submit" look="primary" disabled={explain.isPending}>
            {t.console.explain}
          </Button>
          <TextField
            label={t.console.fromEvent}
            inputMode="numeric"
            defaultValue={position ?? ''}
            hint={t.console.fromEventHint}
            error={notAMessage || loaded.error ? t.console.fromEventNone : undefined}
            onBlur={(event) => onPosition(/^\d{1,15}$/.test(event.target.value) ? Number(event.target.value) : null)}
          />
        </form>
      </Panel>
      <div className="flex min-w-0 flex-col gap-4">
        <Panel title={t.console.decided} note={t.console.dryNote}>
          {explain.error ? (
            <ErrorState error={explain.error} onRetry={() => explain.mutate(identity)} />
          ) : explain.data ? (
            <Decided explanation={explain.data} />
          ) : (
            <EmptyState title={t.console.nothingAsked}>
              <p>{t.console.dryLead}</p>
            </EmptyState>
          )}
        </Panel>
        <AskAgent identity={identity} />
        <Compare identity={identity} agents={options.data?.agents ?? []} />
      </div>
    </div>
  );
}

/** Files by their names; the rest of them is said in the envelope. */
function FileNames({
  identity: { files },
  onChange,
}: {
  readonly identity: Identity;
  readonly onChange: (files: Identity['files']) => void;
}) {
  const t = useT();
  const names = files.map(({ name }) => name).join(', ');
  return (
    <TextField
      key={names}
      label={t.console.files}
      hint={t.console.filesHint}
      defaultValue={names}
      onBlur={({ target }) => onChange(filesNamed(target.value, files))}
    />
  );
}

function Decided({ explanation }: { readonly explanation: Explanation }) {
  const t = useT();
  const { admission, route, problem, candidates, configHash, evaluatorVersion } = explanation;
  return (
    <div className="flex flex-col">
      <Facts className="p-4">
        <Fact name={t.console.admission}>
          <Badge tone={admission.allowed ? 'ok' : 'bad'}>{admission.allowed ? t.console.allowed : t.console.refused}</Badge>{' '}
          <span className="font-mono text-xs">{admission.rule}</span>
          <span className="block text-ink-2">{admission.reason}</span>
        </Fact>
        {route ? (
          <>
            <Fact name={t.console.agent}>{route.agentId}</Fact>
            <Fact name={t.console.model}>{route.model}</Fact>
            <Fact name={t.console.session} mono>
              {route.sessionKey}
            </Fact>
            <Fact name={t.console.sessionState}>{route.isOpen ? t.console.sessionOpen : t.console.sessionNew}</Fact>
          </>
        ) : null}
        {problem ? (
          <Fact name={problem.code}>
            <span className="text-bad">
              <Said problem={problem} />
            </span>
          </Fact>
        ) : null}
      </Facts>
      <RouteExplanation
        route={{
          position: 0,
          candidates,
          configHash,
          evaluatorVersion,
          durationUs: 0,
          ...(route && {
            winner: route.rule,
            agentId: route.agentId,
            model: route.model,
            sessionId: route.sessionId,
            sessionKeyRule: route.sessionKeyRule,
          }),
        }}
      />
    </div>
  );
}
