/** What a configuration may say: the whole of it at once, and key by key where nothing else watches the key yet. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseJson5, toValue } from './json5.ts';
import { configKeys } from './keys.ts';
import { readConfig } from './read.ts';

const REFERENCE = readFileSync(join(import.meta.dirname, 'testing/reference.json5'), 'utf8');
const ENV = { GATEWAY_TOKEN: 'token', GOOGLE_CLIENT_ID: 'id', GOOGLE_CLIENT_SECRET: 'client-secret', JWT_SECRET: 'jwt-secret' };

const gateway = (written: object) => readConfig(JSON.stringify({ gateway: written }), { env: {} }).config.gateway;
const refused = (written: object, path: string) =>
  expect(() => gateway(written)).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', details: { findings: expect.arrayContaining([expect.objectContaining({ path })]) } }),
  );

test('D takes a configuration in which every key is written, and knows each of them', () => {
  const { config } = readConfig(REFERENCE, { env: ENV });
  expect(config.gateway.auth.token.value).toBe('token');
  expect(config.gateway.network.connections).toEqual({
    maxWebSocketConnections: 1000,
    webSocketTimeout: 300_000,
    maxHttpConnections: 100,
    requestTimeout: 30_000,
  });
  const known = new Set(configKeys().map(({ path }) => path));
  const paths = (value: unknown, path: string): string[] =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value).flatMap(([key, inner]) => paths(inner, path === '' ? key : `${path}.${key}`))
      : [path];
  const written = paths(toValue(parseJson5(REFERENCE)), '').filter((path) => path !== 'channels');
  expect(written.length).toBeGreaterThan(70);
  expect(written.filter((path) => !known.has(path))).toEqual([]);
});

test('D gateway.auth.type is token, oauth or disabled, and disabled on this machine only', () => {
  expect(gateway({}).auth.type).toBe('token');
  expect(gateway({ auth: { type: 'disabled' } }).auth.type).toBe('disabled');
  refused({ auth: { type: 'disabled' }, network: { host: '0.0.0.0' } }, 'gateway.auth.type');
  refused({ auth: { type: 'basic' } }, 'gateway.auth.type');
});

test('D gateway.auth.token.{refreshable,refreshExpiry} are rules of the token', () => {
  const { token } = gateway({ auth: { token: { refreshable: true, refreshExpiry: '30d' } } }).auth;
  expect(token).toEqual({ length: 32, refreshable: true, refreshExpiry: 30 * 86_400_000 });
  refused({ auth: { token: { refreshable: 'yes' } } }, 'gateway.auth.token.refreshable');
  refused({ auth: { token: { refreshExpiry: 'later' } } }, 'gateway.auth.token.refreshExpiry');
});

test('D gateway.auth.acl.{defaultPolicy,rules,rules[].path,rules[].allow,rules[].methods} are taken as they are written', () => {
  const rules = [{ path: '/api/*', allow: ['admin', 'user'], methods: ['GET', 'POST'] }];
  expect(gateway({ auth: { acl: { defaultPolicy: 'allow', rules } } }).auth.acl).toEqual({ defaultPolicy: 'allow', rules });
  refused({ auth: { acl: { defaultPolicy: 'ask' } } }, 'gateway.auth.acl.defaultPolicy');
  refused({ auth: { acl: { rules: [{ path: 'api', allow: [] }] } } }, 'gateway.auth.acl.rules[0].path');
  refused({ auth: { acl: { rules: [{ path: '/api/*/x', allow: [] }] } } }, 'gateway.auth.acl.rules[0].path');
  refused({ auth: { acl: { rules: [{ path: '/api' }] } } }, 'gateway.auth.acl.rules[0].allow');
  refused({ auth: { acl: { rules: [{ path: '/api', allow: ['admn'] }] } } }, 'gateway.auth.acl.rules[0].allow[0]');
  refused({ auth: { acl: { rules: [{ path: '/api', allow: [], methods: ['FETCH'] }] } } }, 'gateway.auth.acl.rules[0].methods[0]');
});

test('D gateway.auth.oauth.{provider,clientId,clientSecret,redirectUri,scopes,jwt.secret,jwt.expiry} are needed or have defaults', () => {
  const given = {
    provider: 'google',
    clientId: 'id',
    clientSecret: 's',
    redirectUri: 'https://x.example/auth/callback',
    jwt: { secret: 'j' },
  };
  const { oauth } = gateway({ auth: { type: 'oauth', oauth: given } }).auth;
  expect(oauth).toEqual({ ...given, scopes: ['openid', 'profile', 'email'], jwt: { secret: 'j', expiry: 3_600_000 } });
  for (const key of ['provider', 'clientId', 'clientSecret', 'redirectUri'] as const) {
    const { [key]: _, ...rest } = given;
    refused({ auth: { oauth: rest } }, `gateway.auth.oauth.${key}`);
  }
  refused({ auth: { oauth: { ...given, jwt: {} } } }, 'gateway.auth.oauth.jwt.secret');
  refused({ auth: { oauth: { ...given, jwt: { secret: 'j', expiry: 'never' } } } }, 'gateway.auth.oauth.jwt.expiry');
  refused({ auth: { oauth: { ...given, scopes: 'email' } } }, 'gateway.auth.oauth.scopes');
});

test('D gateway.security.networkIsolation.{enabled,allowedInbound,blockedOutbound,allowedOutbound} are networks, off by default', () => {
  expect(gateway({}).security.networkIsolation).toEqual({ enabled: false, allowedInbound: [], blockedOutbound: [], allowedOutbound: [] });
  const given = {
    enabled: true,
    allowedInbound: ['10.0.0.0/8', 'fd00::/8'],
    blockedOutbound: ['0.0.0.0/0'],
    allowedOutbound: ['10.0.0.5'],
  };
  expect(gateway({ security: { networkIsolation: given } }).security.networkIsolation).toEqual(given);
  refused({ security: { networkIsolation: { allowedInbound: ['10.0.0.0/40'] } } }, 'gateway.security.networkIsolation.allowedInbound[0]');
  refused({ security: { networkIsolation: { blockedOutbound: ['home'] } } }, 'gateway.security.networkIsolation.blockedOutbound[0]');
  refused({ security: { networkIsolation: { allowedOutbound: 'all' } } }, 'gateway.security.networkIsolation.allowedOutbound');
  refused({ security: { networkIsolation: { enabled: 1 } } }, 'gateway.security.networkIsolation.enabled');
});

test('D gateway.security.firewall.{enabled,type,rules,rules[].action,rules[].source,rules[].port,rules[].protocol} are rules of one firewall', () => {
  const rules = [{ action: 'allow', source: '10.0.0.0/8', port: 18789, protocol: 'udp' }, { action: 'deny' }];
  const { firewall } = gateway({ security: { firewall: { enabled: true, type: 'nftables', rules } } }).security;
  expect(firewall).toEqual({ enabled: true, type: 'nftables', rules: [rules[0], { action: 'deny', protocol: 'tcp' }] });
  const at = 'gateway.security.firewall';
  refused({ security: { firewall: { enabled: 'on' } } }, `${at}.enabled`);
  refused({ security: { firewall: { type: 'ufw' } } }, `${at}.type`);
  refused({ security: { firewall: { rules: [{}] } } }, `${at}.rules[0].action`);
  refused({ security: { firewall: { rules: [{ action: 'deny', source: 'x' }] } } }, `${at}.rules[0].source`);
  refused({ security: { firewall: { rules: [{ action: 'deny', port: 0 }] } } }, `${at}.rules[0].port`);
  refused({ security: { firewall: { rules: [{ action: 'deny', protocol: 'icmp' }] } } }, `${at}.rules[0].protocol`);
});

test('D gateway.security.ddos.{enabled,connections.maxPerIp,connections.maxTotal,rateLimit.window,rateLimit.maxPerIp,rateLimit.banDuration} have defaults and bounds', () => {
  const { ddos } = gateway({ security: { ddos: { enabled: true } } }).security;
  expect(ddos).toMatchObject({
    enabled: true,
    connections: { maxPerIp: 10, maxTotal: 1000 },
    rateLimit: { window: 60_000, maxPerIp: 60, banDuration: 900_000 },
  });
  const at = 'gateway.security.ddos';
  refused({ security: { ddos: { enabled: 'yes' } } }, `${at}.enabled`);
  refused({ security: { ddos: { connections: { maxPerIp: 0 } } } }, `${at}.connections.maxPerIp`);
  refused({ security: { ddos: { connections: { maxTotal: 1.5 } } } }, `${at}.connections.maxTotal`);
  refused({ security: { ddos: { rateLimit: { window: 'minute' } } } }, `${at}.rateLimit.window`);
  refused({ security: { ddos: { rateLimit: { maxPerIp: -1 } } } }, `${at}.rateLimit.maxPerIp`);
  refused({ security: { ddos: { rateLimit: { banDuration: true } } } }, `${at}.rateLimit.banDuration`);
});

test('D gateway.security.ddos.anomalyDetection.{enabled,threshold,response} have defaults and bounds', () => {
  expect(gateway({}).security.ddos.anomalyDetection).toEqual({ enabled: true, threshold: 0.8, response: 'rate-limit' });
  const at = 'gateway.security.ddos.anomalyDetection';
  refused({ security: { ddos: { anomalyDetection: { enabled: null } } } }, `${at}.enabled`);
  refused({ security: { ddos: { anomalyDetection: { threshold: 1.1 } } } }, `${at}.threshold`);
  refused({ security: { ddos: { anomalyDetection: { response: 'ignore' } } } }, `${at}.response`);
});
