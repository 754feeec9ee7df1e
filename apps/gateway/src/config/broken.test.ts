import { GatewayError } from '@openclaw-gateway/events';
import { describe, expect, it } from 'vitest';
import { readConfig } from './read.ts';
import type { Finding } from './types.ts';

/** The text; the path that is wrong; what was found; a part of what is expected; a part of the hint. */
type Broken = readonly [text: string, path: string, value: string | undefined, expected: string, hint?: string];

const NETWORK = 'gateway.network';
const BROKEN: readonly Broken[] = [
  // Unknown keys
  ['{ gatway: {} }', 'gatway', '{}', 'one of gateway, agents', 'Did you mean gateway?'],
  ['{ gateway: { netwrok: {} } }', 'gateway.netwrok', '{}', 'network', 'gateway.network?'],
  ['{ gateway: { network: { prot: 1 } } }', `${NETWORK}.prot`, '1', 'host, port', `${NETWORK}.port?`],
  ['{ gateway: { rateLimit: {} } }', 'gateway.rateLimit', '{}', 'network', `${NETWORK}.rateLimit?`],
  ['{ port: 1 }', 'port', '1', 'gateway', `${NETWORK}.port?`],
  ['{ gateway: { network: { https: { minversion: "1.2" } } } }', `${NETWORK}.https.minversion`, '"1.2"', 'minVersion', 'minVersion?'],
  ['{ gateway: { auth: { cors: { origin: [] } } } }', 'gateway.auth.cors.origin', '[]', 'origins', 'origins?'],
  ['{ gateway: { security: { ddos: { maxPerIp: 3 } } } }', 'gateway.security.ddos.maxPerIp', '3', 'connections', 'maxPerIp?'],
  ['{ gateway: { tailscale: { host: "x" } } }', 'gateway.tailscale.host', '"x"', 'hostname'],
  ['{ agents: { default: {} } }', 'agents.default', '{}', 'defaults', 'agents.defaults?'],
  ['{ agents: { entries: { a: { modle: "echo/echo" } } } }', 'agents.entries.a.modle', '"echo/echo"', 'model', 'model?'],
  ['{ channels: { telegram: { botTokn: "123:abc" } } }', 'channels.telegram.botTokn', '***', 'botToken', 'botToken?'],
  [
    '{ channels: { telegram: { accounts: { a: { allowfrom: [] } } } } }',
    'channels.telegram.accounts.a.allowfrom',
    '[]',
    'allowFrom',
    'allowFrom?',
  ],
  ['{ hooks: { entries: { a: { secret: "s", templat: "t" } } } }', 'hooks.entries.a.templat', '"t"', 'template', 'template?'],
  ['{ tools: { denied: [] } }', 'tools.denied', '[]', 'deny', 'deny?'],
  ['{ messages: { retries: 3 } }', 'messages.retries', '3', 'retry', 'messages.retry?'],
  ['{ bindings: [{ agentId: "main", match: {}, agent: 1 }] }', 'bindings[0].agent', '1', 'agentId'],
  // Wrong kinds
  ['[]', '', '[]', 'an object'],
  ['{ gateway: [] }', 'gateway', '[]', 'an object'],
  ['{ gateway: { network: "x" } }', NETWORK, '"x"', 'an object'],
  ['{ bindings: {} }', 'bindings', '{}', 'a list of bindings'],
  ['{ agents: { entries: [] } }', 'agents.entries', '[]', 'an object'],
  ['{ channels: { telegram: true } }', 'channels.telegram', 'true', 'an object'],
  ['{ channels: { telegram: { allowFrom: "*" } } }', 'channels.telegram.allowFrom', '"*"', 'a list of ids'],
  ['{ channels: { telegram: { allowFrom: [true] } } }', 'channels.telegram.allowFrom[0]', 'true', 'an id of the channel'],
  ['{ gateway: { auth: { cors: { origins: "*" } } } }', 'gateway.auth.cors.origins', '"*"', 'a list of origins'],
  ['{ gateway: { network: { https: { enabled: "true" } } } }', `${NETWORK}.https.enabled`, '"true"', 'true or false', 'without quotes'],
  ['{ gateway: { monitoring: { healthCheck: 1 } } }', 'gateway.monitoring.healthCheck', '1', 'true or false'],
  ['{ gateway: { network: { host: null } } }', `${NETWORK}.host`, 'null', 'an IP address'],
  // Numbers
  ['{ gateway: { network: { port: "abc" } } }', `${NETWORK}.port`, '"abc"', 'a whole number from 0 to 65535'],
  ['{ gateway: { network: { port: "18789" } } }', `${NETWORK}.port`, '"18789"', 'a whole number', 'without quotes'],
  ['{ gateway: { network: { port: 65536 } } }', `${NETWORK}.port`, '65536', 'from 0 to 65535'],
  ['{ gateway: { network: { port: -1 } } }', `${NETWORK}.port`, '-1', 'from 0 to 65535'],
  ['{ gateway: { network: { port: 80.5 } } }', `${NETWORK}.port`, '80.5', 'a whole number'],
  ['{ gateway: { network: { rateLimit: { statusCode: 200 } } } }', `${NETWORK}.rateLimit.statusCode`, '200', 'from 400 to 599'],
  ['{ gateway: { network: { connections: { maxHttpConnections: 0 } } } }', `${NETWORK}.connections.maxHttpConnections`, '0', 'from 1'],
  ['{ agents: { defaults: { temperature: 3 } } }', 'agents.defaults.temperature', '3', 'a number from 0 to 2'],
  ['{ agents: { defaults: { maxSteps: 0 } } }', 'agents.defaults.maxSteps', '0', 'from 1 to 1000'],
  [
    '{ gateway: { security: { ddos: { anomalyDetection: { threshold: 2 } } } } }',
    'gateway.security.ddos.anomalyDetection.threshold',
    '2',
    'from 0 to 1',
  ],
  ['{ gateway: { logging: { file: { maxFiles: 0 } } } }', 'gateway.logging.file.maxFiles', '0', 'from 1 to 1000'],
  ['{ messages: { queueLimit: "many" } }', 'messages.queueLimit', '"many"', 'a whole number'],
  // Durations and sizes
  ['{ gateway: { sessions: { timeout: "30" } } }', 'gateway.sessions.timeout', '"30"', 'a duration such as "30s"'],
  ['{ gateway: { sessions: { historyRetention: "1 day" } } }', 'gateway.sessions.historyRetention', '"1 day"', 'a duration'],
  ['{ gateway: { sessions: { timeout: -5 } } }', 'gateway.sessions.timeout', '-5', 'a duration'],
  ['{ gateway: { sessions: { timeout: true } } }', 'gateway.sessions.timeout', 'true', 'a duration'],
  ['{ gateway: { auth: { tokenExpiry: "soon" } } }', 'gateway.auth.tokenExpiry', '"soon"', 'a duration'],
  ['{ gateway: { logging: { file: { maxSize: "100x" } } } }', 'gateway.logging.file.maxSize', '"100x"', 'a size such as'],
  ['{ messages: { maxTextLength: "big" } }', 'messages.maxTextLength', '"big"', 'a size'],
  // Choices
  ['{ gateway: { auth: { type: "tokn" } } }', 'gateway.auth.type', '"tokn"', '"token", "oauth" or "disabled"', 'Did you mean "token"?'],
  ['{ gateway: { logging: { level: "warning" } } }', 'gateway.logging.level', '"warning"', '"debug", "info", "warn", "error" or "fatal"'],
  ['{ gateway: { logging: { audit: { events: ["logins"] } } } }', 'gateway.logging.audit.events[0]', '"logins"', '"authentication"'],
  ['{ gateway: { network: { https: { minVersion: 1.2 } } } }', `${NETWORK}.https.minVersion`, '1.2', '"1.2" or "1.3"'],
  ['{ session: { dmScope: "per_peer" } }', 'session.dmScope', '"per_peer"', '"main"', 'Did you mean "per-peer"?'],
  [
    '{ channels: { telegram: { dmPolicy: "opn" } } }',
    'channels.telegram.dmPolicy',
    '"opn"',
    '"open", "allowlist" or "disabled"',
    '"open"?',
  ],
  ['{ channels: { telegram: { delivery: "exactly-once" } } }', 'channels.telegram.delivery', '"exactly-once"', '"at-least-once" or "hold"'],
  ['{ models: { providers: { x: { api: "openai" } } } }', 'models.providers.x.api', '"openai"', '"openai-completions"'],
  ['{ gateway: { security: { firewall: { type: "ufw" } } } }', 'gateway.security.firewall.type', '"ufw"', '"iptables" or "nftables"'],
  ['{ gateway: { tailscale: { funnel: { auth: "token" } } } }', 'gateway.tailscale.funnel.auth', '"token"', '"password" or "none"'],
  // Formats
  ['{ gateway: { network: { host: "999.1.1.1" } } }', `${NETWORK}.host`, '"999.1.1.1"', 'an IP address'],
  ['{ gateway: { network: { host: "http://x" } } }', `${NETWORK}.host`, '"http://x"', 'an IP address or a host name'],
  ['{ agents: { defaults: { model: "gpt" } } }', 'agents.defaults.model', '"gpt"', '"provider/model"'],
  [
    '{ gateway: { monitoring: { metrics: { endpoint: "metrics" } } } }',
    'gateway.monitoring.metrics.endpoint',
    '"metrics"',
    'a path such as',
  ],
  [
    '{ models: { providers: { x: { api: "echo", baseUrl: "localhost:11434" } } } }',
    'models.providers.x.baseUrl',
    '"localhost:11434"',
    'an address such as',
  ],
  [
    '{ gateway: { security: { networkIsolation: { allowedInbound: ["10.0.0.0/33"] } } } }',
    'gateway.security.networkIsolation.allowedInbound[0]',
    '"10.0.0.0/33"',
    'an address or a network, such as',
  ],
  ['{ agents: { entries: { "a b": {} } } }', 'agents.entries["a b"]', '{}', 'an agent name of letters'],
  ['{ hooks: { path: "/hooks?x" } }', 'hooks.path', '"/hooks?x"', 'a path'],
  // Two spellings
  ['{ gateway: { auth: { token: { length: 3 } } } }', 'gateway.auth.token.length', '3', 'from 16 to 1024'],
  ['{ gateway: { auth: { token: { lenght: 32 } } } }', 'gateway.auth.token.lenght', '***', 'length', 'token.length?'],
  ['{ gateway: { auth: { token: 5 } } }', 'gateway.auth.token', '***', 'the token as text'],
  ['{ gateway: { network: { https: { cert: { certFile: 1 } } } } }', `${NETWORK}.https.cert.certFile`, '1', 'the path of a PEM file'],
  ['{ gateway: { network: { https: { cert: 1 } } } }', `${NETWORK}.https.cert`, '1', '{ certFile, keyFile, caFile }'],
  // Missing
  ['{ hooks: { entries: { a: {} } } }', 'hooks.entries.a.secret', undefined, 'a secret', 'The key is missing.'],
  ['{ bindings: [{ match: {} }] }', 'bindings[0].agentId', undefined, 'the name of an agent', 'missing'],
  ['{ models: { providers: { x: {} } } }', 'models.providers.x.api', undefined, '"openai-completions"', 'missing'],
  // Between keys
  ['{ gateway: { network: { https: { enabled: true } } } }', `${NETWORK}.https.cert`, undefined, 'because https is on'],
  ['{ gateway: { network: { https: { enabled: true, cert: "/c.pem" } } } }', `${NETWORK}.https.key`, undefined, 'private key'],
  [
    '{ gateway: { network: { https: { enabled: true, letsEncrypt: { enabled: true } } } } }',
    `${NETWORK}.https.letsEncrypt.domain`,
    undefined,
    'domain name',
  ],
  ['{ gateway: { auth: { type: "oauth" } } }', 'gateway.auth.oauth', undefined, 'clientId'],
  [
    '{ gateway: { auth: { type: "disabled" }, network: { host: "0.0.0.0" } } }',
    'gateway.auth.type',
    '"disabled"',
    '"token" or "oauth"',
    '127.0.0.1',
  ],
  [
    '{ gateway: { monitoring: { metrics: { export: { enabled: true } } } } }',
    'gateway.monitoring.metrics.export.endpoint',
    undefined,
    'the export is on',
  ],
  ['{ agents: { entries: { a: { default: true }, b: { default: true } } } }', 'agents.entries.b.default', 'true', 'one default agent'],
  ['{ bindings: [{ agentId: "nobody", match: {} }] }', 'bindings[0].agentId', '"nobody"', 'the name of an agent: main'],
  ['{ hooks: { entries: { a: { secret: "s", agentId: "nobody" } } } }', 'hooks.entries.a.agentId', '"nobody"', 'the name of an agent'],
  // Other spellings
  ['{ gateway: { mode: "remote" } }', 'gateway.mode', '"remote"', '"local"'],
  ['{ gateway: { port: "x" } }', 'gateway.port', '"x"', 'a whole number'],
  ['{ gateway: { port: 1, network: { port: 2 } } }', 'gateway.port', '1', 'only one of gateway.port and gateway.network.port'],
  ['{ gateway: { auth: { mode: "password" } } }', 'gateway.auth.mode', '"password"', '"token" or "none"'],
  ['{ logging: { level: "loud" } }', 'logging.level', '"loud"', '"debug"'],
];

const findingsOf = (text: string, env: NodeJS.ProcessEnv = {}): { code: string; findings: readonly Finding[] } => {
  try {
    readConfig(text, { env });
  } catch (error) {
    if (error instanceof GatewayError) return { code: error.code, findings: (error.details?.['findings'] ?? []) as Finding[] };
    throw error;
  }
  return { code: 'taken', findings: [] };
};

describe('a configuration that is wrong', () => {
  it.each(BROKEN.map(([text, path, value, expected, hint]) => ({ text, path, value, expected, hint })))('D refuses $text', (broken) => {
    const { text, path, value, expected, hint } = broken;
    const { code, findings } = findingsOf(text);
    expect(code).toBe('CONFIG_INVALID');
    const finding = findings.find((candidate) => candidate.path === path);
    expect(finding, `findings: ${JSON.stringify(findings)}`).toBeDefined();
    expect(finding?.value).toBe(value);
    expect(finding?.expected).toContain(expected);
    if (hint !== undefined) expect(finding?.hint).toContain(hint);
  });

  it('D names every problem, not only the first', () => {
    const { findings } = findingsOf(
      '{ port: 1, gateway: { network: { port: "x" }, auth: { type: "y" } }, bindings: [{ agentId: "z", match: {} }] }',
    );
    expect(findings.map((finding) => finding.path).sort()).toEqual([
      'bindings[0].agentId',
      'gateway.auth.type',
      'gateway.network.port',
      'port',
    ]);
  });

  it('D never shows a secret in a finding', () => {
    const secret = 'hunter2-hunter2';
    const text = JSON.stringify({
      gateway: { auth: { token: { value: secret }, oauth: { clientSecret: secret } } },
      models: { providers: { x: { api: 'nope', apiKey: secret, headers: { 'x-key': secret } } } },
      channels: { telegram: { botToken: secret, token: secret, accounts: { a: { botTokn: secret } } } },
      hooks: { entries: { 'bad name': { secret } } },
    });
    const { findings } = findingsOf(text);
    expect(findings.length).toBeGreaterThan(4);
    expect(JSON.stringify(findings)).not.toContain(secret);
  });

  it('D names the environment variable that is not set, and the key', () => {
    const reference = `\${NO_SUCH_VARIABLE}`;
    const { code, findings } = findingsOf(`{ gateway: { auth: { token: "${reference}" } } }`);
    expect(code).toBe('CONFIG_ENV_MISSING');
    expect(findings).toEqual([
      expect.objectContaining({
        path: 'gateway.auth.token',
        value: `"${reference}"`,
        expected: expect.stringContaining('NO_SUCH_VARIABLE'),
      }),
    ]);
  });

  it('D names unset variables beside what else is wrong', () => {
    const { code, findings } = findingsOf(`{ gateway: { network: { host: "\${NOPE}", port: "x" } } }`);
    expect(code).toBe('CONFIG_INVALID');
    expect(findings.map((finding) => finding.path)).toEqual(['gateway.network.port', 'gateway.network.host']);
  });
});
