/**
 * Devices that come with nothing but their key: they wait until somebody approves or rejects them. An approval is good once, for
 * a while: the device comes back, proves its key and takes its token. Nobody else ever sees it.
 */
import { type Actor, AuthDeviceApproved, AuthDeviceRejected, GatewayError, newId } from '@openclaw-gateway/events';
import { plainAddress } from './addresses.ts';
import type { AccessRequest, Caller, RecordEvent } from './index.ts';
import type { Granted, Role } from './roles.ts';
import { refuseUnlessMayGrant } from './token-grants.ts';
import type { Device, TokenRecord } from './token-register.ts';
import { type IssuedToken, TOKEN_STREAM, type Tokens } from './tokens.ts';

const WAIT_MS = 10 * 60_000;
const COLLECT_MS = 15 * 60_000;
const MAX_PENDING = 100;
/** One address cannot take all the places. */
const MAX_FROM_ONE_ADDRESS = 5;

export type PairingRequest = {
  readonly requestId: string;
  readonly device: Device;
  readonly publicKey: string;
  readonly address: string | undefined;
  readonly requestedAt: number;
  readonly expiresAt: number;
};

type Approval = {
  readonly device: Device;
  readonly granted: Granted;
  readonly grantedBy: string;
  readonly actor: Actor;
  readonly until: number;
};

export type Devices = {
  /** Puts a device on the list of those that wait. Throws `RATE_LIMITED` when there are too many. */
  request(device: Device, publicKey: string, socket: AccessRequest['socket']): PairingRequest;
  pending(): readonly PairingRequest[];
  /** Lets a device come in once to take its token. Throws `PAIRING_UNKNOWN`, `FORBIDDEN`. */
  approve(requestId: string, roles: readonly Role[], by: Caller): Promise<PairingRequest>;
  reject(requestId: string, actor: Actor): Promise<PairingRequest>;
  /** Ends the token of a device and lets the device take a new one. Throws `TOKEN_UNKNOWN`. */
  rotate(deviceId: string, role: string, by: Caller): Promise<{ readonly token: TokenRecord; readonly connections: number }>;
  /** Ends the token of a device. Throws `TOKEN_UNKNOWN`. */
  revoke(deviceId: string, role: string, actor: Actor): Promise<{ readonly token: TokenRecord; readonly connections: number }>;
  /** What was approved on the strength of a credential that has ended counts no longer. */
  forgetGrantedBy(grantedBy: string): void;
  /** The token that waits for a device which proved its key, if one does. */
  collect(deviceId: string, role: string): Promise<IssuedToken | undefined>;
};

export function createDevices(options: { readonly tokens: Tokens; readonly record: RecordEvent }): Devices {
  const { tokens, record } = options;
  const waiting = new Map<string, PairingRequest>();
  const approved = new Map<string, Approval>();

  function sweep(): void {
    const now = Date.now();
    for (const [id, { expiresAt }] of waiting) if (now >= expiresAt) waiting.delete(id);
    for (const [key, { until }] of approved) if (now >= until) approved.delete(key);
  }

  function take(requestId: string): PairingRequest {
    sweep();
    const request = waiting.get(requestId);
    if (!request) throw new GatewayError('PAIRING_UNKNOWN', { details: { requestId } });
    return request;
  }

  function tokenOf(deviceId: string, role: string): TokenRecord {
    const token = tokens.ofDevice(deviceId, role);
    if (!token) throw new GatewayError('TOKEN_UNKNOWN', { message: 'This device has no token in this role.', details: { deviceId, role } });
    return token;
  }

  return {
    request(device, publicKey, socket) {
      sweep();
      const address = plainAddress(socket?.remoteAddress);
      const all = [...waiting.values()];
      const same = all.find((request) => keyOf(request.device) === keyOf(device));
      if (same && same.device.scopes.join() === device.scopes.join()) return same;
      const fromThere = all.filter((request) => request.address === address).length;
      if (!same && (all.length >= MAX_PENDING || fromThere >= MAX_FROM_ONE_ADDRESS)) {
        throw new GatewayError('RATE_LIMITED', {
          message: 'Too many devices wait to be approved.',
          details: { retryAfterMs: WAIT_MS, remedy: 'Approve or reject those that wait: `openclaw devices list`.' },
        });
      }
      const requestedAt = Date.now();
      const request = { requestId: newId('pairing'), device, publicKey, address, requestedAt, expiresAt: requestedAt + WAIT_MS };
      if (same) waiting.delete(same.requestId);
      waiting.set(request.requestId, request);
      return request;
    },
    pending() {
      sweep();
      return [...waiting.values()];
    },
    async approve(requestId, roles, by) {
      const request = take(requestId);
      refuseUnlessMayGrant(by, { roles });
      const { device } = request;
      await record(TOKEN_STREAM, AuthDeviceApproved.create({ requestId, deviceId: device.id, roles: [...roles], scopes: device.scopes }), {
        actor: by.actor,
      });
      waiting.delete(requestId);
      approved.set(keyOf(device), { device, granted: { roles }, grantedBy: 'approval', actor: by.actor, until: Date.now() + COLLECT_MS });
      return request;
    },
    async reject(requestId, actor) {
      const request = take(requestId);
      await record(TOKEN_STREAM, AuthDeviceRejected.create({ requestId, deviceId: request.device.id }), { actor });
      waiting.delete(requestId);
      return request;
    },
    async rotate(deviceId, role, by) {
      const token = tokenOf(deviceId, role);
      const { device, grantedBy = 'approval', roles, permissions } = token;
      if (!device) throw new GatewayError('TOKEN_UNKNOWN');
      refuseUnlessMayGrant(by, token);
      const { connections } = await tokens.revoke(token.id, by.actor, 'rotated');
      approved.set(keyOf(device), { device, granted: { roles, permissions }, grantedBy, actor: by.actor, until: Date.now() + COLLECT_MS });
      return { token, connections };
    },
    async revoke(deviceId, role, actor) {
      approved.delete(`${deviceId} ${role}`);
      const token = tokenOf(deviceId, role);
      const { connections } = await tokens.revoke(token.id, actor);
      return { token, connections };
    },
    forgetGrantedBy(grantedBy) {
      for (const [key, approval] of approved) if (approval.grantedBy === grantedBy) approved.delete(key);
    },
    async collect(deviceId, role) {
      sweep();
      const key = `${deviceId} ${role}`;
      const approval = approved.get(key);
      if (!approval) return undefined;
      approved.delete(key);
      return await tokens.issueToDevice(approval);
    },
  };
}

const keyOf = ({ id, role }: Device): string => `${id} ${role}`;
