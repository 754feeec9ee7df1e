'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import ArrowLeft from 'lucide-react/icons/arrow-left';
import { useState } from 'react';
import { client, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Button, buttonLook } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/choices.tsx';
import { Command } from '../../ui/command.tsx';
import { Fact, Facts } from '../../ui/facts.tsx';
import { Link } from '../../ui/link.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Said } from '../../ui/said.tsx';
import { Sparkline } from '../../ui/sparkline.tsx';
import { EmptyState } from '../../ui/states.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { configUrl } from '../config/config-url.ts';
import { PageTitle } from '../frame/page-title.tsx';
import { ServiceFacts, TrafficFacts } from './account-facts.tsx';
import { type Account, ChannelState } from './channel-state.tsx';
import { TABS } from './channel-url.ts';
import { ConnectionLog } from './connection-log.tsx';
import { HoldControls } from './hold-controls.tsx';
import { MessageList } from './message-list.tsx';
import { PairingPanel } from './pairing-panel.tsx';
import { ProbeChecklist } from './probe-checklist.tsx';
import { ProbeHistory } from './probe-history.tsx';
import { keyOf, useProbe } from './use-probe.ts';

const PAGE_ROWS = 25;
const TROUBLESHOOTING = 'docs/troubleshooting.md';
const LINK = 'inline-flex min-h-6 items-center text-accent hover:underline';

type ViewProps = {
  readonly channel: string;
  readonly account: string;
  readonly status: Account | undefined;
  readonly tab: (typeof TABS)[number];
  readonly onTab: (tab: (typeof TABS)[number]) => void;
};

/** One account: its health and probe, its connection's log, its deliveries, and who may write. */
export function AccountView({ channel, account, status, tab, onTab }: ViewProps) {
  const t = useT();
  const me = useQuery(trpc.frame.me.queryOptions());
  const may = (permission: 'channels.control' | 'sessions.control') => me.data?.permissions.includes(permission) ?? false;
  const name = `${channel}/${account}`;
  const tabs = TABS.filter((each) => each !== 'pairing' || may('channels.control')).map((each) => ({
    name: each,
    title: t.channels[each],
  }));
  const messages = { channel, account, limit: PAGE_ROWS };
  if (!status) {
    return (
      <EmptyState title={t.channels.unknown(name)}>
        <Link href="/channels/" className={buttonLook('plain')}>
          {t.channels.back}
        </Link>
      </EmptyState>
    );
  }
  return (
    <>
      <PageTitle title={name}>
        <ChannelState state={status.state} />
        <Link href="/channels/" className="inline-flex min-h-6 items-center gap-1 text-sm text-ink-2 hover:text-ink">
          <ArrowLeft aria-hidden className="size-4" />
          {t.channels.back}
        </Link>
        {may('channels.control') ? (
          <div className="ml-auto flex flex-wrap gap-2">
            <HoldControls status={status} />
          </div>
        ) : null}
      </PageTitle>
      {status.error ? (
        <div role="status" className="mb-4 rounded-lg bg-bad-soft px-3 py-2.5 text-sm">
          <p className="font-medium text-bad foreign-text">
            <Said problem={status.error} />
          </p>
        </div>
      ) : null}
      <div className="flex min-w-0 flex-1 flex-col rounded-lg border border-line bg-surface">
        <Tabs label={t.channels.tabs} tabs={tabs} selected={tab} onSelect={onTab}>
          {tab === 'overview' ? <Health channel={channel} account={account} status={status} mayProbe={may('channels.control')} /> : null}
          {tab === 'log' ? <ConnectionLog channel={channel} account={account} /> : null}
          {tab === 'deliveries' ? (
            <MessageList
              label={t.channels.deliveries}
              queryKey={trpc.channels.messages.queryKey(messages)}
              load={(before, signal) =>
                client.channels.messages.query({ ...messages, ...(before === undefined ? {} : { before }) }, { signal })
              }
              mayResend={may('sessions.control')}
              empty={<p className="px-4 py-8 text-center text-sm text-ink-3">{t.channels.deliveriesNone}</p>}
            />
          ) : null}
          {tab === 'deadLetters' ? (
            <MessageList
              label={t.channels.deadLetters}
              queryKey={trpc.channels.deadLetters.queryKey(messages)}
              load={(before, signal) =>
                client.channels.deadLetters.query({ ...messages, ...(before === undefined ? {} : { before }) }, { signal })
              }
              mayResend={may('sessions.control')}
              empty={
                <EmptyState title={t.channels.deadNone}>
                  <p>{t.channels.deadNoneWhy}</p>
                </EmptyState>
              }
            />
          ) : null}
          {tab === 'pairing' ? <PairingPanel channel={channel} account={account} /> : null}
        </Tabs>
      </div>
    </>
  );
}

type HealthProps = Pick<ViewProps, 'channel' | 'account'> & { readonly status: Account; readonly mayProbe: boolean };

function Health({ channel, account, status, mayProbe }: HealthProps) {
  const t = useT();
  const format = useFormat();
  const cache = useQueryClient();
  const { probes, running, start } = useProbe();
  const section = `channels.${channel}${account === 'default' ? '' : `.accounts.${account}`}`;
  const [alsoSends, setAlsoSends] = useState(false);
  const [recipient, setRecipient] = useState('');
  const sendTo = alsoSends ? recipient.trim() : undefined;
  const probe = () =>
    start({ channel, account }, { sendTo, onEnd: () => void cache.invalidateQueries(trpc.channels.probes.queryFilter()) });
  return (
    <div className="grid gap-4 p-4 lg:grid-cols-2">
      <Panel
        title={t.channels.checklist}
        actions={
          mayProbe ? (
            <Button disabled={running || !status.enabled || sendTo === ''} onClick={probe}>
              {running ? t.channels.probing : t.channels.probe}
            </Button>
          ) : null
        }
      >
        {mayProbe ? (
          <div className="flex flex-col gap-2 border-b border-line px-4 py-3">
            <Checkbox label={t.channels.alsoSend} checked={alsoSends} onChange={setAlsoSends} />
            {alsoSends ? (
              <TextField
                label={t.channels.recipient}
                hint={t.channels.recipientHint}
                value={recipient}
                onChange={({ target }) => setRecipient(target.value)}
                maxLength={512}
              />
            ) : null}
          </div>
        ) : null}
        <div className="p-4">
          <ProbeChecklist probe={probes.get(keyOf(channel, account))} running={running} />
        </div>
        <ProbeHistory channel={channel} account={account} />
      </Panel>
      <Panel title={t.channels.overview}>
        <Facts className="p-4">
          {status.identity === undefined ? null : (
            <Fact name={t.channels.identity} mono>
              {status.identity}
            </Fact>
          )}
          <Fact name={t.channels.how}>{t.channels.receives[status.receives]}</Fact>
          <TrafficFacts account={status} />
          <ServiceFacts account={status} />
          <Fact name={t.channels.configuration} mono>
            <Link href={configUrl(`${section}.enabled`)} className={LINK}>
              {section}
            </Link>
          </Fact>
          <Fact name={t.channels.troubleshooting}>
            <span className="flex flex-col items-start gap-1.5">
              <Command text={`openclaw channels status --probe --channel ${channel}`} />
              <Link href="/metrics/?view=health" className={LINK}>
                {t.channels.doctor}
              </Link>
              <code className="font-mono text-xs">{TROUBLESHOOTING}</code>
            </span>
          </Fact>
        </Facts>
        <div className="px-4 pb-4 text-accent">
          <Sparkline label={t.channels.receivedByHour} values={status.traffic.received} format={format.number} height={40} />
        </div>
      </Panel>
    </div>
  );
}
