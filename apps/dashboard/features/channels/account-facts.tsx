'use client';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Fact } from '../../ui/facts.tsx';
import { Time } from '../../ui/time.tsx';
import type { Account } from './channel-state.tsx';
import { trafficOf } from './traffic.ts';

/** What came and went by an account, how much and when last, and what still waits. */
export function TrafficFacts({ account }: { readonly account: Account }) {
  const t = useT();
  const format = useFormat();
  const { day, hour } = trafficOf(account.traffic);
  const words = ({ received, delivered, failed }: typeof day) =>
    t.channels.trafficOf(format.number(received), format.number(delivered), format.number(failed));
  return (
    <>
      <Fact name={t.channels.lastIn}>
        {account.lastInboundAt === undefined ? t.channels.never : <Time value={account.lastInboundAt} />}
      </Fact>
      <Fact name={t.channels.lastOut}>
        {account.lastOutboundAt === undefined ? t.channels.never : <Time value={account.lastOutboundAt} />}
      </Fact>
      <Fact name={t.channels.queue}>{format.number(account.queue ?? 0)}</Fact>
      <Fact name={t.channels.rate}>{words(hour)}</Fact>
      <Fact name={t.channels.traffic}>{words(day)}</Fact>
    </>
  );
}

/** What the adapter knows of the account's place in its service, and of the service. */
export function ServiceFacts({ account }: { readonly account: Account }) {
  const t = useT();
  const format = useFormat();
  const { tokenSince, facts: { position, webhook, tokenExpiresAt, version } = {} } = account;
  const { address, pending, askedAt, lastError, lastErrorAt, lastCallAt } = webhook ?? {};
  return (
    <>
      {position ? (
        <Fact name={t.channels.position} mono>
          {position.name} {position.value}
        </Fact>
      ) : null}
      {tokenSince === undefined && tokenExpiresAt === undefined ? null : (
        <Fact name={t.channels.tokenAge}>
          {tokenSince === undefined ? null : (
            <span className="block">
              {t.channels.tokenSince} <Time value={tokenSince} as="day" />
            </span>
          )}
          {tokenExpiresAt === undefined ? null : (
            <span className="block">
              {t.channels.tokenExpires} <Time value={tokenExpiresAt} as="day" />
            </span>
          )}
        </Fact>
      )}
      {address === undefined && pending === undefined ? null : (
        <Fact name={t.channels.webhook}>
          <span className="block font-mono text-xs leading-5 break-all">{address ?? t.channels.webhookNone}</span>
          {pending === undefined ? null : (
            <span className="block">
              {t.channels.webhookPending(format.number(pending))}
              {askedAt === undefined ? null : (
                <span className="text-ink-3">
                  {' '}
                  (<Time value={askedAt} />)
                </span>
              )}
            </span>
          )}
        </Fact>
      )}
      {lastError === undefined ? null : (
        <Fact name={t.channels.webhookError}>
          <span className="foreign-text">{lastError}</span>{' '}
          {lastErrorAt === undefined ? null : <Time value={lastErrorAt} className="text-ink-3" />}
        </Fact>
      )}
      {webhook === undefined ? null : (
        <Fact name={t.channels.webhookCall}>{lastCallAt === undefined ? t.channels.neverCalled : <Time value={lastCallAt} />}</Fact>
      )}
      {version === undefined ? null : <Fact name={t.channels.apiVersion}>{version}</Fact>}
    </>
  );
}
