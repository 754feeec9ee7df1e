'use client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';
import { trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { Select } from '../../ui/choices.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { SaidError } from '../../ui/said.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { channelUrl } from '../frame/links.ts';
import { ProbeChecklist } from './probe-checklist.tsx';
import { TelegramChat } from './telegram-chat.tsx';
import { type AccountProbe, keyOf, useProbe } from './use-probe.ts';

const CHANNEL = 'telegram';
const EMPTY = { source: 'token', token: '', file: '', variable: 'TELEGRAM_BOT_TOKEN', account: 'default', apiRoot: '' } as const;
type Source = 'token' | 'file' | 'variable';
type Policy = 'pairing' | 'allowlist' | 'open';

/** Three steps to a bot that answers: its token, who may write, and whether it works. */
export function ConnectTelegram({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const t = useT();
  return (
    <Dialog open={open} title={t.channels.wizard} onClose={onClose} size="large">
      <Steps onClose={onClose} />
    </Dialog>
  );
}

function Steps({ onClose }: { readonly onClose: () => void }) {
  const t = useT();
  const router = useRouter();
  const cache = useQueryClient();
  const [step, setStep] = useState<1 | 2 | 3>(1);
  const [bot, setBot] = useState<{ source: Source } & Record<'token' | 'file' | 'variable' | 'account' | 'apiRoot', string>>(EMPTY);
  const [policy, setPolicy] = useState<Policy>('pairing');
  const [allowFrom, setAllowFrom] = useState('');
  const { probes, running, start } = useProbe();
  const probe = probes.get(keyOf(CHANNEL, bot.account));
  const write = useMutation(
    trpc.channels.connectTelegram.mutationOptions({
      onSuccess: ({ account }) => {
        // It is in a file now and is needed here no more.
        setBot((before) => ({ ...before, token: '' }));
        setStep(3);
        void cache.invalidateQueries(trpc.channels.pathFilter());
        start({ channel: CHANNEL, account });
      },
    }),
  );
  const set = (change: Partial<typeof bot>) => setBot((before) => ({ ...before, ...change }));
  const value = bot[bot.source].trim();
  const submit = () =>
    write.mutate({
      account: bot.account,
      token: bot.source === 'token' ? { token: value } : bot.source === 'file' ? { file: value } : { variable: value },
      dmPolicy: policy,
      allowFrom: allowFrom.split(/[\s,]+/).filter(Boolean),
      ...(bot.apiRoot.trim() && { apiRoot: bot.apiRoot.trim() }),
    });
  // biome-ignore lint/correctness/useExhaustiveDependencies: each step begins at its heading
  useEffect(() => document.getElementById('wizard-step')?.focus(), [step]);
  const headings = { 1: t.channels.wizardBot, 2: t.channels.wizardWho, 3: t.channels.wizardCheck };
  return (
    <div className="flex flex-col gap-4">
      <div>
        <p className="text-xs text-ink-3">{t.channels.wizardSteps(step)}</p>
        <h3 id="wizard-step" tabIndex={-1} className="text-base font-semibold outline-none">
          {headings[step]}
        </h3>
      </div>
      {step === 1 ? <BotStep bot={bot} onChange={set} /> : null}
      {step === 2 ? (
        <WhoStep policy={policy} onPolicy={setPolicy} allowFrom={allowFrom} onAllowFrom={setAllowFrom} error={write.error} />
      ) : null}
      {step === 3 ? (
        <>
          <p className="text-sm text-ink-2">{t.channels.wizardWritten}</p>
          <ProbeChecklist probe={probe} running={running} />
          {probe?.ok === undefined ? null : <Outcome ok={probe.ok} bot={botOf(probe)} />}
        </>
      ) : null}
      <footer className="flex flex-wrap justify-end gap-2">
        {step === 2 ? <Button onClick={() => setStep(1)}>{t.channels.previous}</Button> : null}
        {step === 1 ? (
          <Button look="primary" disabled={value === '' || bot.account.trim() === ''} onClick={() => setStep(2)}>
            {t.channels.next}
          </Button>
        ) : null}
        {step === 2 ? (
          <Button look="primary" disabled={write.isPending || (policy === 'allowlist' && allowFrom.trim() === '')} onClick={submit}>
            {t.channels.write}
          </Button>
        ) : null}
        {step === 3 ? (
          <>
            <Button disabled={running} onClick={() => start({ channel: CHANNEL, account: bot.account })}>
              {t.channels.probe}
            </Button>
            <Button
              look="primary"
              onClick={() => {
                onClose();
                router.push(channelUrl(CHANNEL, bot.account));
              }}
            >
              {t.channels.toAccount}
            </Button>
          </>
        ) : null}
      </footer>
    </div>
  );
}

function Outcome({ ok, bot }: { readonly ok: boolean; readonly bot: string | undefined }) {
  const t = useT();
  const outcome = (
    <p role="status" className={`text-sm font-medium ${ok ? 'text-ok' : 'text-bad'}`}>
      {ok ? t.channels.wizardWorks : t.channels.wizardFails}
    </p>
  );
  return ok && bot !== undefined ? <TelegramChat name={bot}>{outcome}</TelegramChat> : outcome;
}

/** The bot's name, with which its token signed it in. */
const botOf = ({ steps }: AccountProbe): string | undefined => steps.find(({ name }) => name === 'auth')?.detail?.match(/^@(\w+)$/)?.[1];

type Bot = { readonly source: Source } & Readonly<Record<'token' | 'file' | 'variable' | 'account' | 'apiRoot', string>>;

function BotStep({ bot, onChange }: { readonly bot: Bot; readonly onChange: (change: Partial<Bot>) => void }) {
  const t = useT();
  const sources = [
    { value: 'token', title: t.channels.tokenHere },
    { value: 'file', title: t.channels.tokenFile },
    { value: 'variable', title: t.channels.tokenVariable },
  ] as const;
  return (
    <>
      <TelegramChat name="BotFather">
        <p className="text-ink-2">{t.channels.wizardBotHow}</p>
      </TelegramChat>
      <Segmented
        label={t.channels.tokenFrom}
        choices={sources}
        value={bot.source}
        onChange={(source) => onChange({ source })}
        className="self-start"
      />
      {bot.source === 'token' ? (
        <TextField
          label={t.channels.token}
          hint={t.channels.tokenHint}
          type="password"
          autoComplete="off"
          mono
          value={bot.token}
          onChange={({ target }) => onChange({ token: target.value })}
        />
      ) : null}
      {bot.source === 'file' ? (
        <TextField
          label={t.channels.file}
          hint={t.channels.fileHint}
          mono
          value={bot.file}
          onChange={({ target }) => onChange({ file: target.value })}
        />
      ) : null}
      {bot.source === 'variable' ? (
        <TextField
          label={t.channels.variable}
          hint={t.channels.variableHint}
          mono
          value={bot.variable}
          onChange={({ target }) => onChange({ variable: target.value })}
        />
      ) : null}
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label={t.channels.account}
          hint={t.channels.accountHint}
          value={bot.account}
          onChange={({ target }) => onChange({ account: target.value })}
        />
        <TextField
          label={t.channels.apiRoot}
          hint={t.channels.apiRootHint}
          optional
          value={bot.apiRoot}
          onChange={({ target }) => onChange({ apiRoot: target.value })}
        />
      </div>
    </>
  );
}

type WhoProps = {
  readonly policy: Policy;
  readonly onPolicy: (policy: Policy) => void;
  readonly allowFrom: string;
  readonly onAllowFrom: (text: string) => void;
  readonly error: unknown;
};

function WhoStep({ policy, onPolicy, allowFrom, onAllowFrom, error }: WhoProps) {
  const t = useT();
  const choices = [
    { value: 'pairing', title: t.channels.whoPairing },
    { value: 'allowlist', title: t.channels.whoAllowlist },
    { value: 'open', title: t.channels.whoOpen },
  ] as const;
  const hint = { pairing: t.channels.whoPairingHint, allowlist: '', open: t.channels.whoOpenHint }[policy];
  return (
    <>
      <Select label={t.channels.wizardWho} hint={hint} choices={choices} value={policy} onChange={onPolicy} />
      {policy === 'open' ? null : (
        <TextField
          label={t.channels.allowFrom}
          hint={t.channels.allowFromHint}
          optional={policy === 'pairing'}
          value={allowFrom}
          onChange={({ target }) => onAllowFrom(target.value)}
        />
      )}
      {error ? (
        <p role="alert" className="text-sm text-bad">
          <SaidError error={error} />
        </p>
      ) : null}
    </>
  );
}
