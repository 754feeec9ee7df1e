import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureProgram } from '../scripts/programs.mjs';
import { type GatewayProcess, startGateway } from './gateway-process.ts';

const run = promisify(execFile);

/** How each shell is asked what may follow a line: by its own machinery, or as near to it as it can be without a terminal. */
const SHELLS = {
  bash: {
    program: 'bash',
    // What readline does: `=` and `:` part words, too.
    args: (line: string) => [
      ...['--norc', '-c'],
      `source "$SCRIPT"; COMP_WORDS=(openclaw ${line.replaceAll('=', ' = ')}); [[ "$LINE" == *' ' ]] && COMP_WORDS+=('')
       COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); complete -p openclaw >/dev/null && _openclaw; printf '%s\\n' "\${COMPREPLY[@]}"`,
    ],
  },
  zsh: {
    program: 'zsh',
    args: (line: string) => [
      ...['-f', '-c'],
      `compadd() { print -l -- "\${names[@]}" }; compset() { }; compdef() { }; _files() { [[ $1 == -/ ]] && print -l -- *(/N) || print -l -- *(N) }
       source "$SCRIPT"; words=(openclaw ${line}); [[ "$LINE" == *' ' ]] && words+=(''); CURRENT=$#words
       _openclaw`,
    ],
  },
  fish: { program: 'fish', args: (line: string) => ['--no-config', '-c', `source "$SCRIPT"; complete -C "openclaw ${line}"`] },
} as const;

let gateway: GatewayProcess;
let folder: string;
let session: string;

beforeAll(async () => {
  await Promise.all([ensureProgram('zsh'), ensureProgram('fish'), ensureProgram('shellcheck')]);
  gateway = await startGateway();
  await gateway.json('/api/messages?wait=20s', { method: 'POST', body: JSON.stringify({ from: 'anna', text: 'hello' }) });
  session = (await gateway.json<{ rows: { sessionId: string }[] }>('/api/sessions')).rows[0]?.sessionId ?? '';
  folder = await mkdtemp(join(tmpdir(), 'openclaw-completion-'));
  for (const shell of Object.keys(SHELLS)) {
    await writeFile(join(folder, `script.${shell}`), (await gateway.command(['completion', shell])).stdout);
  }
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

describe.each(Object.entries(SHELLS))('openclaw completion %s', (name, { program, args }) => {
  /** What the shell offers behind `openclaw <line>`. */
  async function offers(line: string): Promise<readonly string[]> {
    const PATH = [join(import.meta.dirname, '../node_modules/.bin'), process.env['PATH']].join(delimiter);
    const env = {
      ...process.env,
      PATH,
      SCRIPT: join(folder, `script.${name}`),
      LINE: line,
      OPENCLAW_STATE_DIR: gateway.stateDir,
      HOME: folder,
    };
    const { stdout } = await run(program, args(line), { env, cwd: folder });
    const found = stdout.split('\n').map((text) => (text.split('\t')[0] ?? '').trim());
    // zsh itself leaves out what does not begin with the word.
    const word = /[^ =]*$/.exec(line)?.[0] ?? '';
    return found.filter((text) => text !== '' && (name !== 'zsh' || text.startsWith(word))).sort();
  }

  it.each([
    ['the commands', 'gat', ['gateway']],
    ['the commands of a group', 'gateway st', ['start', 'status', 'stop']],
    ['options', 'gateway run --p', ['--port']],
    ['the options of the command that needs no name', 'gateway --po', ['--port']],
    ['the choices of an option', 'logs --level ', ['debug', 'error', 'fatal', 'info', 'warn']],
    ['the choices of an argument', 'completion ', ['bash', 'fish', 'zsh']],
    ['keys of the configuration', 'config set gateway.network.po', ['gateway.network.port']],
    ['no command behind the value of an option', 'message send --to gateway --mes', ['--message']],
    ['nothing where nothing is known', 'config set gateway.network.port ', []],
  ])('offers %s: openclaw %s', async (_what, line, expected) => {
    expect(await offers(line)).toEqual(expected);
  });

  it('offers the value behind an equals sign', async () => {
    const found = await offers('logs --level=in');
    expect(found.map((text) => text.replace(/^--level=/, ''))).toEqual(['info']);
  });

  it('offers the sessions of the running gateway', async () => {
    expect(await offers('sessions show ')).toEqual([session]);
    expect(await offers('events list --session ')).toEqual([session]);
  });

  it('offers files', async () => {
    expect(await offers('config validate ')).toEqual(expect.arrayContaining(['script.bash', 'script.fish', 'script.zsh']));
  });

  it('has no syntax error', async () => {
    await run(program, ['-n', join(folder, `script.${name}`)]);
    if (name === 'bash') await run('shellcheck', [join(folder, 'script.bash')]);
  });
});

it('the hidden command answers the shells, and nothing to what it does not know', async () => {
  const { stdout } = await gateway.command(['__complete', 'sessions']);
  expect(stdout).toContain(session);
  expect((await gateway.command(['__complete', 'nonsense'])).stdout).toBe('');
});
