/** `openclaw devices …`: through the running gateway. */
import { GatewayError } from '@openclaw-gateway/events/errors';
import type { PairingRequest } from '../../access/devices.ts';
import type { TokenRow } from '../../access/tokens.ts';
import type { Api } from '../api.ts';
import type { Context } from '../context.ts';
import { formatAgo, paint, plain, table } from '../output.ts';
import { connections } from './tokens.ts';

/** So much of an id is shown, and is enough to name a device by. */
const SHOWN = 12;

type Listed = { readonly devices: readonly TokenRow[]; readonly pending: readonly PairingRequest[] };
type Ended = { readonly device: { readonly id: string }; readonly connections: number };

export async function listDevices(context: Context): Promise<undefined> {
  const { devices, pending } = await (await context.api()).get<Listed>('/api/access/devices');
  const active = devices.filter(({ state }) => state === 'active');
  context.out.result({ devices: active, pending }, () => [
    ...(pending.length === 0
      ? ['No device waits.']
      : table(
          ['REQUEST', 'DEVICE', 'WHAT', 'ASKS FOR', 'FROM', 'SINCE'],
          pending.map(({ requestId, device, address, requestedAt }) => [
            paint('yellow', requestId),
            device.id.slice(0, SHOWN),
            plain(`${device.clientId} on ${device.platform}`),
            device.scopes.join(','),
            address ?? '',
            formatAgo(requestedAt),
          ]),
        )),
    '',
    ...(active.length === 0
      ? ['No device has a token.']
      : table(
          ['DEVICE', 'WHAT', 'ROLE', 'MAY', 'LAST USED'],
          active.map(({ device, name, roles, lastUsedAt }) => [
            device?.id.slice(0, SHOWN) ?? '',
            plain(name),
            roles.join(','),
            device?.scopes.join(',') ?? '',
            lastUsedAt === undefined ? 'never' : formatAgo(lastUsedAt),
          ]),
        )),
  ]);
}

export async function approveDevice(context: Context, { role }: { readonly role: string }, requestId: string): Promise<undefined> {
  const path = `/api/access/devices/requests/${encodeURIComponent(requestId)}/approve`;
  const answer = await (await context.api()).send<object>('POST', path, { role });
  context.out.result(answer, () => [`Approved as ${role}. Let the device connect again within 15 minutes.`]);
}

export async function rejectDevice(context: Context, _options: unknown, requestId: string): Promise<undefined> {
  const path = `/api/access/devices/requests/${encodeURIComponent(requestId)}/reject`;
  const answer = await (await context.api()).send<object>('POST', path);
  context.out.result(answer, () => ['Turned away.']);
}

export async function rotateDevice(context: Context, { as }: { readonly as: string }, device: string): Promise<undefined> {
  const api = await context.api();
  const ended = await api.send<Ended>('POST', `/api/access/devices/${await deviceId(api, device)}/rotate`, { role: as });
  context.out.result(ended, () => [
    `Its old token no longer works; ${connections(ended.connections)}. It gets the new one when it connects within 15 minutes.`,
  ]);
}

export async function revokeDevice(context: Context, { as }: { readonly as: string }, device: string): Promise<undefined> {
  const api = await context.api();
  const ended = await api.send<Ended>('POST', `/api/access/devices/${await deviceId(api, device)}/revoke`, { role: as });
  context.out.result(ended, () => [`Its token no longer works; ${connections(ended.connections)}.`]);
}

/** The device that is meant by the beginning of its id. Throws `TOKEN_UNKNOWN` for none, `USAGE` for several. */
async function deviceId(api: Api, beginning: string): Promise<string> {
  const { devices } = await api.get<Listed>('/api/access/devices');
  const ids = devices.flatMap(({ device, state }) => (device && state === 'active' ? [device.id] : []));
  const fitting = [...new Set(ids.filter((id) => id.startsWith(beginning.toLowerCase())))];
  if (fitting.length === 1) return encodeURIComponent(fitting[0] ?? '');
  if (fitting.length > 1)
    throw new GatewayError('USAGE', { message: `${fitting.length} devices begin with ${beginning}: give more of the id.` });
  throw new GatewayError('TOKEN_UNKNOWN', { message: `No device with a token begins with ${beginning}.` });
}
