'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import Plus from 'lucide-react/icons/plus';
import { useQueryStates } from 'nuqs';
import { useRefresh } from '../../data/feed.ts';
import { trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { Command } from '../../ui/command.tsx';
import { EmptyState, Loaded } from '../../ui/states.tsx';
import { useIntent } from '../frame/intent.ts';
import { PageTitle } from '../frame/page-title.tsx';
import { AccountCard } from './account-card.tsx';
import { AccountView } from './account-view.tsx';
import { channelParsers } from './channel-url.ts';
import { ConnectTelegram } from './connect-telegram.tsx';
import { keyOf, useProbe } from './use-probe.ts';

const REFRESH_MS = 1_000;
const POLL_MS = 10_000;

/** How each account of each channel is, or one of them in full. */
export function ChannelsPage() {
  const t = useT();
  const cache = useQueryClient();
  const [query, setQuery] = useQueryStates(channelParsers);
  const me = useQuery(trpc.frame.me.queryOptions());
  const list = useQuery({ ...trpc.channels.list.queryOptions(), refetchInterval: POLL_MS });
  useRefresh(
    ({ type }) => /^(channel|message|delivery|config)\./.test(type),
    () => void cache.invalidateQueries(trpc.channels.list.queryFilter()),
    REFRESH_MS,
  );
  const { probes, running, start } = useProbe();
  const may = (permission: 'channels.control' | 'config.write') => me.data?.permissions.includes(permission) ?? false;
  useIntent('probeChannels', may('channels.control') && list.data !== undefined, () => start({}));
  const { channel, account, tab, connect } = query;
  if (channel !== null) {
    return (
      <Loaded query={list}>
        {({ accounts }) => (
          <AccountView
            key={keyOf(channel, account)}
            channel={channel}
            account={account}
            status={accounts.find((each) => each.channel === channel && each.account === account)}
            tab={tab}
            onTab={(next) => void setQuery({ tab: next })}
          />
        )}
      </Loaded>
    );
  }
  return (
    <>
      <PageTitle title={t.channels.title}>
        <div className="ml-auto flex flex-wrap gap-2">
          {may('channels.control') && (list.data?.accounts.length ?? 0) > 0 ? (
            <Button disabled={running} onClick={() => start({})}>
              {running ? t.channels.probing : t.channels.probeAll}
            </Button>
          ) : null}
          {may('config.write') && (list.data?.accounts.length ?? 0) > 0 ? (
            <Button onClick={() => void setQuery({ connect: true })}>
              <Plus aria-hidden className="size-4" />
              {t.channels.connect}
            </Button>
          ) : null}
        </div>
      </PageTitle>
      <Loaded query={list}>
        {({ accounts }) =>
          accounts.length === 0 ? (
            <EmptyState title={t.channels.none}>
              <p>{t.channels.noneWhy}</p>
              {may('config.write') ? (
                <Button look="primary" onClick={() => void setQuery({ connect: true })}>
                  {t.channels.connect}
                </Button>
              ) : null}
              <Command text="openclaw onboard" />
            </EmptyState>
          ) : (
            <div className="grid gap-4 md:grid-cols-2 2xl:grid-cols-3">
              {accounts.map((each) => {
                const key = keyOf(each.channel, each.account);
                return (
                  <AccountCard
                    key={key}
                    account={each}
                    probe={probes.get(key)}
                    running={running && (probes.has(key) || probes.size === 0)}
                    mayProbe={may('channels.control') && each.enabled}
                    onProbe={() => start({ channel: each.channel, account: each.account })}
                  />
                );
              })}
            </div>
          )
        }
      </Loaded>
      <ConnectTelegram open={connect} onClose={() => void setQuery({ connect: null })} />
    </>
  );
}
