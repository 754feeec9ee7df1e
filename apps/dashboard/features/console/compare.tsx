'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { Panel } from '../../ui/panel.tsx';
import { SaidError } from '../../ui/said.tsx';
import { TextField } from '../../ui/text-field.tsx';
import type { Identity } from './identity.ts';
import { AS_ROUTED, ask, BUDGET, type Choice, SandboxAnswer } from './sandbox-answer.tsx';

const SIDES = ['A', 'B'] as const;

/** The same message to two agents or models: really asked, in the sandbox of replays, with nothing sent and no tool run. */
export function Compare({ identity, agents }: { readonly identity: Identity; readonly agents: readonly string[] }) {
  const t = useT();
  const format = useFormat();
  const me = useQuery(trpc.frame.me.queryOptions());
  const [choices, setChoices] = useState<readonly [Choice, Choice]>([AS_ROUTED, AS_ROUTED]);
  const start = useMutation({ mutationFn: () => Promise.all(choices.map((choice) => ask(identity, choice))) });
  if (!me.data?.permissions.includes('sessions.control')) return null;
  const set = (side: number, part: Partial<Choice>) =>
    setChoices(([a, b]) => (side === 0 ? [{ ...a, ...part }, b] : [a, { ...b, ...part }]));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    start.mutate();
  };
  return (
    <Panel title={t.console.compare}>
      <form onSubmit={submit} className="flex flex-col gap-3 p-4">
        <p className="text-sm text-ink-2">{t.console.compareLead(format.number(BUDGET.tokens))}</p>
        <div className="grid gap-4 sm:grid-cols-2">
          {SIDES.map((name, side) => (
            <fieldset key={name} className="flex min-w-0 flex-col gap-2">
              <legend className="pb-1 text-sm font-semibold">{name}</legend>
              <label className="flex flex-col gap-1 text-sm font-medium text-ink-2">
                {t.console.agent}
                <select
                  value={choices[side]?.agentId}
                  onChange={(event) => set(side, { agentId: event.target.value })}
                  className="h-8 rounded-md border border-line-strong bg-surface px-2 font-normal"
                >
                  <option value="">{t.console.asRouted}</option>
                  {agents.map((agent) => (
                    <option key={agent}>{agent}</option>
                  ))}
                </select>
              </label>
              <TextField
                label={t.console.model}
                value={choices[side]?.model}
                placeholder={t.replay.modelExample}
                hint={t.console.asConfigured}
                onChange={(event) => set(side, { model: event.target.value })}
              />
            </fieldset>
          ))}
        </div>
        <Button type="submit" look="primary" className="self-start" disabled={start.isPending || identity.text.trim() === ''}>
          {t.console.compareStart}
        </Button>
        {identity.text.trim() === '' ? <p className="text-xs text-ink-3">{t.console.compareNeedsText}</p> : null}
        {start.error ? (
          <p role="alert" className="text-sm text-bad foreign-text">
            <SaidError error={start.error} brief />
          </p>
        ) : null}
      </form>
      {start.data ? (
        <div className="grid gap-4 border-t border-line p-4 sm:grid-cols-2">
          {start.data.map(({ id }, side) => (
            <SandboxAnswer key={id} name={SIDES[side] ?? ''} run={id} />
          ))}
        </div>
      ) : null}
    </Panel>
  );
}
