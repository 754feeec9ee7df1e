/** The devices that wait to be let in, and those that are in. */
import { GatewayError } from '@openclaw-gateway/events';
import { z } from 'zod';
import { demand } from '../../access/authorise.ts';
import { refuseUnlessMayGrant } from '../../access/token-grants.ts';
import type { TokenRow } from '../../access/tokens.ts';
import { defineMethod } from './method.ts';

const OPERATOR = 'operator';
const PAIRING = 'operator.pairing';
const request = z.strictObject({ requestId: z.string().min(1) });

export const devicePairList = defineMethod({
  name: 'device.pair.list',
  scope: 'operator.pairing',
  params: z.strictObject({}),
  run: async (_, { parts }) => ({
    pending: parts.access.devices.pending().map(({ requestId, device, publicKey, address, requestedAt }) => ({
      requestId,
      deviceId: device.id,
      publicKey,
      clientId: device.clientId,
      platform: device.platform,
      role: device.role,
      scopes: device.scopes,
      ...(address !== undefined && { remoteIp: address }),
      ts: requestedAt,
    })),
    paired: parts.access.tokens.devices().flatMap(describe),
  }),
});

export const devicePairApprove = defineMethod({
  name: 'device.pair.approve',
  scope: 'operator.pairing',
  params: request,
  run: async ({ requestId }, { parts, member }) => {
    const { device } = await parts.access.devices.approve(requestId, [OPERATOR], member.caller);
    return { requestId, deviceId: device.id, role: device.role, scopes: device.scopes };
  },
});

export const devicePairReject = defineMethod({
  name: 'device.pair.reject',
  scope: 'operator.pairing',
  params: request,
  run: async ({ requestId }, { parts, member }) => {
    const { device } = await parts.access.devices.reject(requestId, member.caller.actor);
    return { requestId, deviceId: device.id };
  },
});

export const devicePairRemove = defineMethod({
  name: 'device.pair.remove',
  scope: 'operator.pairing',
  params: z.strictObject({ deviceId: z.string().min(1) }),
  run: async ({ deviceId }, { parts, member }) => {
    await parts.access.devices.revoke(deviceId.toLowerCase(), OPERATOR, member.caller.actor);
    return { deviceId };
  },
});

export const deviceTokenRevoke = defineMethod({
  name: 'device.token.revoke',
  scope: 'operator.pairing',
  params: z.strictObject({ deviceId: z.string().min(1), role: z.string().min(1) }),
  run: async ({ deviceId, role }, { parts, member }) => {
    await parts.access.devices.revoke(deviceId.toLowerCase(), role, member.caller.actor);
    return { deviceId, role, revokedAtMs: Date.now() };
  },
});

/** Any device may rotate its own token and gets the new one; for another device, which is for managers only, it waits until that one connects. */
export const deviceTokenRotate = defineMethod({
  name: 'device.token.rotate',
  scope: 'operator.read',
  params: z.strictObject({ deviceId: z.string().min(1), role: z.string().min(1), scopes: z.array(z.string().min(1)).optional() }),
  run: async ({ deviceId, role }, { parts, connection, member }) => {
    const { tokens, devices } = parts.access;
    const id = deviceId.toLowerCase();
    const own = member.deviceId === id ? tokens.ofDevice(id, role) : undefined;
    if (own?.device) {
      refuseUnlessMayGrant(member.caller, own);
      const { device, grantedBy = 'approval' } = own;
      const fresh = await tokens.issueToDevice({ device, granted: own, grantedBy, actor: member.caller.actor });
      return { deviceId: id, role, scopes: device.scopes, rotatedAtMs: fresh.issuedAt, token: fresh.token, tokenDelivery: 'in-band' };
    }
    const { caller, credential } = member;
    demand(parts, { door: 'websocket', caller, target: 'device.token.rotate', client: credential.socket }, 'access.manage');
    if (!connection.holds(PAIRING)) throw new GatewayError('FORBIDDEN', { message: `missing scope: ${PAIRING}` });
    const { token } = await devices.rotate(id, role, member.caller);
    return { deviceId: id, role, scopes: token.device?.scopes ?? [], rotatedAtMs: Date.now(), tokenDelivery: 'withheld-cross-device' };
  },
});

function describe({ device, createdAt, issuedAt, lastUsedAt, state }: TokenRow): object[] {
  if (!device || state !== 'active') return [];
  return [
    {
      deviceId: device.id,
      clientId: device.clientId,
      platform: device.platform,
      role: device.role,
      scopes: device.scopes,
      approvedAtMs: createdAt,
      tokens: [
        { role: device.role, scopes: device.scopes, createdAtMs: issuedAt, ...(lastUsedAt !== undefined && { lastUsedAtMs: lastUsedAt }) },
      ],
    },
  ];
}
