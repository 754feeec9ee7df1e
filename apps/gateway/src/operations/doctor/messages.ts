/** What people would notice: messages without an end, replies that wait for somebody, channels that hear nothing. */
import { GatewayError } from '@openclaw-gateway/events/errors';
import { CHANNELS } from '../../channels/manifest.ts';
import { PULL_CHANNELS } from '../../pull-channels.ts';
import type { Check } from './check.ts';

const STUCK_MS = 15 * 60_000;

const stuck: Check = {
  id: 'messages.stuck',
  severity: 'warning',
  opensDatabases: true,
  finds: `messages that have had no end for more than ${STUCK_MS / 60_000} minutes`,
  cause:
    'The model or a tool takes very long, a reply cannot be sent, or the gateway was stopped meanwhile; then they go on when it starts.',
  remedy: '`openclaw sessions list --open` shows whose they are, `openclaw events list --message <id>` how far each came.',
  look: async (machine) => {
    const overview = await machine.overview();
    const oldest = overview?.oldestUnsettledAt;
    // Held replies wait for a person; another check says so.
    const waiting = (overview?.unsettled ?? 0) - (overview?.held ?? 0);
    if (oldest === undefined || waiting <= 0 || machine.now() - oldest < STUCK_MS) return [];
    const age = Math.round((machine.now() - oldest) / 60_000);
    const have = waiting === 1 ? '1 message has' : `${waiting} messages have`;
    return [{ found: `${have} no end yet; the oldest came in ${age} minutes ago.`, details: { waiting, oldestAt: oldest } }];
  },
};

const held: Check = {
  id: 'deliveries.held',
  severity: 'warning',
  opensDatabases: true,
  finds: 'replies that are held for an operator',
  cause: 'A crash fell into the sending, so that nobody knows whether they arrived, and `channels.<name>.delivery` is "hold".',
  remedy:
    'Look at them in the dashboard (`openclaw dashboard`) or with `openclaw events list --type delivery.uncertain`. `openclaw channels dead-letters resubmit <message>` sends one again, `discard` leaves it as it is.',
  look: async (machine) => {
    const count = (await machine.overview())?.held ?? 0;
    if (count === 0) return [];
    return [{ found: count === 1 ? '1 reply is held.' : `${count} replies are held.`, details: { held: count } }];
  },
};

const failing: Check = {
  id: 'channels.failing',
  severity: 'error',
  scopes: ['network'],
  finds: 'a channel that cannot connect to its service',
  cause: 'A wrong token, a service that cannot be reached, or another program that uses the same account.',
  remedy: '`openclaw channels status --probe` talks to the service and says at which step it ends.',
  look: async (machine) => {
    const status = await machine.status();
    if (!status || status instanceof GatewayError) return [];
    return status.channels.flatMap(({ channel, account, enabled, connected, error }) =>
      enabled && !connected && error
        ? [{ found: `${channel}/${account} is not connected: ${error.message}`, details: { channel, account, code: error.code } }]
        : [],
    );
  },
};

const disabled: Check = {
  id: 'channels.disabled',
  severity: 'note',
  scopes: ['config'],
  finds: 'a channel that is configured and turned off',
  cause: 'Its `enabled` is false. Messages there are not answered.',
  remedy: '`openclaw config set channels.<name>.enabled true`',
  look: async (machine) => {
    const { channels } = await machine.config();
    return Object.entries(channels).flatMap(([channel, { accounts }]) =>
      Object.entries(accounts).flatMap(([account, { enabled }]) =>
        enabled
          ? []
          : [
              {
                found: `${channel}/${account} is turned off.`,
                remedy: `openclaw config set channels.${channel}${account === 'default' ? '' : `.accounts.${account}`}.enabled true`,
              },
            ],
      ),
    );
  },
};

const unknown: Check = {
  id: 'channels.unknown',
  severity: 'error',
  scopes: ['config'],
  finds: 'a configured channel for which there is no adapter',
  cause: 'The name is misspelt, or the extension that brings it is not installed.',
  remedy: 'Correct the name, or remove the block: `openclaw config unset channels.<name>`.',
  look: async (machine) => {
    const known = [...Object.keys(CHANNELS), ...PULL_CHANNELS.keys()];
    const { channels } = await machine.config();
    return Object.keys(channels)
      .filter((channel) => !known.includes(channel))
      .map((channel) => ({
        found: `channels.${channel} names a channel that this gateway does not know; it knows ${Object.keys(CHANNELS).join(', ')}.`,
        remedy: `Correct the name, or remove the block: openclaw config unset channels.${channel}`,
      }));
  },
};

export const MESSAGE_CHECKS: readonly Check[] = [stuck, held, failing, disabled, unknown];
