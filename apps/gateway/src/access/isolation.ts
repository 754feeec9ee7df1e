/** From which networks anybody may connect at all: `gateway.security.networkIsolation.allowedInbound`, which follows the configuration. */
import { GatewayError, idFromBytes, NetworkInboundRefused } from '@openclaw-gateway/events';
import type { Config, ConfigStore } from '../config/index.ts';
import { counter } from '../operations/metrics/registry.ts';
import { addressSet, isLoopback, plainAddress } from './addresses.ts';
import { clientIn } from './client-event.ts';
import { foldRepeats, OTHERS } from './folding.ts';
import type { RecordEvent } from './index.ts';

const refusals = counter('openclaw_network_inbound_refused_total');

export type Isolation = {
  /** Whether somebody at this address may connect; of one whose address is not known, whether everybody may. */
  readonly admits: (address: string | undefined) => boolean;
  /** Counts and records a refusal, those of one address folded, and gives the error for whoever can be told. */
  readonly refuse: (address: string | undefined, at: 'socket' | 'proxy') => GatewayError;
  readonly close: () => Promise<void>;
};

export type IsolationOptions = {
  readonly config: Pick<ConfigStore, 'current'>;
  readonly record: RecordEvent;
  readonly pseudonym: (text: string) => Uint8Array;
  readonly logger: { warn(details: object, message: string): void };
};

type Refused = { readonly address: string | undefined; readonly at: 'socket' | 'proxy'; readonly error: GatewayError };

export function createIsolation({ config, record, pseudonym, logger }: IsolationOptions): Isolation {
  let known: { readonly config: Config; readonly admits: Isolation['admits'] } | undefined;
  const folding = foldRepeats<Refused>(async (key, { address, at, error }, times) => {
    const { subject, client } = key === OTHERS ? {} : clientIn({ remoteAddress: address }, pseudonym);
    const event = NetworkInboundRefused.create({
      at,
      ...(client && { client: { address: client.address } }),
      times,
      problem: { code: error.code, message: error.message },
    });
    const actor = { type: 'unauthenticated', id: idFromBytes('sender', pseudonym(`address:${key}`).subarray(0, 16)) } as const;
    await record('network', event, { actor, ...(subject && { subject }) }).catch((failure: unknown) =>
      logger.warn({ err: failure, code: error.code }, 'a refused connection was not recorded'),
    );
  });
  return {
    admits: (address) => {
      const { config: current } = config.current();
      if (known?.config !== current) known = { config: current, admits: admission(current) };
      return known.admits(address);
    },
    refuse: (address, at) => {
      refusals.inc({ at });
      const error = new GatewayError('ADDRESS_NOT_ALLOWED', { message: 'Nobody may connect to this gateway from this network.' });
      folding.add(address ?? 'unknown', { address, at, error });
      return error;
    },
    close: folding.close,
  };
}

/** Pure: what a configuration admits. */
export function admission({ gateway }: Pick<Config, 'gateway'>): Isolation['admits'] {
  const { enabled, allowedInbound } = gateway.security.networkIsolation;
  if (!enabled) return () => true;
  const isListed = addressSet(allowedInbound);
  const everybody = allowedInbound.some((entry) => /\/0+$/.test(entry));
  return (address) => {
    const plain = plainAddress(address);
    return plain === undefined ? everybody : isLoopback(plain) || isListed(plain);
  };
}
