import { expect, test } from 'vitest';
import { parseJson5, toValue } from '../json5.ts';
import { readConfig } from '../read.ts';
import { importConfig, importedText } from './index.ts';

const imported = (document: object) => importConfig(JSON.stringify(document));
const whyNot = (document: object) => Object.fromEntries(imported(document).unmapped.map(({ from, why }) => [from, why]));
const todo = (document: object) => Object.fromEntries(imported(document).byHand.map(({ about, todo }) => [about, todo]));

/** A file as people have it. */
const TYPICAL = {
  meta: { lastTouchedVersion: '2026.9.1' },
  gateway: {
    mode: 'local',
    port: 18790,
    bind: 'lan',
    auth: { mode: 'token', token: `\${OPENCLAW_GATEWAY_TOKEN}`, allowTailscale: true },
    controlUi: { enabled: true, allowedOrigins: ['https://desk.example'] },
    tls: { enabled: true, certPath: '/etc/tls/cert.pem', keyPath: '/etc/tls/key.pem' },
  },
  logging: { level: 'trace', file: '/var/log/openclaw.log', maxFileBytes: 1048576, consoleStyle: 'pretty' },
  agents: {
    defaults: { workspace: '~/w', model: { primary: 'local/llama3', fallbacks: ['openai/gpt'] }, timeoutSeconds: 600, maxConcurrent: 4 },
    entries: { main: { default: true }, work: { model: 'anthropic/claude', params: { temperature: 0.3, maxTokens: 900 } } },
  },
  bindings: [{ agentId: 'work', match: { channel: 'telegram', accountId: 'biz', peer: { kind: 'dm', id: 5 } } }],
  models: {
    mode: 'merge',
    providers: { local: { api: 'ollama', baseUrl: 'http://127.0.0.1:11434', timeoutSeconds: 30, models: [{ id: 'llama3' }] } },
  },
  channels: {
    telegram: {
      botToken: { source: 'env', provider: 'default', id: 'TELEGRAM_BOT_TOKEN' },
      dmPolicy: 'pairing',
      allowFrom: ['tg:123', 456],
      accounts: { biz: { tokenFile: '/run/secrets/biz' } },
    },
  },
  session: { dmScope: 'per-peer', maintenance: { pruneAfter: '30d' } },
  hooks: {
    enabled: true,
    token: 'hook-token',
    path: '/in',
    mappings: [{ match: { path: 'ci' }, agentId: 'work', messageTemplate: 'Push {{commits[0].id}}' }],
  },
};

test('D reads the channels, agents, models, bindings, hooks and the gateway of OpenClaw’s own file', () => {
  expect(imported(TYPICAL).document).toEqual({
    gateway: {
      network: {
        port: 18790,
        host: '0.0.0.0',
        https: { enabled: true, cert: { certFile: '/etc/tls/cert.pem', keyFile: '/etc/tls/key.pem' } },
      },
      auth: { type: 'token', token: `\${OPENCLAW_GATEWAY_TOKEN}`, cors: { origins: ['https://desk.example'] } },
      logging: { level: 'debug', file: { path: '/var/log/openclaw.log', maxSize: 1048576 }, format: 'text' },
      sessions: { maxConcurrent: 4, historyRetention: '30d' },
    },
    agents: {
      defaults: { model: 'local/llama3', timeout: '600s' },
      entries: { main: { default: true }, work: { model: 'anthropic/claude', temperature: 0.3, maxOutputTokens: 900 } },
    },
    bindings: [{ agentId: 'work', match: { channel: 'telegram', accountId: 'biz', peer: { kind: 'direct', id: '5' } } }],
    models: { providers: { local: { api: 'openai-completions', baseUrl: 'http://127.0.0.1:11434/v1', timeout: '30s' } } },
    session: { dmScope: 'per-peer' },
    channels: {
      telegram: {
        botToken: `\${TELEGRAM_BOT_TOKEN}`,
        dmPolicy: 'pairing',
        allowFrom: ['123', '456'],
        accounts: { biz: { botToken: { file: '/run/secrets/biz' } } },
      },
    },
    hooks: { path: '/in', enabled: true, entries: { ci: { secret: 'hook-token', agentId: 'work', template: 'Push {{commits.0.id}}' } } },
  });
});

test('D says of every key what became of it: taken over, left to a person, or not, and why', () => {
  const { mapped, byHand, unmapped } = imported(TYPICAL);
  expect(mapped).toContainEqual({ from: 'gateway.port', to: 'gateway.network.port' });
  expect(mapped).toContainEqual(
    expect.objectContaining({ from: 'channels.telegram.dmPolicy', note: expect.stringContaining('asked for a code again') }),
  );
  expect(byHand.map(({ about }) => about)).toEqual(['hooks.token', 'models.providers.anthropic']);
  expect(unmapped.map(({ from }) => from).sort()).toEqual([
    'agents.defaults.model.fallbacks',
    'agents.defaults.workspace',
    'gateway.auth.allowTailscale',
    'gateway.controlUi.enabled',
    'meta',
  ]);
  expect(unmapped.every(({ why }) => why.endsWith('.'))).toBe(true);
});

test('D writes a commented file that this gateway accepts and that means what was reported', () => {
  const all = imported(TYPICAL);
  const text = importedText(all, '/home/ann/.openclaw/openclaw.json');
  expect(text).toContain('// gateway.port\n');
  expect(text).toContain('// Not taken over:');
  expect(toValue(parseJson5(text))).toEqual(all.document);
  expect(() => readConfig(text, { env: {}, allowMissingVariables: true })).not.toThrow();
});

test('D what would let in more people or fit more messages than before is left to a person', () => {
  expect(todo({ bindings: [{ agentId: 'main', match: { channel: 'discord', guildId: '1' } }] })).toHaveProperty('bindings[0]');
  expect(todo({ channels: { telegram: { groupAllowFrom: ['1'] } } })).toHaveProperty('channels.telegram.groupAllowFrom');
  const groups = imported({ channels: { telegram: { groupPolicy: 'open', groups: { '-1': {} } } } });
  expect(groups.document).toEqual({ channels: { telegram: { groupPolicy: 'allowlist' } } });
  expect(imported({ gateway: { auth: { mode: 'trusted-proxy' } } })).toMatchObject({
    document: {},
    byHand: [{ about: 'gateway.auth.mode' }],
  });
  expect(todo({ gateway: { bind: 'tailnet' } })).toHaveProperty('gateway.bind');
});

test('D a password becomes the token, Funnel both its switches, an address the host', () => {
  expect(imported({ gateway: { auth: { mode: 'password', password: 'pw' }, tailscale: { mode: 'funnel' } } }).document).toEqual({
    gateway: { auth: { type: 'token', token: 'pw' }, tailscale: { enabled: true, funnel: { enabled: true } } },
  });
  expect(imported({ gateway: { bind: 'custom', customBindHost: '10.1.2.3' } }).document).toEqual({
    gateway: { network: { host: '10.1.2.3' } },
  });
  // Tailscale reaches the gateway from its own machine.
  const both = { gateway: { tailscale: { mode: 'serve' }, bind: 'custom', customBindHost: '10.1.2.3' } };
  expect(imported(both).document).toEqual({ gateway: { tailscale: { enabled: true } } });
});

test('D secrets from the environment and from a file of their own are taken as references, others left to a person', () => {
  const secrets = {
    providers: {
      one: { source: 'file', path: '/run/secrets/one', mode: 'singleValue' },
      many: { source: 'file', path: '/s.json', mode: 'json' },
    },
  };
  const telegram = (botToken: unknown) => ({ secrets, channels: { telegram: { botToken } } });
  expect(imported(telegram({ source: 'file', provider: 'one', id: 'value' })).document).toEqual({
    channels: { telegram: { botToken: { file: '/run/secrets/one' } } },
  });
  for (const botToken of [
    { source: 'file', provider: 'many', id: '/a' },
    { source: 'exec', provider: 'vault', id: 'x' },
    `\${TOKEN:-none}`,
  ]) {
    expect(todo(telegram(botToken))).toHaveProperty('channels.telegram.botToken');
  }
});

test('D what this gateway would refuse is not taken over, and the reason is its own', () => {
  expect(whyNot({ gateway: { port: 'many' } })).toEqual({ 'gateway.port': 'Expected a whole number from 0 to 65535.' });
  expect(
    whyNot({
      agents: { list: [{ id: 'bad name' }] },
      bindings: [
        { agentId: 'ghost', match: {} },
        { agentId: 'main', match: { channel: 7 } },
        { agentId: 'main', match: { channel: 'telegram' } },
      ],
    }),
  ).toEqual({
    'agents.list[0]': expect.stringContaining('no name of an agent'),
    'bindings[0]': 'There is no agent ghost.',
    'bindings[1]': expect.stringContaining('the name of a channel'),
  });
  expect(imported({ gateway: { auth: { mode: 'none' }, bind: 'lan' } }).document).toEqual({ gateway: { network: { host: '0.0.0.0' } } });
  expect(whyNot({ models: { providers: { v: { api: 'google-vertex' } } }, channels: { matrix: { dmPolicy: 'open' } }, cron: {} })).toEqual({
    'models.providers.v': expect.stringContaining('openai-completions'),
    'channels.matrix': expect.stringContaining('no such channel'),
    cron: expect.stringContaining('scheduled'),
  });
});

test('D variables and included files are told, not lost; an empty file gives an empty one', () => {
  expect(todo({ env: { vars: { KEY: 'value-of-the-key' } }, agents: { $include: './a.json5' } })).toEqual({
    'env.vars': expect.stringMatching(/^Set KEY /),
    'agents.$include': expect.stringContaining('not read'),
  });
  expect(JSON.stringify(imported({ env: { vars: { KEY: 'value-of-the-key' } } }))).not.toContain('value-of-the-key');
  expect(importConfig('')).toEqual({ document: {}, mapped: [], unmapped: [], byHand: [] });
  expect(() => importConfig('[]')).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
});

test('D the gateway says of such a file that it can be imported', () => {
  expect(() => readConfig(JSON.stringify(TYPICAL), { env: {} })).toThrow(
    expect.objectContaining({ details: expect.objectContaining({ remedy: expect.stringContaining('openclaw config import') }) }),
  );
});
