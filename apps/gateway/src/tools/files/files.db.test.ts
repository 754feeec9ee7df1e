import { execFileSync } from 'node:child_process';
import { chmod, link, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ToolContext } from '@openclaw-gateway/sdk';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Bench, swapping, toolBench } from '../testing.ts';

const refused = { code: expect.stringMatching(/^TOOL_(FAILED|BAD_ARGUMENTS)$/) };

async function untouched({ outside }: Bench): Promise<void> {
  expect(await readdir(outside)).toEqual(['secret.txt']);
  expect(await readFile(join(outside, 'secret.txt'), 'utf8')).toBe('top secret');
}

test('A5 files are written, read, edited, listed and found', async () => {
  const { run, root } = await toolBench();
  expect(await run('files.write', { path: 'notes/a.md', text: 'one\ntwo\n' })).toEqual({ path: 'notes/a.md', sizeBytes: 8, created: true });
  expect(await run('files.write', { path: './notes//a.md', text: 'one\ntwo\nthree' })).toMatchObject({
    path: 'notes/a.md',
    created: false,
  });
  expect(await run('files.edit', { path: 'notes/a.md', find: 'two', replace: '2' })).toMatchObject({ replaced: 1 });
  expect(await run('files.read', { path: 'notes/a.md' })).toEqual({ path: 'notes/a.md', sizeBytes: 11, text: 'one\n2\nthree' });
  await mkdir(join(root, 'sub'));
  await symlink('/etc', join(root, 'etc'));
  expect(await run('files.list', {})).toEqual({
    path: '.',
    entries: [
      { name: 'etc', kind: 'link' },
      { name: 'notes', kind: 'folder' },
      { name: 'sub', kind: 'folder' },
    ],
  });
  expect(await run('files.search', { text: 'THREE', ignoreCase: true })).toEqual({
    found: [{ path: 'notes/a.md', line: 3, text: 'three' }],
    filesSeen: 1,
    complete: true,
  });
  expect(await run('files.search', { name: '*.md' })).toMatchObject({ found: [{ path: 'notes/a.md' }] });
  expect(await readdir(join(root, 'notes'))).toEqual(['a.md']);
});

test('A5 tools.workspaces says where the folders of the agents lie, and each agent has its own', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'elsewhere-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { run } = await toolBench({ workspaces: folder });
  await run('files.write', { path: 'a', text: 'of main' });
  await run('files.write', { path: 'a', text: 'of work' }, { agentId: 'work' });
  expect(await readFile(join(folder, 'main/a'), 'utf8')).toBe('of main');
  expect(await run('files.read', { path: 'a' }, { agentId: 'work' })).toMatchObject({ text: 'of work' });
});

test('A5 a file that is longer than a part is read part by part, and what is no text is only named', async () => {
  const { run, root } = await toolBench();
  await writeFile(join(root, 'long.txt'), 'x'.repeat(40_000));
  expect(await run('files.read', { path: 'long.txt' })).toMatchObject({ sizeBytes: 40_000, nextOffset: 32_768 });
  const rest = await run('files.read', { path: 'long.txt', offset: 32_768 });
  expect(rest['text']).toHaveLength(7232);
  expect(rest).not.toHaveProperty('nextOffset');
  await writeFile(join(root, 'b.bin'), Buffer.from([1, 0, 2, 255]));
  expect(await run('files.read', { path: 'b.bin' })).toEqual({ path: 'b.bin', sizeBytes: 4, binary: true });
});

test('A5 a long file in Chinese is read part by part and no character is lost', async () => {
  const { run, root } = await toolBench();
  for (const start of ['', 'a', 'ab']) {
    const whole = start + '漢字'.repeat(20_000);
    await writeFile(join(root, 'long.txt'), whole);
    let read = '';
    for (let offset: number | undefined = 0; offset !== undefined; ) {
      const result: Record<string, unknown> = await run('files.read', { path: 'long.txt', offset });
      read += result['text'];
      offset = result['nextOffset'] as number | undefined;
    }
    expect(read).toBe(whole);
  }
});

test('A5 what is listed and found has room in a result, however long its names and lines are, and what is left out is said', async () => {
  const { run, root } = await toolBench();
  const names = Array.from({ length: 400 }, (_, at) => `${String(at).padStart(3, '0')}-${'漢'.repeat(80)}`);
  await Promise.all(names.map((name) => writeFile(join(root, name), '漢字 '.repeat(200))));
  const listed = await run('files.list', {});
  expect((listed['entries'] as object[]).length + (listed['more'] as number)).toBe(400);
  expect(await run('files.search', { text: '漢字' })).toMatchObject({ complete: false });
});

test('A5 an edit that is not clear changes nothing', async () => {
  const { run, root } = await toolBench();
  await writeFile(join(root, 'a'), 'x x');
  await expect(run('files.edit', { path: 'a', find: 'x', replace: 'y' })).rejects.toMatchObject({
    message: expect.stringContaining('2 times'),
  });
  await expect(run('files.edit', { path: 'a', find: 'z', replace: 'y' })).rejects.toMatchObject({ code: 'TOOL_FAILED' });
  expect(await readFile(join(root, 'a'), 'utf8')).toBe('x x');
  expect(await run('files.edit', { path: 'a', find: 'x', replace: 'y', all: true })).toMatchObject({ replaced: 2 });
});

test('A5 a file keeps its mode, and a write that fails leaves the old one', async () => {
  const { run, root } = await toolBench();
  await writeFile(join(root, 'run.py'), 'a');
  await chmod(join(root, 'run.py'), 0o755);
  await run('files.write', { path: 'run.py', text: 'b' });
  expect((await stat(join(root, 'run.py'))).mode & 0o777).toBe(0o755);
  await mkdir(join(root, 'folder'));
  await expect(run('files.write', { path: 'folder', text: 'x' })).rejects.toMatchObject({ code: 'TOOL_FAILED' });
  await expect(run('files.write', { path: 'big', text: 'é'.repeat(600_000) })).rejects.toMatchObject({ code: 'TOOL_FAILED' });
  expect((await readdir(root)).toSorted()).toEqual(['folder', 'run.py']);
});

const NOWHERE = [
  '..',
  '../outside/secret.txt',
  '../../outside/secret.txt',
  'a/../../outside/secret.txt',
  './../outside/secret.txt',
  'a/b/../../../outside/secret.txt',
  '/etc/passwd',
  '//etc/passwd',
  '/proc/self/root/etc/passwd',
  'C:\\Windows\\win.ini',
  'a\0b',
  'secret.txt\0.md',
  '../main2/x',
  `${'a/'.repeat(100)}x`,
  'x'.repeat(300),
];

const TRAPS: readonly (readonly [string, (bench: Bench) => Promise<void>, string])[] = [
  ['a link to a file outside', (b: Bench) => symlink(join(b.outside, 'secret.txt'), join(b.root, 'x')), 'x'],
  ['a relative link to a file outside', (b: Bench) => symlink('../../outside/secret.txt', join(b.root, 'x')), 'x'],
  ['a link to a folder outside', (b: Bench) => symlink(b.outside, join(b.root, 'd')), 'd/secret.txt'],
  ['a link to the folder above', (b: Bench) => symlink('../..', join(b.root, 'd')), 'd/outside/secret.txt'],
  ['a link through /proc', (b: Bench) => symlink('/proc/self/cwd', join(b.root, 'd')), 'd/package.json'],
  ['a link to the root', (b: Bench) => symlink('/', join(b.root, 'd')), 'd/etc/passwd'],
  [
    'a link to a link',
    async (b: Bench) => {
      await symlink(b.outside, join(b.root, 'one'));
      await symlink('one', join(b.root, 'two'));
    },
    'two/secret.txt',
  ],
  ['a link to itself', (b: Bench) => symlink('loop', join(b.root, 'loop')), 'loop'],
  [
    'a link in a folder below',
    async (b: Bench) => {
      await mkdir(join(b.root, 'a/b'), { recursive: true });
      await symlink(b.outside, join(b.root, 'a/b/c'));
    },
    'a/b/c/secret.txt',
  ],
  ['a second name of a file outside', (b: Bench) => link(join(b.outside, 'secret.txt'), join(b.root, 'x')), 'x'],
  ['a pipe', async (b: Bench) => void execFileSync('mkfifo', [join(b.root, 'x')]), 'x'],
];

describe('an escape from the workspace does not succeed', () => {
  test.each(
    NOWHERE.flatMap((path) => ['files.read', 'files.write', 'files.list', 'files.search', 'files.edit'].map((tool) => [tool, path])),
  )('A5 %s %j', async (tool, path) => {
    const bench = await toolBench();
    const more =
      { 'files.write': { text: 'x' }, 'files.edit': { find: 'a', replace: 'b' }, 'files.search': { text: 'secret' } }[tool] ?? {};
    const result = await bench.run(tool, { path, ...more }).catch((error: unknown) => error);
    if (tool !== 'files.write' || !path.startsWith('a/a/')) expect(result).toMatchObject(refused);
    expect(JSON.stringify(result)).not.toContain('top secret');
    await untouched(bench);
  });

  test.each(TRAPS)('A5 files.{read,write,edit} through %s', async (_, make, path) => {
    const bench = await toolBench();
    await make(bench);
    await expect(bench.run('files.read', { path })).rejects.toMatchObject(refused);
    await expect(bench.run('files.edit', { path, find: 'top', replace: 'no' })).rejects.toMatchObject(refused);
    await bench.run('files.write', { path, text: 'overwritten' }).catch(() => undefined);
    expect(JSON.stringify(await bench.run('files.search', { text: 'secret' }))).not.toContain('top secret');
    await untouched(bench);
  });

  test('A5 a socket is not waited for', async () => {
    const bench = await toolBench();
    const server = createServer().listen(join(bench.root, 's'));
    onTestFinished(() => void server.close());
    await expect(bench.run('files.read', { path: 's' })).rejects.toMatchObject(refused);
  });

  test('A5 a write through a link that appears replaces the link, not what it leads to', async () => {
    const bench = await toolBench();
    await symlink(join(bench.outside, 'new.txt'), join(bench.root, 'x'));
    await bench.run('files.write', { path: 'x', text: 'inside' }).catch(() => undefined);
    await untouched(bench);
  });

  test.each([
    ['files.read', { path: 'd/secret.txt' }],
    ['files.write', { path: 'd/secret.txt', text: 'overwritten' }],
    ['files.write', { path: 'd/new/file.txt', text: 'overwritten' }],
    ['files.edit', { path: 'd/secret.txt', find: 'top', replace: 'no' }],
    ['files.list', { path: 'd' }],
    ['files.search', { path: 'd', text: 'secret' }],
  ])('A5 %s %j while the folder becomes a link and back, again and again', async (tool, args) => {
    const bench = await toolBench();
    const stop = swapping(bench, 'd');
    const results = [];
    for (let round = 0; round < 150; round++) results.push(await bench.run(tool, args).catch((error: unknown) => String(error)));
    await stop();
    expect(JSON.stringify(results)).not.toContain('top secret');
    await untouched(bench);
  });

  test('A5 a file that becomes a link while it is read', async () => {
    const bench = await toolBench();
    const stop = swapping(bench, 'x', 'secret.txt');
    const results = [];
    for (let round = 0; round < 200; round++) {
      results.push(await bench.run('files.read', { path: 'x' }).catch((error: unknown) => String(error)));
      if (round % 10 === 0) await bench.run('files.write', { path: 'x', text: 'no' }).catch(() => undefined);
    }
    await stop();
    expect(JSON.stringify(results)).not.toContain('top secret');
    await untouched(bench);
  });
});

test('A6 a file of the workspace is attached to the answer whole, and nothing outside can be', async () => {
  const bench = await toolBench();
  const content = Buffer.alloc(2_500_000, 'x');
  await mkdir(join(bench.root, 'reports'));
  await writeFile(join(bench.root, 'reports/june.bin'), content);
  await symlink(join(bench.outside, 'secret.txt'), join(bench.root, 'link.txt'));
  const attached: { name?: string; bytes: Buffer }[] = [];
  const attach: NonNullable<ToolContext['attach']> = async ({ name, open }) => {
    const parts: Uint8Array[] = [];
    for await (const part of await open(new AbortController().signal)) parts.push(part);
    const bytes = Buffer.concat(parts);
    attached.push({ bytes, ...(name !== undefined && { name }) });
    return { name: name ?? '', mimeType: 'application/octet-stream', size: bytes.length };
  };
  expect(await bench.run('files.attach', { path: 'reports/june.bin' }, { attach })).toMatchObject({
    path: 'reports/june.bin',
    attached: { name: 'june.bin', size: content.length },
  });
  expect(attached[0]?.bytes.equals(content)).toBe(true);
  for (const path of ['link.txt', '../../outside/secret.txt', 'reports', 'missing']) {
    await expect(bench.run('files.attach', { path }, { attach })).rejects.toMatchObject(refused);
  }
  await expect(bench.run('files.attach', { path: 'reports/june.bin' })).rejects.toMatchObject(refused);
  expect(attached).toHaveLength(1);
  await untouched(bench);
});
