import { describe, expect, it } from 'vitest';
import { compare, restartNeeded } from './changes.ts';
import { configKeys, writtenDefaults } from './keys.ts';
import { readConfig } from './read.ts';
import { maskSecrets, secrets } from './secrets.ts';

const read = (value: unknown, env: NodeJS.ProcessEnv = {}) => readConfig(JSON.stringify(value), { env }).config;

describe('readConfig', () => {
  it('D runs without a file: nothing that needs something outside is on', () => {
    const { gateway, agents, hooks } = readConfig('', { env: {} }).config;
    expect(gateway.network).toMatchObject({ host: '127.0.0.1', port: 18789, https: { enabled: false }, rateLimit: { enabled: false } });
    expect(
      [gateway.security.ddos, gateway.security.firewall, gateway.security.networkIsolation, gateway.tailscale].map((part) => part.enabled),
    ).toEqual([false, false, false, false]);
    expect(gateway.monitoring.metrics.export.enabled).toBe(false);
    expect(gateway.logging.audit.export).toBeUndefined();
    expect(agents.entries).toEqual({ main: { ...agents.defaults, model: 'echo/echo', default: true } });
    expect(hooks.enabled).toBe(false);
  });

  it('D gives durations in milliseconds and sizes in bytes', () => {
    const { gateway, messages } = read({
      gateway: { sessions: { timeout: '1h' }, logging: { file: { maxSize: '1m' } } },
      messages: { maxTextLength: '1kb' },
    });
    expect(gateway.sessions.timeout).toBe(3_600_000);
    expect(gateway.logging.file.maxSize).toBe(1_048_576);
    expect(messages.maxTextLength).toBe(1024);
  });

  it('D takes both spellings of the token and of the certificate', () => {
    expect(read({ gateway: { auth: { token: 'abc' } } }).gateway.auth.token).toEqual({ value: 'abc', length: 32, refreshable: false });
    expect(read({ gateway: { auth: { token: { length: 48, expiry: '7d' } } } }).gateway.auth.token).toEqual({
      length: 48,
      expiry: 604_800_000,
      refreshable: false,
    });
    const files = { certificate: { certFile: '/c', keyFile: '/k' } };
    expect(read({ gateway: { network: { https: { cert: '/c', key: '/k' } } } }).gateway.network.https).toMatchObject(files);
    expect(read({ gateway: { network: { https: { cert: { certFile: '/c', keyFile: '/k' } } } } }).gateway.network.https).toMatchObject(
      files,
    );
  });

  it('D replaces variables, also where a number or a flag is expected, and leaves what is escaped', () => {
    const text = `{ gateway: { network: { port: "\${PORT}", https: { enabled: "\${TLS}" } }, auth: { token: "\${PORT}" }, tailscale: { hostname: "$\${X}-\${PORT}" } } }`;
    const { gateway } = readConfig(text, { env: { PORT: '8080', TLS: 'false' } }).config;
    expect(gateway.network.port).toBe(8080);
    expect(gateway.network.https.enabled).toBe(false);
    expect(gateway.auth.token.value).toBe('8080');
    expect(gateway.tailscale.hostname).toBe(`\${X}-8080`);
  });

  it('D takes the names that OpenClaw itself has, and says which it took', () => {
    const { config, aliases } = readConfig(
      '{ gateway: { mode: "local", port: 1234, bind: "lan", auth: { mode: "token" } }, logging: { level: "warn" }, agents: { list: [{ id: "ann", model: { primary: "a/b" } }] } }',
      { env: {} },
    );
    expect(config.gateway.network).toMatchObject({ host: '0.0.0.0', port: 1234 });
    expect(config.gateway.logging.level).toBe('warn');
    expect(config.agents.entries).toMatchObject({ ann: { model: 'a/b', default: true } });
    expect(aliases.get('gateway.network.port')).toBe('gateway.port');
  });

  it('D lets the command line go before the file, but the file must be right all the same', () => {
    expect(readConfig('{ gateway: { network: { port: 1 } } }', { env: {}, overrides: { port: 2 } }).config.gateway.network.port).toBe(2);
    expect(() => readConfig('{ gateway: { network: { port: "x" } } }', { env: {}, overrides: { port: 2 } })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });

  it('turns the rate limit and webhooks on as soon as they are written', () => {
    expect(read({ gateway: { network: { rateLimit: { maxRequests: 5 } } } }).gateway.network.rateLimit.enabled).toBe(true);
    const { hooks } = read({ hooks: { entries: { ci: { secret: 's' } } } });
    expect(hooks).toMatchObject({ enabled: true, entries: { ci: { sessionKey: 'hook:ci' } } });
  });

  it('completes agents from the defaults and accounts from their channel', () => {
    const { agents, channels } = read({
      agents: { defaults: { maxSteps: 4 }, entries: { a: { tools: ['x'] }, b: { default: true } } },
      channels: {
        telegram: { botToken: 't', dmPolicy: 'open', accounts: { one: { dmPolicy: 'disabled' }, two: {} } },
        custom: { anything: 1 },
      },
    });
    expect(agents.entries['a']).toMatchObject({ maxSteps: 4, tools: ['x'], default: false });
    expect(agents.entries['b']).toMatchObject({ maxSteps: 4, default: true });
    expect(channels['telegram']?.accounts).toMatchObject({
      one: { botToken: 't', dmPolicy: 'disabled' },
      two: { botToken: 't', dmPolicy: 'open' },
    });
    expect(channels['custom']).toMatchObject({ anything: 1, dmPolicy: 'allowlist', accounts: { default: { anything: 1 } } });
  });

  it('is not fooled by keys that every object has', () => {
    expect(() => readConfig('{ "__proto__": { "port": 1 } }', { env: {} })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(Object.hasOwn(Object.prototype, 'port')).toBe(false);
  });
});

describe('configKeys', () => {
  it('describes every key, and its defaults make a configuration that is taken', () => {
    const keys = configKeys();
    expect(keys.filter((key) => key.description === '').map((key) => key.path)).toEqual([]);
    expect(keys.find((key) => key.path === 'gateway.sessions.timeout')).toMatchObject({ default: '30m', reload: 'hot', secret: false });
    expect(keys.find((key) => key.path === 'gateway.network.port')).toMatchObject({ default: 18789, reload: 'restart' });
    expect(keys.filter((key) => key.secret).map((key) => key.path)).toContain('channels.telegram.botToken');
    expect(read(writtenDefaults())).toEqual(readConfig('', { env: {} }).config);
  });
});

describe('secrets', () => {
  const written = {
    gateway: { auth: { token: 'gateway-secret', oauth: { jwt: { secret: `\${JWT}` } } } },
    models: { providers: { x: { api: 'echo', apiKey: 'api-secret', headers: { Authorization: 'header-secret' } } } },
    channels: { telegram: { botToken: 'bot-secret', allowFrom: ['1'] } },
  };

  it('masks every secret, and leaves the names of variables readable', () => {
    const masked = JSON.stringify(maskSecrets(written));
    expect(masked).not.toMatch(/(gateway|api|header|bot)-secret/);
    expect(masked).toContain('JWT');
    expect(masked).toContain('"allowFrom":["1"]');
  });

  it('masks what stands in place of a secret, unless it is the reference to a file or a rule of the gateway token', () => {
    const shown = maskSecrets({
      gateway: { auth: { token: { length: 48, expiry: '7d', text: 'inner-secret' } } },
      hooks: { entries: { a: { secret: { value: 'inner-secret' } }, b: { secret: { file: '/run/secrets/b' } } } },
      models: { providers: { x: { headers: { cookie: { file: '/run/secrets/x' } } } } },
    });
    expect(shown).toEqual({
      gateway: { auth: { token: { length: 48, expiry: '7d', text: '***' } } },
      hooks: { entries: { a: { secret: { value: '***' } }, b: { secret: { file: '/run/secrets/b' } } } },
      models: { providers: { x: { headers: { cookie: { file: '/run/secrets/x' } } } } },
    });
  });

  it('finds them in a configuration that was read, and masks them there too', () => {
    const { oauth: _, ...auth } = written.gateway.auth;
    const config = read({ ...written, gateway: { auth } });
    expect(secrets(config).sort()).toEqual(['api-secret', 'bot-secret', 'gateway-secret', 'header-secret']);
    expect(JSON.stringify(maskSecrets(config))).not.toMatch(/-secret/);
  });
});

describe('compare', () => {
  it('shows each key that differs, with secrets masked, and what waits for a restart', () => {
    const before = { gateway: { network: { port: 1 }, auth: { token: 'old-secret' } }, tools: { deny: ['a'] } };
    const after = { gateway: { network: { port: 2 }, auth: { token: 'new-secret' }, sessions: { timeout: '1h' } } };
    expect(compare(before, after)).toEqual([
      { path: 'gateway.network.port', op: 'replace', before: 1, after: 2 },
      { path: 'gateway.auth.token', op: 'replace', before: '***', after: '***' },
      { path: 'gateway.sessions.timeout', op: 'add', after: '1h' },
      { path: 'tools.deny', op: 'remove', before: ['a'] },
    ]);
    expect(restartNeeded(before, after)).toEqual(['gateway.network.port']);
  });
});

describe('sign-in turned off', () => {
  const open = [
    { gateway: { auth: { type: 'disabled' }, network: { host: '0.0.0.0' } } },
    { gateway: { auth: { type: 'disabled' }, network: { publicUrl: 'https://gate.example' } } },
    { gateway: { auth: { type: 'disabled' }, tailscale: { enabled: true } } },
  ];

  it.each(open)('D gateway.auth.type disabled is refused by %j, unless whoever starts the gateway takes it on himself', (document) => {
    const text = JSON.stringify(document);
    expect(() => readConfig(text, { env: {} })).toThrow('gateway.auth.type is "disabled"');
    expect(readConfig(text, { env: {}, exceptions: { letAnyoneIn: true } }).config.gateway.auth.type).toBe('disabled');
  });

  it('D gateway.auth.type disabled is taken where only this machine reaches it', () => {
    const local = { gateway: { auth: { type: 'disabled' }, network: { publicUrl: 'http://localhost:18789' } } };
    expect(read(local).gateway.auth.type).toBe('disabled');
    const overrides = { host: '0.0.0.0' };
    expect(() => readConfig(JSON.stringify(local), { env: {}, overrides })).toThrow('other machines can reach the gateway at 0.0.0.0');
  });
});

it('D gateway.auth.cors.origins with * is taken, with a warning', () => {
  const cors = (origins: string[], enabled = true) =>
    readConfig(JSON.stringify({ gateway: { auth: { cors: { enabled, origins } } } }), { env: {} }).warnings.map(({ path }) => path);
  expect(cors(['*'])).toEqual(['gateway.auth.cors.origins']);
  expect(cors(['https://a.example'])).toEqual([]);
  expect(cors(['*'], false)).toEqual([]);
});
