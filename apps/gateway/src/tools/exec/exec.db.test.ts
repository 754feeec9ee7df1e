import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { type Bench, swapping, toolBench } from '../testing.ts';

const node = process.execPath;
/** One that nobody has collected yet runs no more, either. */
const isGone = (pid: number) => /^Z|^$/.test(spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim());
const running = (code: string) => ({ argv: [node, '-e', code] });
const text = (result: Record<string, unknown>) => (result['stdout'] as { text?: string }).text;

test('A5 a program is run in the workspace and what it printed is returned', async () => {
  const { run, root } = await toolBench();
  await mkdir(join(root, 'sub'));
  expect(await run('exec.run', { argv: ['pwd'] })).toEqual({
    exitCode: 0,
    signal: null,
    stdout: { text: `${root}\n` },
    stderr: { text: '' },
  });
  expect(text(await run('exec.run', { argv: ['pwd', '-P'], cwd: 'sub' }))).toBe(`${join(root, 'sub')}\n`);
  expect(text(await run('exec.run', { argv: ['cat'], input: 'héllo' }))).toBe('héllo');
  expect(await run('exec.run', running('console.error("bad"); process.exit(3)'))).toMatchObject({ exitCode: 3, stderr: { text: 'bad\n' } });
});

test('A5 a program of the workspace is run by its path', async () => {
  const { run, root } = await toolBench();
  await writeFile(join(root, 'tool.py'), `#!${node}\nconsole.log(process.argv.slice(2).join("|"))`, { mode: 0o755 });
  expect(text(await run('exec.run', { argv: ['./tool.py', 'a b', '$HOME', ''] }))).toBe('a b|$HOME|\n');
});

test('A5 tools.exec.timeout ends a program and everything it started', async () => {
  const { run } = await toolBench({ exec: { timeout: '700ms' } });
  const code = `const { spawn } = require('node:child_process');
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
    console.log(process.pid, child.pid); setInterval(() => {}, 1000)`;
  const result = await run('exec.run', running(code));
  expect(result).toMatchObject({ ended: 'timeout', signal: 'SIGKILL', exitCode: null });
  const pids = (text(result) ?? '').trim().split(' ').map(Number);
  expect(pids).toHaveLength(2);
  await vi.waitFor(() => expect(pids.map(isGone)).toEqual([true, true]));
});

test('A5 a cancelled run kills its program, and what a program leaves behind is killed with its end', async () => {
  const { run, root } = await toolBench();
  const control = new AbortController();
  const pidFile = join(root, 'pid');
  const call = run('exec.run', running('require("fs").writeFileSync("pid", String(process.pid)); setInterval(() => {}, 1000)'), {
    signal: control.signal,
  });
  const refusal = expect(call).rejects.toMatchObject({ code: 'RUN_ABORTED' });
  const pid = await vi.waitFor(async () => Number(await readFile(pidFile, 'utf8')) || Promise.reject(new Error('not yet')), 10_000);
  control.abort();
  await refusal;
  await vi.waitFor(() => expect(isGone(pid)).toBe(true));
  const left = await run('exec.run', {
    argv: [node, '-e', 'const c = require("child_process").spawn("sleep", ["1000"], { stdio: "ignore" }); c.unref(); console.log(c.pid)'],
  });
  await vi.waitFor(() => expect(isGone(Number(text(left)))).toBe(true));
});

test('A5 tools.exec.output ends a program that prints without end; its beginning and end are kept', async () => {
  const { run } = await toolBench({ exec: { output: '256k' } });
  const result = await run('exec.run', { argv: ['yes', 'spam'] });
  expect(result).toMatchObject({ ended: 'output', stdout: { omittedBytes: expect.any(Number) } });
  expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(64 * 1024);
  const long = await run('exec.run', running('process.stdout.write("first " + "x".repeat(100000) + " last")'));
  expect(text(long)).toMatch(/^first x+\n\[… \d+ bytes left out …\]\nx+ last$/);
});

test('A5 binary and hostile output is safe to show', async () => {
  const { run } = await toolBench();
  const binary = await run('exec.run', { argv: ['head', '-c', '5000', '/dev/zero'] });
  expect(binary).toMatchObject({ stdout: { binary: true, sizeBytes: 5000 } });
  const code = 'process.stdout.write("\\u001b[31mred\\u001b[0m\\u001b]0;title\\u0007 \\u202Eevil\\u0008\\r\\nend")';
  expect(text(await run('exec.run', running(code)))).toBe('red \uFFFDevil\uFFFD\nend');
  const controls = await run('exec.run', running('process.stdout.write("\\u0001".repeat(60000))'));
  expect(Buffer.byteLength(JSON.stringify(controls))).toBeLessThan(64 * 1024);
});

test.runIf(process.platform === 'linux')('A5 tools.exec.memory bounds what a process takes', async () => {
  const { run } = await toolBench({ exec: { memory: '100m' } });
  const greedy = await run('exec.run', { argv: ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=400M', 'count=1'] });
  expect(greedy['exitCode']).not.toBe(0);
  expect((greedy['stderr'] as { text: string }).text).toMatch(/memory/i);
});

test('A5 tools.exec.fileSize bounds what a program writes', async () => {
  const { run, root } = await toolBench({ exec: { fileSize: '64k' } });
  const result = await run('exec.run', { argv: ['dd', 'if=/dev/zero', 'of=big', 'bs=1k', 'count=1000'] });
  expect(result['exitCode']).not.toBe(0);
  expect((await readFile(join(root, 'big'))).length).toBeLessThanOrEqual(64 * 1024);
});

test('A5 tools.exec.environment is all a program gets of the environment, beside path, home, language and time zone', async () => {
  vi.stubEnv('OPENCLAW_SECRET', 'hunter2-hunter2');
  vi.stubEnv('PASSED_ON', 'yes');
  const code = 'console.log(JSON.stringify(process.env))';
  const { run, root } = await toolBench({ exec: { environment: ['PASSED_ON'] } });
  const environment = JSON.parse(text(await run('exec.run', running(code))) ?? '') as Record<string, string>;
  expect(environment).toMatchObject({ HOME: root, PASSED_ON: 'yes', TERM: 'dumb' });
  const known = ['PATH', 'HOME', 'TERM', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'PASSED_ON', 'PWD', 'OLDPWD', 'SHLVL', '_'];
  expect(Object.keys(environment).filter((name) => !known.includes(name))).toEqual([]);
});

test('A5 the main thread goes on while a program runs', async () => {
  const { run } = await toolBench({ exec: { timeout: '600ms' } });
  let ticks = 0;
  const timer = setInterval(() => {
    ticks += 1;
  }, 10);
  await run('exec.run', running('for (;;) ;'));
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(10);
});

async function untouched({ outside }: Bench): Promise<void> {
  expect(await readdir(outside)).toEqual(['secret.txt']);
}

describe('an escape does not succeed', () => {
  test.each(['..', '../..', '/', '/tmp', 'a/../..', '../outside', '/proc/self/cwd', 'a\0', 'nowhere', 'file'])('A5 cwd %j', async (cwd) => {
    const bench = await toolBench();
    await writeFile(join(bench.root, 'file'), '');
    await expect(bench.run('exec.run', { argv: ['touch', 'mark'], cwd })).rejects.toMatchObject({ code: expect.stringMatching(/^TOOL_/) });
    await untouched(bench);
  });

  test.each([
    ['a folder outside', 'outside'],
    ['the root', '/'],
    ['the folder above', '..'],
    ['/proc/self/cwd', '/proc/self/cwd'],
  ])('A5 cwd through a link to %s', async (_, target) => {
    const bench = await toolBench();
    await symlink(target === 'outside' ? bench.outside : target, join(bench.root, 'd'));
    await expect(bench.run('exec.run', { argv: ['touch', 'mark'], cwd: 'd' })).rejects.toMatchObject({ code: 'TOOL_FAILED' });
    await untouched(bench);
  });

  test('A5 cwd while the folder becomes a link and back, again and again', async () => {
    const bench = await toolBench();
    const stop = swapping(bench, 'd');
    for (let round = 0; round < 40; round++) await bench.run('exec.run', { argv: ['touch', 'mark'], cwd: 'd' }).catch(() => undefined);
    await stop();
    await untouched(bench);
  });

  test.each([
    ['; touch ../../outside/mark'],
    ['$(touch ../../outside/mark)'],
    ['`touch ../../outside/mark`'],
    ['| touch ../../outside/mark'],
    ['&& touch ../../outside/mark'],
    ['\n touch ../../outside/mark'],
    ['> ../../outside/mark'],
    ['"; touch ../../outside/mark; "'],
    ["'; touch ../../outside/mark; '"],
    ['${IFS}touch${IFS}../../outside/mark'],
    ['-- ; touch ../../outside/mark'],
  ])('A5 no shell reads the argument %j', async (argument) => {
    const bench = await toolBench();
    expect(text(await bench.run('exec.run', { argv: ['printf', '%s', argument] }))).toBe(argument);
    await untouched(bench);
  });

  test.each([['sh'], ['bash'], ['/bin/sh'], ['/bin/dash'], ['//bin//sh'], ['busybox'], ['./innocent']])(
    'A5 the shell %s is not run unless tools.exec.shell is on',
    async (shell) => {
      const bench = await toolBench();
      await symlink('/bin/sh', join(bench.root, 'innocent'));
      const code = { code: expect.stringMatching(shell === 'busybox' ? /^TOOL_(DENIED|FAILED)$/ : /^TOOL_DENIED$/) };
      await expect(bench.run('exec.run', { argv: [shell, '-c', 'touch ../../outside/mark'] })).rejects.toMatchObject(code);
      await untouched(bench);
    },
  );

  test('A5 a shell is run where tools.exec.shell is on', async () => {
    const { run } = await toolBench({ exec: { shell: true } });
    expect(text(await run('exec.run', { argv: ['sh', '-c', 'echo $((1 + 1))'] }))).toBe('2\n');
  });

  test.each([[['']], [['no-such-program']], [['./nothing']], [['/etc/passwd']], [['.']], [['ls', 'a\0b']]])(
    'A5 %j is no program',
    async (argv) => {
      const { run } = await toolBench();
      await expect(run('exec.run', { argv })).rejects.toMatchObject({ code: expect.stringMatching(/^TOOL_(FAILED|BAD_ARGUMENTS)$/) });
    },
  );
});
