'use client';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { Fact, Facts } from '../../ui/facts.tsx';
import { Link } from '../../ui/link.tsx';
import { Said } from '../../ui/said.tsx';
import { Sparkline } from '../../ui/sparkline.tsx';
import { Time } from '../../ui/time.tsx';
import { channelUrl } from '../frame/links.ts';
import { ServiceFacts, TrafficFacts } from './account-facts.tsx';
import { type Account, ChannelState } from './channel-state.tsx';
import { ProbeChecklist } from './probe-checklist.tsx';
import type { AccountProbe } from './use-probe.ts';

type CardProps = {
  readonly account: Account;
  readonly probe: AccountProbe | undefined;
  readonly running: boolean;
  readonly mayProbe: boolean;
  readonly onProbe: () => void;
};

/** How one account is, at a glance. */
export function AccountCard({ account, probe, running, mayProbe, onProbe }: CardProps) {
  const t = useT();
  const format = useFormat();
  const name = `${account.channel}/${account.account}`;
  const { received } = account.traffic;
  return (
    <article aria-label={name} className="flex min-w-0 flex-col gap-3 rounded-lg border border-line bg-surface px-4 py-3">
      <header className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <h2 className="min-w-0 truncate text-base font-semibold">
          <Link href={channelUrl(account.channel, account.account)} className="hover:text-accent hover:underline">
            {name}
          </Link>
        </h2>
        <ChannelState state={account.state} />
        {account.since === undefined ? null : <Time value={account.since} className="text-xs text-ink-3" />}
        {mayProbe ? (
          <Button look="quiet" disabled={running} onClick={onProbe} className="-mr-2 ml-auto">
            {t.channels.probe}
          </Button>
        ) : null}
      </header>
      {account.error ? (
        <div className="rounded-md bg-bad-soft px-3 py-2 text-sm">
          <p className="text-bad foreign-text">
            <Said problem={account.error} />
          </p>
        </div>
      ) : null}
      <Facts>
        {account.identity === undefined ? null : (
          <Fact name={t.channels.identity} mono>
            {account.identity}
          </Fact>
        )}
        <TrafficFacts account={account} />
        <ServiceFacts account={account} />
      </Facts>
      {received.some((count) => count > 0) ? (
        <div className="text-accent">
          <Sparkline label={t.channels.receivedByHour} values={received} format={format.number} />
        </div>
      ) : null}
      {probe || running ? (
        <div className="border-t border-line pt-3">
          <ProbeChecklist probe={probe} running={running} />
        </div>
      ) : null}
    </article>
  );
}
