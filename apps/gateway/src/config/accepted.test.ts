/** What a configuration may say: the whole of it at once, and key by key where nothing else watches the key yet. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
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

describe('D gateway.auth.oauth', () => {
  const jwt = { secret: 'a secret of more than thirty-two bytes' };
  const given = { provider: 'google', clientId: 'id', clientSecret: 's', redirectUri: 'https://x.example/auth/callback', jwt };
  const at = 'gateway.auth.oauth';
  const refuses = (oauth: object, path: string) => refused({ auth: { type: 'oauth', oauth: { ...given, ...oauth } } }, path);

  test('gateway.auth.oauth.{provider,clientId,clientSecret,redirectUri,scopes,jwt.secret,jwt.expiry} are needed or have defaults', () => {
    const { oauth } = gateway({ auth: { type: 'oauth', oauth: given } }).auth;
    expect(oauth).toEqual({
      ...given,
      scopes: ['openid', 'profile', 'email'],
      allowedEmails: [],
      allowedDomains: [],
      roles: [],
      jwt: { ...jwt, expiry: 3_600_000 },
    });
    for (const key of ['provider', 'clientId', 'clientSecret', 'redirectUri'] as const) {
      const { [key]: _, ...rest } = given;
      refused({ auth: { oauth: rest } }, `${at}.${key}`);
    }
    refuses({ jwt: {} }, `${at}.jwt.secret`);
    refuses({ jwt: { ...jwt, expiry: 'never' } }, `${at}.jwt.expiry`);
    refuses({ jwt: { ...jwt, expiry: '10ms' } }, `${at}.jwt.expiry`);
    refuses({ scopes: 'email' }, `${at}.scopes`);
    refuses({ scopes: ['email'] }, `${at}.scopes`);
  });

  test('gateway.auth.oauth.jwt.secret has at least 32 bytes', () => {
    refuses({ jwt: { secret: 'x'.repeat(31) } }, `${at}.jwt.secret`);
    expect(gateway({ auth: { oauth: { ...given, jwt: { secret: 'unused' } } } }).auth.oauth?.jwt.secret).toBe('unused');
    expect(gateway({ auth: { type: 'oauth', oauth: { ...given, jwt: { secret: 'é'.repeat(16) } } } }).auth.oauth?.jwt.secret).toHaveLength(
      16,
    );
  });

  test('gateway.auth.oauth.redirectUri has a path that is for nothing else', () => {
    for (const path of [
      '/',
      '/api/x',
      '/v1',
      '/auth/login',
      '/auth/token',
      '/metrics',
      '/sign-in/',
      '/auth/callback?x=1',
      '/auth/callback#x',
    ]) {
      refuses({ redirectUri: `https://x.example${path}` }, `${at}.redirectUri`);
    }
    for (const path of ['/auth/callback', '/oauth2/return', '/authentication']) {
      expect(
        gateway({ auth: { type: 'oauth', oauth: { ...given, redirectUri: `https://x.example${path}` } } }).auth.oauth?.redirectUri,
      ).toContain(path);
    }
  });

  test("gateway.auth.oauth.issuer is Google's for google and needed for any other provider, over https but for this machine", () => {
    refuses({ provider: 'keycloak' }, `${at}.issuer`);
    refuses({ issuer: 'https://id.example.com' }, `${at}.issuer`);
    for (const issuer of [
      'http://id.example.com',
      'https://id.example.com/?x=1',
      'https://user:pass@id.example.com',
      'ftp://id.example.com',
      'id',
    ]) {
      refuses({ provider: 'keycloak', issuer }, `${at}.issuer`);
    }
    for (const issuer of ['https://id.example.com/realms/main', 'http://127.0.0.1:8080', 'http://[::1]:8080', 'http://localhost']) {
      expect(gateway({ auth: { type: 'oauth', oauth: { ...given, provider: 'keycloak', issuer } } }).auth.oauth?.issuer).toBe(issuer);
    }
    expect(
      gateway({ auth: { type: 'oauth', oauth: { ...given, issuer: 'https://accounts.google.com' } } }).auth.oauth?.issuer,
    ).toBeDefined();
  });

  test('gateway.auth.oauth.{allowedEmails,allowedDomains,roles,roles[].emails,roles[].domains,roles[].claim,roles[].value,roles[].role} say who may come in, as what', () => {
    const people = {
      allowedEmails: ['ann@example.com'],
      allowedDomains: ['example.com'],
      roles: [
        { emails: ['ann@example.com'], role: 'admin' },
        { domains: ['example.com'], role: 'viewer' },
        { claim: 'groups', value: 'ops', role: 'operator' },
      ],
    };
    const { oauth } = gateway({ auth: { type: 'oauth', oauth: { ...given, ...people } } }).auth;
    expect(oauth?.roles[2]).toEqual({ emails: [], domains: [], claim: 'groups', value: 'ops', role: 'operator' });
    refuses({ allowedEmails: ['example.com'] }, `${at}.allowedEmails[0]`);
    refuses({ allowedDomains: ['*'] }, `${at}.allowedDomains[0]`);
    refuses({ allowedDomains: ['@example.com'] }, `${at}.allowedDomains[0]`);
    refuses({ roles: [{ domains: ['example.com'], role: 'root' }] }, `${at}.roles[0].role`);
    refuses({ roles: [{ role: 'admin' }] }, `${at}.roles[0]`);
    refuses({ roles: [{ emails: ['a@b.example'], domains: ['b.example'], role: 'admin' }] }, `${at}.roles[0]`);
    refuses({ roles: [{ claim: 'groups', role: 'admin' }] }, `${at}.roles[0].value`);
    refuses({ roles: [{ emails: ['a@b.example'], value: 'x', role: 'admin' }] }, `${at}.roles[0].claim`);
  });
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
