/**
 * How others reach the gateway over Tailscale. What drives Tailscale is loaded only when it is wanted, or when an earlier
 * process left something to be taken back.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { GatewayError, NewEvent } from '@openclaw-gateway/events';
import type { Config } from '../config/index.ts';
import type { Logger } from './logs.ts';

export type RemoteStatus =
  | { readonly state: 'off' }
  | {
      readonly state: 'starting' | 'exposed' | 'failed';
      readonly via: 'tailscale_serve' | 'tailscale_funnel';
      /** What to open in a browser, while it is exposed. */
      readonly url?: string;
      /** The machine's addresses in the tailnet. */
      readonly addresses?: readonly string[];
      /** What an operator should know about what is exposed. */
      readonly warning?: string;
      readonly error?: GatewayError;
    };

export type Address = { readonly host: string; readonly port: number };

export type RemoteOptions = {
  readonly stateDir: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly record: (event: NewEvent) => Promise<void>;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** How long to wait after a failure, at first and at most, and between two looks at what is published. */
  readonly timing?: { readonly firstRetryMs: number; readonly maxRetryMs: number; readonly checkMs: number };
};

export type Remote = {
  /** Publishes the gateway as the configuration says, or takes that back. Never throws: what fails is in `status` and tried again. */
  readonly apply: (config: Config, address?: Address) => Promise<void>;
  readonly status: () => RemoteStatus;
  /** Takes back what is published. */
  readonly close: () => Promise<void>;
};

export type Driver = Omit<Remote, 'apply'> & { readonly apply: (config: Config, address: Address) => Promise<void> };

export function createRemote(options: RemoteOptions): Remote {
  const file = join(options.stateDir, 'state', 'tailscale.json');
  let driver: Promise<Driver> | undefined;
  let loaded: Driver | undefined;
  let address: Address | undefined;
  let isClosed = false;

  const load = async (): Promise<Driver> => {
    const { createTailscale } = await import('./tailscale/index.ts');
    loaded = createTailscale({ ...options, file });
    return loaded;
  };
  return {
    async apply(config, at = address) {
      address = at;
      if (isClosed || !address) return;
      if (!driver && !config.gateway.tailscale.enabled && !existsSync(file)) return;
      driver ??= load();
      await (await driver).apply(config, address);
    },
    status: () => loaded?.status() ?? { state: 'off' },
    async close() {
      isClosed = true;
      await (await driver)?.close();
    },
  };
}
