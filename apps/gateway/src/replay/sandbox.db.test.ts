import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ModelChunk } from '@openclaw-gateway/sdk';
import { expect, test } from 'vitest';
import { calls, createRecorder, KNOWN_TOOLS, says } from './recording-fixture.ts';
import { runInSandbox } from './sandbox.ts';

const recorded = async (turns: number) => {
  let asked = 0;
  const recorder = await createRecorder(() => {
    asked += 1;
    return asked % 2 === 1 ? calls(`call_${asked}`, 'clock.now', {}) : says(`answer ${asked}`);
  });
  for (let turn = 1; turn <= turns; turn++) await recorder.say(`question ${turn}`);
  return recorder.recording();
};

test('B16 a session replays in a process of its own', async () => {
  const report = await runInSandbox({ kind: 'session', recording: await recorded(3), tools: KNOWN_TOOLS, live: false });
  expect(report.baseline).toMatchObject({ faithful: true, messages: { identical: 3 } });
});

test('B16 what the replay lacks is said in the words of the gateway', async () => {
  const job = { kind: 'session', recording: { ...(await recorded(1)), configs: [] }, tools: KNOWN_TOOLS, live: false } as const;
  await expect(runInSandbox(job)).rejects.toMatchObject({ code: 'RECORDING_INCOMPLETE' });
});

test('B16 a live replay asks through the process that started it, and only for the changed run', async () => {
  const asked: string[] = [];
  const live = async function* (reference: string): AsyncIterable<ModelChunk> {
    asked.push(reference);
    yield* says(`live answer ${asked.length}`);
  };
  const job = { kind: 'session', recording: await recorded(2), tools: KNOWN_TOOLS, live: true, change: { model: 'other/two' } } as const;
  const { baseline, changed } = await runInSandbox(job, { live });
  expect(baseline.faithful).toBe(true);
  expect(changed).toMatchObject({ faithful: false, misses: 0 });
  expect(asked).toEqual(['other/two', 'other/two']);
});

test('B16 a replay that may not ask a model is told so', async () => {
  const job = { kind: 'session', recording: await recorded(1), tools: KNOWN_TOOLS, live: true, change: { model: 'other/two' } } as const;
  const { changed } = await runInSandbox(job);
  expect(JSON.stringify(changed?.divergences)).toContain('other');
  expect(changed?.faithful).toBe(false);
});

test('B16 the process does not run where it could write a file or start a program', async () => {
  const child = fork(fileURLToPath(new URL('./replay.worker.ts', import.meta.url)), [], {
    execArgv: ['--no-warnings'],
    env: {},
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let complaint = '';
  child.stderr?.on('data', (text: Buffer) => {
    complaint += text.toString();
  });
  const [code] = await once(child, 'close');
  expect(code).not.toBe(0);
  expect(complaint).toContain('can write and start nothing');
});

test.each([
  ['net.connect(1, "127.0.0.1")', 'node:net'],
  ['net.createServer().listen(0)', 'node:net'],
  ['net.createSocket("udp4").send("x", 1, "127.0.0.1")', 'node:dgram'],
  ['net.lookup("localhost", () => {})', 'node:dns'],
  ['net.get("http://127.0.0.1:1")', 'node:http'],
  ['fetch("http://127.0.0.1:1")', 'node:net'],
])('B16 in the process of a replay %s is refused', async (statement, module) => {
  const url = new URL('./no-network.ts', import.meta.url).href;
  const script = `import net from '${module}'; import { closeNetwork } from '${url}'; closeNetwork(); try { await ${statement}; console.log('open'); } catch (error) { console.log(error.message); }`;
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (text: Buffer) => {
    said += text.toString();
  });
  await once(child, 'close');
  expect(said.trim()).toMatch(/^(a replay has no network|fetch is not defined)$/);
});
