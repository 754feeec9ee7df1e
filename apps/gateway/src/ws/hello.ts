/** What a client is told when it is in: who it is here, what it may call, and the state of things. */
import { ownKey } from '../access/ownership.ts';
import { mayDo } from '../access/roles.ts';
import type { Parts } from '../parts.ts';
import { agentIds, defaultAgentId } from '../pipeline/agent.ts';
import type { Connection, Member } from './connection.ts';
import { POLICY, PROTOCOL } from './limits.ts';

export const EVENT_NAMES = ['connect.challenge', 'chat', 'agent', 'tick', 'sessions.changed', 'shutdown', 'log.events'] as const;

const MAX_PRESENCE = 100;

type HelloOptions = {
  readonly parts: Parts;
  readonly connection: Connection;
  readonly member: Member;
  readonly others: Iterable<Connection>;
  readonly methods: readonly string[];
  readonly tickIntervalMs: number;
  readonly presenceVersion: number;
};

/** The payload of hello-ok. */
export function hello({ parts, connection, member, others, methods, tickIntervalMs, presenceVersion }: HelloOptions): object {
  return {
    type: 'hello-ok',
    protocol: PROTOCOL,
    server: { version: parts.version, connId: connection.id, bootId: `${parts.gatewayId}.${parts.startedAt}` },
    features: { methods, events: EVENT_NAMES, capabilities: ['events.subscribe'] },
    snapshot: {
      presence: presence(othersSeenBy(member, others)),
      health: { ok: true, ts: Date.now() },
      stateVersion: { presence: presenceVersion, health: 0 },
      uptimeMs: Math.max(0, Date.now() - parts.startedAt),
      sessionDefaults: sessionDefaults(parts, member),
      authMode: parts.config.current().config.gateway.auth.type === 'disabled' ? 'none' : 'token',
      ...(connection.holds('operator.admin') && mayDo(member.caller, 'config.read') ? { configPath: parts.config.current().path } : {}),
    },
    auth: {
      role: 'operator',
      scopes: member.scopes,
      ...(member.deviceToken && { deviceToken: member.deviceToken.text, issuedAtMs: member.deviceToken.issuedAt }),
    },
    policy: { ...POLICY, tickIntervalMs },
  };
}

function sessionDefaults(parts: Parts, { caller, reach }: Member): object {
  const { config } = parts.config.current();
  const mainKey = reach === 'own' ? ownKey(caller, config.session.mainKey) : config.session.mainKey;
  return {
    defaultAgentId: defaultAgentId(config),
    mainKey,
    mainSessionKey: parts.pipeline.resolveSession(mainKey).sessionKey,
    selectionRequired: false,
    ownership: agentIds(config).length > 1 ? 'explicit' : 'sole',
  };
}

/** Who reaches only his own sees only himself. */
function othersSeenBy({ caller, reach }: Member, all: Iterable<Connection>): Iterable<Connection> {
  if (reach === 'all') return all;
  return [...all].filter(({ member }) => member?.caller.actor.id === caller.actor.id);
}

function presence(connections: Iterable<Connection>): object[] {
  const rows: object[] = [];
  for (const { member, openedAt, lastSeenAt } of connections) {
    if (!member) continue;
    const { version, platform, mode, deviceFamily, modelIdentifier, instanceId } = member.client;
    rows.push({
      ts: lastSeenAt,
      onlineSince: openedAt,
      version,
      platform,
      mode,
      ...(deviceFamily === undefined ? {} : { deviceFamily }),
      ...(modelIdentifier === undefined ? {} : { modelIdentifier }),
      ...(instanceId === undefined ? {} : { instanceId }),
      reason: 'connect',
      roles: ['operator'],
      scopes: member.scopes,
    });
    if (rows.length === MAX_PRESENCE) break;
  }
  return rows;
}
