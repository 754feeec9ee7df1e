import { describe, expect, it } from 'vitest';
import { readConfig } from '../../config/index.ts';
import { type Choices, makePlan } from './plan.ts';
import { knownProviders, ollama } from './providers.ts';

const plan = (present: string | undefined, choices: Choices) => makePlan(present, choices, { file: 'openclaw.json', env: {} });

const ALL: Choices = {
  model: 'anthropic/claude-x',
  provider: { name: 'anthropic', api: 'anthropic-messages', keyVariable: 'ANTHROPIC_API_KEY' },
  host: '0.0.0.0',
  port: 4711,
  channel: { service: 'telegram', variables: { botToken: 'BOT' }, allowFrom: ['42'] },
};

describe('B6 the file that onboarding writes', () => {
  it('is valid and says what was chosen, with a comment above each part', async () => {
    const { text, isNew } = await plan(undefined, ALL);
    const { config } = readConfig(text, { env: { ANTHROPIC_API_KEY: 'key', BOT: '1:token' } });
    expect(isNew).toBe(true);
    expect(config.agents.defaults.model).toBe('anthropic/claude-x');
    expect(config.models.providers['anthropic']).toMatchObject({ api: 'anthropic-messages', apiKey: 'key' });
    expect(config.gateway.network).toMatchObject({ host: '0.0.0.0', port: 4711 });
    expect(config.channels['telegram']).toMatchObject({ botToken: '1:token', allowFrom: ['42'] });
    for (const part of ['gateway', 'models', 'agents', 'channels']) expect(text).toMatch(new RegExp(`// .+\n {2}${part}: `));
  });

  it('holds an example of everything that was not chosen, which is valid without its "//"', async () => {
    const { text, config } = await plan('', {});
    expect(config).toEqual(readConfig('', { env: {} }).config);
    const uncommented = text.replaceAll(/^ {2}\/\/ (?=(gateway|models|agents|channels): )/gm, '  ');
    expect(() => readConfig(uncommented, { env: { TELEGRAM_BOT_TOKEN: '1:token' } })).not.toThrow();
    expect(uncommented).not.toBe(text);
  });

  it('names environment variables in place of secrets, and tells of changes without them', async () => {
    const { changes } = await plan('{ channels: { telegram: { botToken: "1:in-the-file" } } }', ALL);
    expect(changes.find(({ path }) => path === 'channels.telegram.botToken')).toMatchObject({ op: 'replace', before: '***' });
    expect(JSON.stringify(changes)).not.toContain('in-the-file');
  });
});

describe('B6 a file that is there already', () => {
  const present = `{ // mine
  agents: { defaults: { model: 'echo/echo' /* for now */ } },
}
`;

  it('keeps every letter that is not a chosen key', async () => {
    const { text, isNew, changes, restartNeeded } = await plan(present, { port: 4711 });
    expect(isNew).toBe(false);
    expect(text.startsWith(present.slice(0, present.lastIndexOf('}')))).toBe(true);
    expect(changes).toEqual([{ path: 'gateway.network.port', op: 'add', after: 4711 }]);
    expect(restartNeeded).toEqual(['gateway.network.port']);
  });

  it('is the same text when it says all of it', async () => {
    const { text: first } = await plan(undefined, ALL);
    expect(await plan(first, ALL)).toMatchObject({ text: first, changes: [] });
  });

  it('is told apart where it says otherwise', async () => {
    expect((await plan(present, { model: 'a/b' })).changes).toEqual([
      { path: 'agents.defaults.model', op: 'replace', before: 'echo/echo', after: 'a/b' },
    ]);
  });
});

describe('B6 the addresses of providers', () => {
  it.each([
    [undefined, 'http://127.0.0.1:11434/v1'],
    ['0.0.0.0', 'http://127.0.0.1:11434/v1'],
    ['box.local', 'http://box.local:11434/v1'],
    ['box.local:8080', 'http://box.local:8080/v1'],
    ['https://ollama.example', 'https://ollama.example/v1'],
    ['[::1]:11434', 'http://[::1]:11434/v1'],
  ])('OLLAMA_HOST %s is reached at %s', (given, url) => {
    expect(ollama(given === undefined ? {} : { OLLAMA_HOST: given }).baseUrl).toBe(url);
  });

  it('are taken from the variables that the vendors themselves read', () => {
    const found = knownProviders({ ANTHROPIC_BASE_URL: 'https://proxy.example/', OPENAI_BASE_URL: 'https://proxy.example/v1' });
    expect(found.slice(0, 2).map(({ baseUrl }) => baseUrl)).toEqual(['https://proxy.example/v1', 'https://proxy.example/v1']);
  });
});
