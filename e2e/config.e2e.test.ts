/** The configuration of a running and of a stopped gateway, changed as people and their editors do it. */
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BROKEN } from '../apps/gateway/src/config/testing/broken.ts';
import { type GatewayProcess, prepareGateway, runCommand, startGateway, until } from './gateway-process.ts';

type Event = { readonly position: number; readonly type: string; readonly data: Record<string, unknown> };
type Version = {
  readonly position: number;
  readonly source: string;
  readonly reason?: string;
  readonly hash: string;
  readonly restoredFrom?: number;
};

const SECRET = 'a-token-that-nobody-may-see';
const CONFIG = {
  agents: { defaults: { systemPrompt: 'Be brief.', maxSteps: 4 } },
  hooks: { entries: { ci: { secret: 'hook-secret-0123456789' } } },
};
const say = (text: string) => ({ method: 'POST', body: JSON.stringify({ from: 'anna', text }) });

const fileOf = (gateway: GatewayProcess) => join(gateway.stateDir, 'openclaw.json');
const openclaw = async (gateway: GatewayProcess, ...args: string[]) => {
  const result = await gateway.command(args);
  expect(result.code, `openclaw ${args.join(' ')}: ${result.stdout}${result.stderr}`).toBe(0);
  return result.stdout;
};
const versions = async (gateway: GatewayProcess): Promise<Version[]> =>
  (JSON.parse(await openclaw(gateway, 'config', 'history', '--json')) as { versions: Version[] }).versions;
const newest = async (gateway: GatewayProcess, filter = ''): Promise<number> =>
  (await gateway.json<{ rows: Event[] }>(`/api/events?limit=1${filter}`)).rows[0]?.position ?? 0;

describe('a hundred broken configurations', () => {
  it('D leave a running gateway unharmed: last good in force, messages answered, each refusal recorded with what is wrong', async () => {
    await using gateway = await startGateway({ config: CONFIG });
    const { hash } = await gateway.json<{ hash: string }>('/api/config');
    const started = await newest(gateway, '&type=config.*');
    const texts = [...BROKEN.map(([text]) => text), '{ gateway: ', '', 'not JSON5 at all'];
    const positions: number[] = [];
    for (const [index, text] of texts.entries()) {
      // As an editor does it: a new file is put in the old one's place.
      await writeFile(`${fileOf(gateway)}.swp`, text);
      await rename(`${fileOf(gateway)}.swp`, fileOf(gateway));
      const position = await until(`the refusal of ${text}`, async () => {
        const last = await newest(gateway, '&type=config.*');
        return last > (positions.at(-1) ?? started) ? last : undefined;
      });
      positions.push(position);
      if (index % 25 === 0) {
        const answer = await gateway.json<{ reply: string }>('/api/messages?wait=20s', say(`still there ${index}?`));
        expect(answer.reply).toBe(`echo: still there ${index}?`);
      }
    }
    const current = await gateway.json<{ hash: string; config: { agents: { defaults: { maxSteps: number } } } }>('/api/config');
    expect(current).toMatchObject({ hash, config: { agents: { defaults: { maxSteps: 4 } } } });

    const events: Event[] = [];
    for (const position of positions) events.push(await gateway.json<Event>(`/api/events/${position}`));
    expect(events.map(({ type }) => type)).toEqual(texts.map(() => 'config.rejected'));
    for (const [index, [text, path, value, expected]] of BROKEN.entries()) {
      expect(events[index]?.data['findings'], text).toContainEqual(
        expect.objectContaining({ path, ...(value !== undefined && { value }), expected: expect.stringContaining(expected) }),
      );
    }
    expect((await gateway.json<{ reply: string }>('/api/messages?wait=20s', say('and now?'))).reply).toBe('echo: and now?');
    const diff = await openclaw(gateway, 'config', 'diff');
    expect(diff).toContain('is refused, and the last good configuration runs');

    await writeFile(fileOf(gateway), JSON.stringify({ agents: { defaults: { maxSteps: 9 } } }));
    await until('the repaired file', async () => ((await versions(gateway))[0]?.source === 'file' ? true : undefined));
    expect(await openclaw(gateway, 'config', 'get', 'agents.defaults.maxSteps')).toBe('9\n');
  });
});

describe('the history of the configuration', () => {
  it('B14 beside a running gateway: reasons, bases, trials, differences and the way back', async () => {
    await using gateway = await startGateway({ config: CONFIG });
    const base = (await openclaw(gateway, 'config', 'file', '--hash')).trim();
    const [first] = await versions(gateway);
    expect(first).toMatchObject({ source: 'start', hash: base });

    expect(await openclaw(gateway, 'config', 'set', 'agents.defaults.maxSteps', '5', '--dry-run')).toBe(
      'agents.defaults.maxSteps: 4 → 5\nNothing was changed.\n',
    );
    await openclaw(gateway, 'config', 'set', 'agents.defaults.maxSteps', '5', '--base', base, '--reason', 'Longer work.');
    const stale = await gateway.command(['config', 'set', 'agents.defaults.maxSteps', '6', '--base', base]);
    expect(stale).toMatchObject({ code: 1, stderr: expect.stringContaining('The configuration was changed meanwhile') });
    await openclaw(gateway, 'config', 'set', 'gateway.auth.token', SECRET, '--reason', 'A token of our own.');
    await openclaw(gateway, 'config', 'set', 'gateway.network.port', '4000');

    const history = await openclaw(gateway, 'config', 'history');
    expect(history).toMatch(/agents\.defaults\.maxSteps — Longer work\./);
    expect(history).toContain('gateway-token');
    expect((await openclaw(gateway, 'config', 'history', '--limit', '1')).trim().split('\n').at(-1)).toMatch(
      /config history --before \d+$/,
    );
    expect(await openclaw(gateway, 'config', 'diff')).toBe('gateway.network.port: not set → 4000 (after a restart)\n');
    expect(await openclaw(gateway, 'config', 'diff', String(first?.position))).toContain('agents.defaults.maxSteps: 4 → 5');
    expect(await openclaw(gateway, 'config', 'diff', '-0s', fileOf(gateway))).toContain('nothing differs.');

    const back = await openclaw(gateway, 'config', 'rollback', base.slice(0, 12), '--reason', 'It was better.');
    expect(back).toContain('agents.defaults.maxSteps: 5 → 4');
    expect(await versions(gateway)).toMatchObject([
      { source: 'rollback', reason: 'It was better.', restoredFrom: first?.position },
      { source: 'command' },
      { source: 'command', reason: 'A token of our own.' },
      { source: 'command', reason: 'Longer work.' },
      { source: 'start' },
    ]);
    const written = await readFile(fileOf(gateway), 'utf8');
    expect(JSON.parse(written)).toEqual(CONFIG);
    expect(await openclaw(gateway, 'config', 'rollback', base.slice(0, 12))).toContain('already');
    const shown = await openclaw(gateway, 'events', 'list', '--type', 'config.changed', '--json');
    expect(shown + history).not.toContain(SECRET);
  });

  it('B14 of a stopped gateway: read from the log, rolled back in the file, recorded by the next start', async () => {
    await using gateway = await startGateway({ config: CONFIG });
    const [first] = await versions(gateway);
    await openclaw(gateway, 'config', 'set', 'agents.defaults.maxSteps', '5');
    await openclaw(gateway, 'config', 'set', 'hooks.entries.deploy', '{ secret: "deploy-secret-0123456789" }');
    const [withHook] = await versions(gateway);
    await openclaw(gateway, 'config', 'unset', 'hooks.entries.deploy');
    await gateway.stop();

    expect(await versions(gateway)).toHaveLength(4);
    expect(await openclaw(gateway, 'config', 'diff')).toContain('is as it last ran.');
    const missing = await gateway.command(['config', 'rollback', String(withHook?.position)]);
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('hooks.entries.deploy.secret') });
    const back = await openclaw(gateway, 'config', 'rollback', String(first?.position), '--reason', 'While it was down.');
    expect(back).toContain('The gateway is stopped; this holds from its next start.');
    expect(JSON.parse(await readFile(fileOf(gateway), 'utf8'))).toEqual(CONFIG);
    expect(await openclaw(gateway, 'config', 'diff')).toContain('agents.defaults.maxSteps: 5 → 4');

    await gateway.start();
    expect((await versions(gateway))[0]).toMatchObject({ source: 'rollback', reason: 'While it was down.', restoredFrom: first?.position });
    expect(
      (await gateway.json<{ config: { agents: { defaults: { maxSteps: number } } } }>('/api/config')).config.agents.defaults.maxSteps,
    ).toBe(4);
  });
});

describe('config schema and import', () => {
  it('B14 prints the schema that the gateway serves to everybody, and that lies beside the documentation', async () => {
    await using gateway = await startGateway();
    const printed = JSON.parse(await openclaw(gateway, 'config', 'schema')) as object;
    const served = await fetch(`${gateway.url()}/config.schema.json`);
    expect([served.status, await served.json()]).toEqual([200, printed]);
    expect(JSON.parse(await readFile(join(import.meta.dirname, '../docs/openclaw.schema.json'), 'utf8'))).toEqual(printed);
  });

  it('D takes over the file of OpenClaw itself, which the gateway refuses with the command that reads it', async () => {
    const home = await mkdtemp(join(tmpdir(), 'openclaw-home-'));
    try {
      await using gateway = await prepareGateway({ stateDir: home });
      const foreign = {
        meta: { lastTouchedVersion: '2026.9.1' },
        gateway: { mode: 'local', port: 0, auth: { mode: 'token', token: SECRET } },
        agents: { list: [{ id: 'ann', model: { primary: 'echo/echo', fallbacks: [] } }] },
        cron: {},
      };
      await writeFile(fileOf(gateway), JSON.stringify(foreign));
      const refused = await gateway.command(['gateway', 'run']);
      expect(refused).toMatchObject({ code: 78, stderr: expect.stringContaining('openclaw config import') });

      const plan = await openclaw(gateway, 'config', 'import', fileOf(gateway), '--dry-run');
      expect(plan).toContain('gateway.port → gateway.network.port');
      expect(plan).not.toContain(SECRET);
      expect(JSON.parse(await readFile(fileOf(gateway), 'utf8'))).toEqual(foreign);
      const taken = await gateway.command(['config', 'import', fileOf(gateway)]);
      expect(taken).toMatchObject({ code: 1, stderr: expect.stringContaining('--force') });

      const done = await openclaw(gateway, 'config', 'import', fileOf(gateway), '--force');
      expect(done).not.toContain(SECRET);
      expect(JSON.parse(await readFile(`${fileOf(gateway)}.bak`, 'utf8'))).toEqual(foreign);
      await gateway.start();
      const answer = await fetch(`${gateway.url()}/api/messages?wait=20s`, {
        ...say('hello'),
        headers: { authorization: `Bearer ${SECRET}`, 'content-type': 'application/json' },
      });
      expect(await answer.json()).toMatchObject({ reply: 'echo: hello' });
      await openclaw(gateway, 'config', 'import', `${fileOf(gateway)}.bak`, '--force');
      expect((await readdir(home)).filter((name) => name.includes('.bak')).toSorted()).toEqual([
        'openclaw.json.bak',
        'openclaw.json.bak.2',
      ]);
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });

  it('D a wrong file to import is named', async () => {
    const { code, stderr } = await runCommand(['config', 'import', '/nowhere/openclaw.json'], {
      ...process.env,
      OPENCLAW_STATE_DIR: tmpdir(),
    });
    expect(code).toBe(78);
    expect(stderr).toContain('/nowhere/openclaw.json');
  });
});
