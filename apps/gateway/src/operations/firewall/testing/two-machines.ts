/** Two machines in network namespaces of their own: one with a firewall and servers, one beside it with several addresses. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { ensureProgram } from '../../../../../../scripts/programs.mjs';
import { must, type RunProgram, runProgram } from '../programs.ts';

export const INSIDE = { v4: '10.99.0.1', v6: 'fd99::1' };
/** The other machine's addresses; those that are called `far` reach the first one, too. */
export const OUTSIDE = { v4: '10.99.0.2', v6: 'fd99::2', far4: '192.0.2.2', far6: '2001:db8:99::2' };

export type Attempt = { readonly from: string; readonly port: number; readonly protocol?: 'tcp' | 'udp' };

/** Programs that run inside: everything that listens, and what connects. Each reads lines of JSON and answers lines of JSON. */
const SERVER = `
const net = require('node:net'), dgram = require('node:dgram');
const ports = JSON.parse(process.argv[1]);
let left = ports.length * 2;
const ready = () => { if (--left === 0) console.log('"ready"'); };
for (const port of ports) {
  net.createServer((s) => { s.on('error', () => {}); s.pipe(s); }).listen({ host: '::', port }, ready);
  const udp = dgram.createSocket('udp6');
  udp.on('message', (m, from) => udp.send(m, from.port, from.address));
  udp.bind(port, '::', ready);
}
`;
const CLIENT = `
const net = require('node:net'), dgram = require('node:dgram');
const WAIT = 700;
const open = new Map();
function tcp({ from, host, port, keep }) {
  return new Promise((done) => {
    const s = net.connect({ host, port, localAddress: from });
    const end = (result) => { clearTimeout(timer); if (!keep) s.destroy(); done(result); };
    const timer = setTimeout(() => { s.destroy(); end('dropped'); }, WAIT);
    s.on('error', (e) => end(e.code));
    s.once('connect', () => { if (keep) open.set(keep, s); s.write('x'); });
    s.once('data', () => end('open'));
  });
}
function udp({ from, host, port }) {
  return new Promise((done) => {
    const s = dgram.createSocket(host.includes(':') ? 'udp6' : 'udp4');
    const end = (result) => { clearTimeout(timer); s.close(); done(result); };
    const timer = setTimeout(() => end('dropped'), WAIT);
    s.on('error', (e) => end(e.code));
    s.on('message', () => end('open'));
    s.bind(0, from, () => s.send('x', port, host));
  });
}
function still(name) {
  return new Promise((done) => {
    const s = open.get(name);
    const timer = setTimeout(() => done('dropped'), WAIT);
    s.once('data', () => { clearTimeout(timer); done('open'); });
    s.write('y');
  });
}
require('node:readline').createInterface({ input: process.stdin }).on('line', async (line) => {
  const asked = JSON.parse(line);
  const answers = await Promise.all(asked.map((a) => (a.still ? still(a.still) : a.protocol === 'udp' ? udp(a) : tcp(a))));
  console.log(JSON.stringify(answers));
});
console.log('"ready"');
`;

export type TwoMachines = AsyncDisposable & {
  /** Runs a program on the machine with the firewall. */
  readonly run: RunProgram;
  /** What becomes of connections: \`open\`, or \`dropped\` when nobody answers. */
  readonly attempt: (attempts: readonly Attempt[]) => Promise<readonly string[]>;
  /** The same from the machine itself to itself. */
  readonly attemptInside: (port: number) => Promise<string>;
  /** Opens a connection that stays; says later whether it still works. */
  readonly hold: (attempt: Attempt) => Promise<() => Promise<string>>;
  /** The whole ruleset, without counters. */
  readonly ruleset: () => Promise<string>;
};

let count = 0;

export async function twoMachines(ports: readonly number[]): Promise<TwoMachines> {
  for (const name of ['ip', 'iptables', 'nft'] as const) await ensureProgram(name);
  const id = `${process.pid % 100_000}x${++count}`;
  const [inside, outside] = [`oci${id}`, `oco${id}`];
  const ip = (...args: string[]) => must(runProgram, ['ip', ...args]);
  await ip('netns', 'add', inside);
  await ip('netns', 'add', outside);
  await ip('link', 'add', 'veth0', 'netns', inside, 'type', 'veth', 'peer', 'name', 'veth0', 'netns', outside);
  const addresses: readonly (readonly [string, readonly string[]])[] = [
    [inside, [`${INSIDE.v4}/24`, `${INSIDE.v6}/64`]],
    [outside, [`${OUTSIDE.v4}/24`, `${OUTSIDE.v6}/64`, `${OUTSIDE.far4}/32`, `${OUTSIDE.far6}/128`]],
  ];
  for (const [space, own] of addresses) {
    await ip('-n', space, 'link', 'set', 'lo', 'up');
    await ip('-n', space, 'link', 'set', 'veth0', 'up');
    for (const address of own)
      await ip('-n', space, 'address', 'add', address, 'dev', 'veth0', ...(address.includes(':') ? ['nodad'] : []));
  }
  await ip('-n', inside, 'route', 'add', '192.0.2.0/24', 'via', OUTSIDE.v4);
  await ip('-n', inside, '-6', 'route', 'add', '2001:db8:99::/64', 'via', OUTSIDE.v6);

  const run: RunProgram = (command, input) => runProgram(['ip', 'netns', 'exec', inside, ...command], input);
  const server = await startIn(inside, SERVER, JSON.stringify(ports));
  const client = await startIn(outside, CLIENT);
  const local = await startIn(inside, CLIENT);
  const to = (attempt: Attempt) => ({ ...attempt, host: attempt.from.includes(':') ? INSIDE.v6 : INSIDE.v4 });
  let held = 0;
  return {
    run,
    attempt: (attempts) => client.ask(attempts.map(to)),
    attemptInside: async (port) => (await local.ask([{ from: '127.0.0.1', host: '127.0.0.1', port }]))[0] ?? '',
    hold: async (attempt) => {
      const keep = `held-${++held}`;
      const [opened] = await client.ask([{ ...to(attempt), keep }]);
      if (opened !== 'open') throw new Error(`the connection could not be opened: ${opened}`);
      return async () => (await client.ask([{ still: keep }]))[0] ?? '';
    },
    ruleset: async () => (await must(run, ['nft', 'list', 'ruleset'])).replaceAll(/counter packets \d+ bytes \d+/g, 'counter'),
    async [Symbol.asyncDispose]() {
      for (const { child } of [server, client, local]) {
        child.kill('SIGKILL');
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      }
      for (const space of [inside, outside]) await ip('netns', 'del', space);
    },
  };
}

async function startIn(space: string, program: string, ...args: string[]) {
  const child: ChildProcess = spawn('ip', ['netns', 'exec', space, process.execPath, '-e', program, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (!child.stdout || !child.stdin) throw new TypeError('the program has no pipes');
  const lines = createInterface({ input: child.stdout });
  const { stdin } = child;
  await once(lines, 'line');
  return {
    child,
    ask: async (question: readonly object[]): Promise<readonly string[]> => {
      const answer = once(lines, 'line');
      stdin.write(`${JSON.stringify(question)}\n`);
      return JSON.parse(String((await answer)[0])) as string[];
    },
  };
}
