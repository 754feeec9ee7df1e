/** One whole round: a gateway whose secrets come back at it from everywhere, and a look at everything that it keeps and shows. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GatewayProcess, prepareGateway, until } from '../gateway-process.ts';
import { startOpenAi } from '../stand-ins/openai.ts';
import { createSweeper, type Hit, type Sweeper } from './needles.ts';
import { hostileModel, plantKnown, plantOverWebSocket, plantStrangers } from './plant.ts';
import { plantConfig, secretOf } from './secrets.ts';

export type Round = {
  readonly secrets: number;
  readonly planted: number;
  readonly sweptBytes: number;
  readonly places: number /** How often the log has `[secret]` where one was. */;
  readonly redacted: number;
  readonly hits: readonly Hit[];
  readonly heapHits: readonly Hit[];
};

const FORMATS = ['jsonl', 'csv', 'cef', 'ocsf'] as const;
const AT_ONCE = 4;

export async function canaryRound(count: number, note: (line: string) => void = () => undefined): Promise<Round> {
  const stateDir = await mkdtemp(join(tmpdir(), 'openclaw-canary-'));
  let known: readonly string[] = [];
  const model = await startOpenAi({ answer: hostileModel(() => known) });
  try {
    const plan = await plantConfig(stateDir, count, model);
    known = plan.known;
    const strangers = Array.from({ length: Math.max(4, Math.ceil(count / 10)) }, (_, index) =>
      secretOf('stranger', index).replaceAll(/[^A-Za-z0-9]/g, 'x'),
    );
    const sweeper = createSweeper([...known, ...strangers]);
    const env = { ...plan.env, NODE_OPTIONS: '--heapsnapshot-signal=SIGUSR2' };
    await using gateway = await prepareGateway({ stateDir, config: plan.config, env });
    await gateway.start();
    let outputs = 0;
    const look = (where: string, text: string) => {
      outputs += 1;
      sweeper.text(where, text);
    };

    for (let at = 0; at < known.length; at += AT_ONCE) {
      const shown = await Promise.all(known.slice(at, at + AT_ONCE).map((secret, index) => plantKnown(gateway, secret, at + index)));
      for (const text of shown) look('an answer while it is written', text);
      if (at % 40 === 0) note(`planted ${at} of ${known.length}`);
    }
    look('WebSocket', await plantOverWebSocket(gateway, known));
    await plantStrangers(gateway, strangers);
    const command = async (...args: readonly string[]) => {
      const { stdout, stderr } = await gateway.command(args);
      look(`openclaw ${args[0]} ${args[1] ?? ''}`, stdout + stderr);
    };
    await gateway.command(['message', 'send', '--to', 'cli', '--message', known[0] ?? '']);
    await until(
      'every message to end',
      async () => {
        const { rows } = await gateway.json<{ rows: readonly unknown[] }>('/api/messages?settled=false&limit=1');
        return rows.length === 0 || undefined;
      },
      600_000,
    );
    note('everything has settled');

    await sweepAnswers(gateway, look);
    for (const args of [
      ['config', 'get'],
      ['config', 'validate'],
      ['doctor', '--json'],
      ['status', '--json'],
      ['health', '--detailed', '--json'],
      ['logs', '--tail', '500'],
      ['audit', 'list'],
      ['alerts', 'list'],
    ]) {
      await command(...args);
    }
    for (const format of FORMATS)
      await command('audit', 'export', '-o', join(stateDir, `export-${format}`), '--format', format, '--mask', 'none');
    await command('backup', 'create', '--output', join(stateDir, 'backup'));
    await gateway.request('/api/shutdown', { method: 'POST', headers: { authorization: 'Bearer wrong' }, body: '{}' });
    // Now there are write-ahead logs, which a stop puts into their databases.
    await sweeper.folder(stateDir, [...plan.owned, 'gateway-token', 'config']);
    const heapHits = await sweepHeap(gateway, stateDir, strangers);
    note('the heap was searched');
    await gateway.stop();
    look('output of the process', gateway.output());
    // A configuration that breaks off right behind a secret.
    await writeFile(join(stateDir, 'openclaw.json'), `{ models: { providers: { a: { apiKey: ${JSON.stringify(known[0])} "broken`);
    await command('config', 'validate');
    const crashed = await gateway.command(['gateway', 'run', '--port', '0']);
    look('a start that fails', crashed.stdout + crashed.stderr);
    // What a backup holds beside the log is what it is made of: the configuration and the token.
    await sweeper.folder(stateDir, [...plan.owned, 'gateway-token', 'config']);
    return {
      secrets: known.length,
      planted: known.length * 20,
      sweptBytes: sweeper.bytes(),
      places: outputs,
      redacted: (await readFile(join(stateDir, 'export-jsonl', 'events.jsonl'), 'utf8')).split('[secret]').length - 1,
      hits: sweeper.hits,
      heapHits,
    };
  } finally {
    await model.close();
    await rm(stateDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function sweepAnswers(gateway: GatewayProcess, look: (where: string, text: string) => void): Promise<void> {
  const read = async (path: string) => {
    const text = await gateway.request(path).then((response) => response.text());
    look(path.slice(0, 60), text);
    return text;
  };
  const fixed = [
    '/',
    '/events/',
    '/sessions/',
    '/console/',
    '/metrics',
    '/health',
    '/api/config',
    '/api/config/versions?limit=500',
    '/api/config/diff',
    '/api/status',
    '/api/alerts',
    '/api/state',
    '/api/channels',
    '/api/memory',
    '/api/audit?limit=200',
    '/api/exports',
    '/api/data/holds',
    '/config.schema.json',
  ];
  for (const path of fixed) await read(path);
  const call = (name: string, input: object) => `/trpc/${name}?input=${encodeURIComponent(JSON.stringify(input))}`;
  await read('/trpc/overview.summary');
  await read('/trpc/overview.attention');
  await read(call('events.list', { filter: {}, limit: 200 }));
  await read(call('console.history', { chat: 'canary' }));
  const sessions = JSON.parse(await read('/api/sessions?limit=200')) as { rows: readonly { sessionId: string }[] };
  for (const { sessionId } of sessions.rows) {
    await read(`/api/sessions/${sessionId}`);
    await read(call('sessions.get', { sessionId, limit: 50 }));
    await read(call('history.session', { sessionId, at: '-1s' }));
  }
  let after = 0;
  for (;;) {
    const page = JSON.parse(await read(`/api/events?after=${after}&limit=500`)) as { rows: readonly { position: number; type: string }[] };
    const last = page.rows.at(-1)?.position;
    if (last === undefined) break;
    // One of each kind in a page is read whole as well; the files hold all of them.
    const oneOfEach = new Map(page.rows.map((row) => [row.type, row.position]));
    for (const position of oneOfEach.values()) await read(`/api/events/${position}`);
    after = last;
  }
}

/**
 * After a garbage collection the main thread keeps no proof that a stranger brought in a request that is over. The configured secrets
 * are in it of course: the gateway uses them.
 */
async function sweepHeap(gateway: GatewayProcess, stateDir: string, strangers: readonly string[]): Promise<readonly Hit[]> {
  const before = new Set(await readdir(process.cwd()));
  process.kill(gateway.pid(), 'SIGUSR2');
  const isSnapshot = (name: string) => name.endsWith('.heapsnapshot') && !before.has(name);
  const name = await until('a heap snapshot', async () => (await readdir(process.cwd())).find(isSnapshot), 120_000);
  const path = join(process.cwd(), name);
  try {
    await until(
      'the snapshot to be whole',
      async () => {
        const text = await readFile(path, 'utf8').catch(() => '');
        return text.trimEnd().endsWith(']}') || undefined;
      },
      240_000,
    );
    const text = await readFile(path, 'utf8');
    return strangers.filter((secret) => text.includes(secret)).map((needle) => ({ where: `heap of ${stateDir}`, needle }));
  } finally {
    await rm(path, { force: true });
  }
}

export type { Sweeper };
