/**
 * A log that lies in a real PostgreSQL, as gateways share it: each process has a copy in a directory of its own and waits for its turn. The laws are
 * told what the database holds, by a connection that no process has.
 */
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AppendRequest, type AppendResult, type ChainedRow, SALT_BYTES } from '@openclaw-gateway/db';
import { databaseError } from '@openclaw-gateway/db/postgres/connection';
import { Leadership } from '@openclaw-gateway/db/postgres/leadership';
import { readRows } from '@openclaw-gateway/db/postgres/shared-log';
import { Redactor } from '@openclaw-gateway/db/redact/redactor';
import { type SubjectKey, subjectKey, unseal } from '@openclaw-gateway/db/sealing/seal';
import { joinPersonal } from '@openclaw-gateway/db/sealing/split';
import { openReadOnly } from '@openclaw-gateway/db/sqlite/connection';
import { EVENTS_FILE, stateFiles } from '@openclaw-gateway/db/sqlite/files';
import { SqliteLog } from '@openclaw-gateway/db/sqlite/log';
import { LogReader } from '@openclaw-gateway/db/sqlite/reads';
import { type EventMetadata, idFromBytes, type StoredEvent } from '@openclaw-gateway/events';
import { type Cut, DatabaseNetwork, type Way } from './database-network.ts';
import { type HomeOptions, type LogHome, type Opening, type OpenLog, StoredEvents } from './log-home.ts';
import type { Owner } from './machine.ts';
import type { SimulationDatabase } from './simulation-databases.ts';
import { SimulatedThread } from './writer-thread.ts';

/** A machine for gateways: its disk, and who it is among the instances. */
type Place = { readonly dir: string; readonly instanceId: string };
type Life = {
  readonly place: Place;
  readonly way: Way;
  readonly thread: SimulatedThread;
  readonly leadership: Leadership;
  readonly copy: Copy;
};

const PAGE = 1000;
const MOST_AWAY_MS = 20_000;
/** Longer than a lease lasts. */
const PAUSE_MS = 6_000;
const MOST_PAUSE_MS = 12_000;
const MOST_READ_MS = 5;

export class PostgresHome implements LogHome {
  readonly #options: HomeOptions;
  readonly #database: SimulationDatabase;
  readonly #network: DatabaseNetwork;
  readonly #uninstall: () => void;
  readonly #root = mkdtempSync(join(tmpdir(), 'openclaw-simulated-'));
  readonly #keys = new Map<string, SubjectKey>();
  readonly #lives = new Set<Life>();
  /** The number of the process that appends an event, by the event's id. */
  readonly #authors = new Map<string, number>();
  #processes = 0;
  #current: Life | undefined;
  #places = 0;
  #next: Place;
  #seen = 0;
  #observing: Promise<void> = Promise.resolve();
  #isAway = false;

  constructor(options: HomeOptions, database: SimulationDatabase) {
    this.#options = options;
    this.#database = database;
    this.#next = this.#newPlace();
    this.#network = new DatabaseNetwork(options.machine, database.admin, () => this.#observe());
    this.#uninstall = this.#network.install();
  }

  open(life: Owner, { opened, refused }: Opening): void {
    const { machine } = this.#options;
    const place = this.#next;
    const way = this.#network.way();
    const url = way.through(this.#database.url);
    const copy = new Copy(place.dir);
    const number = ++this.#processes;
    const appends = (eventId: string) => this.#authors.set(eventId, number);
    const thread = new SimulatedThread({
      machine,
      life,
      own: way,
      dir: place.dir,
      diskLowBytes: 0,
      url,
      inTurns: true,
      appends,
      wrote: () => copy.refresh(),
    });
    const leadership = new Leadership({
      url,
      instance: { instanceId: place.instanceId, name: place.instanceId, version: '0' },
      address: () => 'http://simulated',
      position: () => copy.events.length,
    });
    this.#current = { place, way, thread, leadership, copy };
    this.#lives.add(this.#current);
    this.#takeTurn(this.#current, life).then(opened, (error: unknown) => refused(databaseError(error)));
  }

  /** It is killed and started again where it was, lost with its machine, or only paused, so that it goes on while another takes over. */
  lose(): void {
    const lost = this.#current;
    if (!lost) return;
    this.#current = undefined;
    const { machine } = this.#options;
    const how = machine.random.pick(['killed', 'lost', 'paused', 'paused'] as const);
    this.#next = this.#newPlace();
    if (how === 'killed') this.#next = { ...this.#next, instanceId: lost.place.instanceId };
    if (how === 'killed') leftOf(lost.place.dir, this.#next.dir);
    if (how === 'paused') this.#pause(lost);
    else machine.lastsUntil(this.#bury(lost));
  }

  disturb(): void {
    const { machine } = this.#options;
    const fault = machine.random.pick<Cut | 'away'>(['before', 'meanwhile', 'after', 'away']);
    if (fault !== 'away') {
      this.#network.cut = { when: fault, at: machine.random.pick(['anything', 'commit', 'commit']) };
      return;
    }
    machine.after(0, 'database goes away', () => machine.lastsUntil(this.#goAway()));
    machine.after(machine.latency(MOST_AWAY_MS), 'database is back', () => machine.lastsUntil(this.#comeBack()));
  }

  calm(): void {
    const { machine } = this.#options;
    this.#network.cut = undefined;
    machine.after(MOST_AWAY_MS, 'database is back', () => machine.lastsUntil(this.#comeBack()));
  }

  async rows(): Promise<readonly ChainedRow[]> {
    await this.#buryAll();
    await this.#database.quiet();
    await this.#observe();
    const rows: ChainedRow[] = [];
    for (let page = await this.#page(0); page.length > 0; page = await this.#page(rows.length)) rows.push(...page);
    return rows;
  }

  async close(): Promise<void> {
    await this.#buryAll();
    this.#uninstall();
    await this.#database.drop();
    rmSync(this.#root, { recursive: true, force: true });
  }

  /** As a gateway does that shares its log. */
  async #takeTurn({ thread, leadership, copy }: Life, life: Owner): Promise<OpenLog> {
    const { machine } = this.#options;
    const ready = await thread.ready();
    copy.refresh();
    const pause = () => machine.sleep(machine.latency(MOST_READ_MS), 'log read', life);
    const log = new MortalLog(life, {
      writer: thread,
      ready,
      reads: {
        readAll: (options) => pause().then(() => copy.reader.readAll(options)),
        readStream: (streamId, options) => pause().then(() => copy.reader.readStream(streamId, options)),
        readAt: (position) => pause().then(() => copy.reader.readAt(position)),
      },
      redactor: new Redactor([]),
      onHead: () => undefined,
    });
    leadership.begin();
    thread.postMessage({ kind: 'lead', epoch: await leadership.leading });
    await log.maintain({ name: 'catch_up' });
    return {
      log,
      events: copy.events,
      failed: Promise.race([log.failed, leadership.lost]),
      close: async () => {
        await log.close();
        await leadership.close();
      },
    };
  }

  /** What it had begun it goes on with when another may have taken over, until somebody ends it. */
  #pause(life: Life): void {
    const { machine } = this.#options;
    const pauseMs = PAUSE_MS + machine.latency(MOST_PAUSE_MS - PAUSE_MS);
    life.way.pause(pauseMs);
    machine.after(2 * pauseMs, 'what was paused ends', () => machine.lastsUntil(this.#bury(life)));
  }

  async #bury(life: Life): Promise<void> {
    if (!this.#lives.delete(life)) return;
    life.way.sever();
    await Promise.all([life.thread.end(), life.leadership.close()]);
    life.copy.close();
    rmSync(life.place.dir, { recursive: true, force: true });
  }

  async #buryAll(): Promise<void> {
    await Promise.all([...this.#lives].map((life) => this.#bury(life)));
  }

  #newPlace(): Place {
    this.#places += 1;
    return { dir: join(this.#root, `${this.#places}`), instanceId: `instance-${this.#places}` };
  }

  async #goAway(): Promise<void> {
    if (this.#isAway) return;
    this.#isAway = true;
    await this.#database.allowConnections(false);
    await this.#network.cutAll();
  }

  async #comeBack(): Promise<void> {
    if (!this.#isAway) return;
    this.#isAway = false;
    await this.#database.allowConnections(true);
  }

  /** Tells the laws what was committed since. One at a time, so that they hear of it in order. */
  #observe(): Promise<void> {
    this.#observing = this.#observing.then(async () => {
      const rows = await this.#page(this.#seen);
      await this.#learnKeys(rows);
      this.#seen += rows.length;
      this.#options.onDurable(
        rows.map((row) => ({
          position: row.position,
          hash: Buffer.from(row.hash).toString('hex'),
          read: () => this.#read(row),
          by: this.#authors.get(idFromBytes('event', row.eventId)),
        })),
      );
    });
    return this.#observing;
  }

  #page(after: number): Promise<ChainedRow[]> {
    return readRows(this.#database.judge, after, PAGE);
  }

  async #learnKeys(rows: readonly ChainedRow[]): Promise<void> {
    const subjects = rows
      .flatMap((row) => (row.sealed ? [metadataOf(row).subject ?? ''] : []))
      .filter((subject) => !this.#keys.has(subject));
    if (subjects.length === 0) return;
    const { rows: found } = await this.#database.judge.query<{ subject: string; key: Buffer }>(
      'SELECT subject, key FROM openclaw.subject_keys WHERE subject = ANY($1)',
      [subjects],
    );
    for (const { subject, key } of found) this.#keys.set(subject, subjectKey(key));
  }

  #read(row: ChainedRow): StoredEvent {
    const { position, streamId, version, type, schemaVersion, time, eventId, data, sealed } = row;
    const metadata = metadataOf(row);
    const open = JSON.parse(
      Buffer.from(data ?? [])
        .subarray(SALT_BYTES)
        .toString(),
    ) as unknown;
    const key = this.#keys.get(metadata.subject ?? '');
    const personal = sealed && key ? unseal(key, eventId, Buffer.from(sealed)) : undefined;
    const all = personal === undefined ? open : joinPersonal(open, JSON.parse(personal));
    return { id: idFromBytes('event', eventId), type, schemaVersion, streamId, version, position, time, metadata, data: all };
  }
}

/** A log that answers nobody whose process has ended. */
class MortalLog extends SqliteLog {
  readonly #life: Owner;

  constructor(life: Owner, options: ConstructorParameters<typeof SqliteLog>[0]) {
    super(options);
    this.#life = life;
  }

  override append(request: AppendRequest): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      super.append(request).then(
        (result) => this.#life.alive && resolve(result),
        (error: unknown) => this.#life.alive && reject(error),
      );
    });
  }
}

/** What a process has on its own disk. */
class Copy {
  readonly events = new StoredEvents();
  readonly #dir: string;
  #open: { readonly reader: LogReader; readonly close: () => void } | undefined;

  constructor(dir: string) {
    this.#dir = dir;
  }

  get reader(): LogReader {
    if (!this.#open) {
      const db = openReadOnly(stateFiles(this.#dir).events, EVENTS_FILE);
      const reader = new LogReader(db);
      this.#open = { reader, close: () => [reader.close(), db.close()] };
    }
    return this.#open.reader;
  }

  /** Reads what was added. */
  refresh(): void {
    for (let page = this.#page(); page.length > 0; page = this.#page()) for (const event of page) this.events.add(event);
  }

  close(): void {
    this.#open?.close();
  }

  #page(): StoredEvent[] {
    return this.reader.readAll({ after: this.events.length, limit: PAGE });
  }
}

/** What a process that was killed left on its disk. */
function leftOf(from: string, to: string): void {
  const { events, keys } = stateFiles(from);
  for (const file of [events, keys].flatMap((path) => [path, `${path}-wal`]))
    if (existsSync(file)) cpSync(file, file.replace(from, to), { recursive: true });
}

function metadataOf(row: ChainedRow): EventMetadata {
  return JSON.parse(row.metadata) as EventMetadata;
}
