/**
 * Replays that people start: few at a time, each with its progress, its report kept in a folder of the state directory. What is run
 * again is run by the process of `replay/`; here its jobs are put together, watched and remembered. Nothing is written to the log.
 */
import { EventEmitter, once } from 'node:events';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BundleInspection } from '@openclaw-gateway/db/bundle/inspect';
import { type Actor, GatewayError, newId, toGatewayError } from '@openclaw-gateway/events';
import type { Models } from '../models/index.ts';
import type { TurnComparison } from '../replay/job.ts';
import { type ChangePage, ChangesFile, readChanges, removeChanges } from './changes-file.ts';
import { collected, configsOf, type ReplayStore } from './collected.ts';
import { type Estimate, estimateOf } from './estimate.ts';
import { type ImportedBundle, importBundle, inspectBundle } from './import-bundle.ts';
import type { ReplayCase, ReplayOrder, ReplayRange, ReplayReport, ReplayRun } from './order.ts';
import { outcomeOf } from './outcome.ts';
import { changeOf, perform, type ReplayTool } from './perform.ts';

export type { ReplayCase, ReplayOrder, ReplayRange, ReplayReport, ReplayRun } from './order.ts';

const MAX_RUNNING = 2;
const MAX_KEPT = 50;
const MAX_CASES = 200;
const RUN_FILE = /^(rpl_[0-9a-z]{26})\.run\.json$/;
const CASE_NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;

export type ReplaysOptions = {
  readonly stateDir: string;
  readonly store: ReplayStore;
  readonly tools: () => readonly ReplayTool[];
  readonly models: Pick<Models, 'resolve' | 'priceOf'>;
};

type Entry = { run: ReplayRun; readonly stop: AbortController; done: Promise<void> };

export class Replays {
  readonly #options: ReplaysOptions;
  readonly #dir: string;
  readonly #running = new Map<string, Entry>();
  readonly #changes = new EventEmitter().setMaxListeners(0);
  #closed = false;

  constructor(options: ReplaysOptions) {
    this.#options = options;
    this.#dir = join(options.stateDir, 'replays');
  }

  /** How much an order would run again. Throws SESSION_NOT_FOUND, BODY_TOO_LARGE, QUERY_INVALID. */
  async preview(source: ReplayOrder['source']): Promise<ReplayRange> {
    return (await collected(this.#options.store, this.#dir, source)).range;
  }

  /**
   * What live runs of a recording would cost, by its tokens and the prices of the models. Throws what `preview` throws, and
   * CONFIG_INVALID, CONFIG_SYNTAX, MODEL_NOT_CONFIGURED.
   */
  async estimate({ source, change, runs = 1 }: Pick<ReplayOrder, 'source' | 'change' | 'runs'>): Promise<Estimate> {
    const { store, models } = this.#options;
    const found = await collected(store, this.#dir, source);
    return estimateOf(found, await changeOf(change, store, found.configs), { runs, priceOf: models.priceOf });
  }

  /** Takes a bundle in, to be replayed. Throws BUNDLE_INVALID, LOG_TOO_NEW. */
  importBundle(packed: Buffer): Promise<ImportedBundle> {
    const { verifierKey } = this.#options.store.checkpoints ?? {};
    return importBundle(this.#dir, packed, verifierKey === undefined ? [] : [verifierKey]);
  }

  /** What is wrong with a bundle, and a page of what can be read of it. Nothing of it is kept. */
  inspectBundle(packed: Buffer, after: number): Promise<BundleInspection> {
    return inspectBundle(packed, after);
  }

  /** Begins a run. Throws OVERLOADED when two run already, SHUTTING_DOWN, BAD_REQUEST when the order makes no sense. */
  async start(order: ReplayOrder, createdBy: Actor): Promise<ReplayRun> {
    if (this.#closed) throw new GatewayError('SHUTTING_DOWN');
    if (this.#running.size >= MAX_RUNNING) throw new GatewayError('OVERLOADED', { message: `${MAX_RUNNING} replays run already.` });
    demandSense(order);
    const { source, change } = order;
    // What is wrong with a configuration or a rule is told before anything is run.
    if (change.config !== undefined || change.rule)
      await changeOf(change, this.#options.store, await configsOf(this.#options.store, this.#dir, source));
    const id = newId('replay');
    const stop = new AbortController();
    const run: ReplayRun = { ...order, id, state: 'running', createdBy, startedAt: Date.now(), progress: { run: 'collecting' } };
    const entry: Entry = { run, stop, done: Promise.resolve() };
    this.#running.set(id, entry);
    entry.done = this.#perform(entry).finally(() => this.#running.delete(id));
    return run;
  }

  /** The newest first; at most 50 are kept. */
  async list(): Promise<readonly ReplayRun[]> {
    const ids = (await this.#ids()).filter((id) => !this.#running.has(id));
    const ended = await Promise.all(ids.map((id) => this.#read<ReplayRun>(`${id}.run.json`)));
    return [...[...this.#running.values()].map(({ run }) => run), ...ended.filter((run) => run !== undefined)].sort(
      (a, b) => b.startedAt - a.startedAt,
    );
  }

  /** Throws REPLAY_NOT_FOUND. */
  async get(id: string): Promise<ReplayRun> {
    const run = this.#running.get(id)?.run ?? (RUN_FILE.test(`${id}.run.json`) ? await this.#read<ReplayRun>(`${id}.run.json`) : undefined);
    if (!run) throw new GatewayError('REPLAY_NOT_FOUND', { details: { id } });
    return run;
  }

  /** What a run found; without it while it goes on, where it failed, or was cancelled before anything came of it. Throws REPLAY_NOT_FOUND. */
  async report(id: string): Promise<ReplayReport | undefined> {
    const { state } = await this.get(id);
    return state !== 'running' ? this.#read<ReplayReport>(`${id}.report.json`) : undefined;
  }

  /** What a run of decisions would make otherwise, a page of it. Throws REPLAY_NOT_FOUND, BAD_REQUEST. */
  async changes(id: string, page: Parameters<typeof readChanges>[2]): Promise<ChangePage> {
    await this.get(id);
    return readChanges(this.#dir, id, page);
  }

  /** One message of a run. Throws REPLAY_NOT_FOUND, and BUDGET_SPENT for one that the budget left unasked. */
  async turn(id: string, message: number): Promise<TurnComparison | undefined> {
    const report = await this.report(id);
    if (report?.kind !== 'session') return undefined;
    const turn = report.turns?.find((other) => other.message === message);
    const { stopped } = report.runs ?? {};
    if (!turn && stopped) throw new GatewayError('BUDGET_SPENT', { message: stopped.reason });
    return turn;
  }

  /** The run now and whenever it got on, until it has ended. Throws REPLAY_NOT_FOUND. */
  async *follow(id: string, signal: AbortSignal): AsyncGenerator<ReplayRun> {
    for (;;) {
      const changed = once(this.#changes, id, { signal }).catch(() => undefined);
      const run = await this.get(id);
      yield run;
      if (run.state !== 'running' || signal.aborted) return;
      await changed;
    }
  }

  /** Ends one that runs; removes one that has ended, with its report. Throws REPLAY_NOT_FOUND. */
  async cancel(id: string): Promise<ReplayRun> {
    const entry = this.#running.get(id);
    if (!entry) {
      const run = await this.get(id);
      await this.#remove(id);
      return run;
    }
    entry.stop.abort();
    await entry.done;
    return entry.run;
  }

  /** Keeps a run as one that has to come out the same. Throws REPLAY_NOT_FOUND, BAD_REQUEST when nothing came out or the name is none. */
  async keep(id: string, name: string, keptBy: Actor): Promise<ReplayCase> {
    const run = await this.get(id);
    if (!CASE_NAME.test(name)) throw new GatewayError('BAD_REQUEST', { message: 'The name of a case is of a-z, 0-9 and "-", at most 64.' });
    if (run.source.kind === 'log' || !run.outcome?.digest || !run.range) {
      throw new GatewayError('BAD_REQUEST', {
        message: 'Only a run that has ended, of a session, a bundle or messages, can be kept as a case.',
      });
    }
    if ((await this.cases()).length >= MAX_CASES) throw new GatewayError('OVERLOADED', { message: `${MAX_CASES} cases are kept already.` });
    const { source, level, change, budget, runs, range, outcome } = run;
    // What is said in the session later on does not belong to the case.
    const fixed = source.kind === 'session' ? { ...source, toPosition: range.last } : source;
    const kept: ReplayCase = {
      name,
      keptAt: Date.now(),
      keptBy,
      order: { source: fixed, level, change, ...(budget && { budget }), ...(runs !== undefined && { runs }) },
      digest: outcome.digest ?? '',
      counts: outcome.counts,
    };
    await this.#write(join('cases', `${name}.json`), kept);
    return kept;
  }

  async cases(): Promise<readonly ReplayCase[]> {
    const names = await readdir(join(this.#dir, 'cases')).catch(() => []);
    const cases = await Promise.all(names.sort().map((name) => this.#read<ReplayCase>(join('cases', name))));
    return cases.filter((kept) => kept !== undefined);
  }

  /** Ends and removes every run that tells what people wrote: what is gone from the log must not be read here. The runs over the views stay, and cases that name a session. */
  async eraseReports(): Promise<void> {
    const runs = (await this.list()).filter(({ level }) => level !== 'projections');
    for (const { id } of runs) {
      if (this.#running.has(id)) await this.cancel(id);
      await this.#remove(id);
    }
    const told = (await this.cases()).filter(({ order }) => order.source.kind === 'message');
    await Promise.all(told.map(({ name }) => rm(join(this.#dir, 'cases', `${name}.json`), { force: true })));
  }

  /** Stops all that run. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { stop } of this.#running.values()) stop.abort();
    await Promise.all([...this.#running.values()].map(({ done }) => done));
  }

  async #perform(entry: Entry): Promise<void> {
    const { id } = entry.run;
    const change = (part: Partial<ReplayRun>): void => {
      entry.run = { ...entry.run, ...part };
      this.#changes.emit(id);
    };
    let ended: Partial<ReplayRun>;
    try {
      const { store, tools, models } = this.#options;
      await using changes = new ChangesFile(this.#dir, id);
      const found = await collected(store, this.#dir, entry.run.source, entry.stop.signal);
      change({ range: found.range });
      const report = await perform(entry.run, found, {
        store,
        tools: tools(),
        models,
        databases: join(this.#options.stateDir, 'state'),
        changes,
        signal: entry.stop.signal,
        onProgress: (progress) => change({ progress }),
      });
      await this.#write(`${id}.report.json`, report);
      const state = report.kind === 'session' && report.runs?.cancelled ? 'cancelled' : 'completed';
      ended = { state, outcome: outcomeOf(report), endedAt: Date.now() };
    } catch (thrown) {
      const error = toGatewayError(thrown);
      const state = entry.stop.signal.aborted ? 'cancelled' : 'failed';
      ended = { state, endedAt: Date.now(), ...(state === 'failed' && { error: error.toBody() }) };
      await removeChanges(this.#dir, id);
    }
    // Kept before it is told: whoever hears that a run has ended finds it.
    await this.#write(`${id}.run.json`, { ...entry.run, ...ended }).catch(() => undefined);
    await this.#forgetOldest();
    change(ended);
  }

  async #ids(): Promise<readonly string[]> {
    const names = await readdir(this.#dir).catch(() => []);
    return names.flatMap((name) => RUN_FILE.exec(name)?.[1] ?? []).sort();
  }

  /** Ids sort by time. */
  async #forgetOldest(): Promise<void> {
    const ids = await this.#ids();
    await Promise.all(ids.slice(0, Math.max(0, ids.length - MAX_KEPT)).map((id) => this.#remove(id)));
  }

  async #remove(id: string): Promise<void> {
    await Promise.all(['run', 'report'].map((part) => rm(join(this.#dir, `${id}.${part}.json`), { force: true })));
    await removeChanges(this.#dir, id);
  }

  async #read<T>(name: string): Promise<T | undefined> {
    const text = await readFile(join(this.#dir, name), 'utf8').catch(() => undefined);
    return text === undefined ? undefined : (JSON.parse(text) as T);
  }

  async #write(name: string, value: unknown): Promise<void> {
    const path = join(this.#dir, name);
    await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
    await writeFile(`${path}.new`, JSON.stringify(value), { mode: 0o600 });
    await rename(`${path}.new`, path);
  }
}

function demandSense({ source, level, budget, runs }: ReplayOrder): void {
  const isOfLog = source.kind === 'log';
  if (isOfLog !== (level === 'projections'))
    throw new GatewayError('BAD_REQUEST', { message: 'The views are replayed from the whole log, and only they.' });
  if (source.kind === 'query' && level !== 'decisions') {
    throw new GatewayError('BAD_REQUEST', {
      message: 'Of messages that a query finds, decisions are replayed; for more, choose one session.',
    });
  }
  if (source.kind === 'message' && level !== 'live')
    throw new GatewayError('BAD_REQUEST', {
      message: 'Of a message that nobody sent nothing is recorded: only a live replay can answer it.',
    });
  if ((level === 'live') !== (budget !== undefined)) {
    throw new GatewayError('BAD_REQUEST', { message: 'A live replay needs a budget, and only a live replay has one.' });
  }
  if (runs !== undefined && level !== 'live')
    throw new GatewayError('BAD_REQUEST', { message: 'Only a live replay differs from run to run; any other is made once.' });
}
