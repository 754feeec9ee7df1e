/**
 * What lies between simulated processes and a real PostgreSQL. What a client asks in one go reaches the database in a step of the machine, which
 * lasts until it is answered there or waits for a lock; the answer comes back in another. Between the two a process can end and a connection can
 * be cut, and in the middle as well: then nobody knows what became of it.
 */
import pg from 'pg';
import type { Machine, Owner } from './machine.ts';

/** When a connection is cut: before the database hears of what is asked, while it does it, or before the answer is heard. */
export type Cut = 'before' | 'meanwhile' | 'after';
/** A connection that will be cut, at whatever is asked next or at the next commit. */
export type ComingCut = { readonly when: Cut; readonly at: 'anything' | 'commit' };

type Question = {
  readonly args: readonly unknown[];
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
};
type Line = { waiting: Question[]; underWay: Question[] };
type Connecting = { readonly connectionParameters: { readonly fallback_application_name?: string } };
type Connected = { readonly processID: number };

type Asking = {
  connect(this: pg.Client): Promise<unknown>;
  query(this: pg.Client, ...args: readonly unknown[]): Promise<unknown>;
  end(this: pg.Client): Promise<void>;
};

const { connect, query, end } = pg.Client.prototype as unknown as Asking;
const real = {
  connect: (client: pg.Client) => connect.call(client),
  query: (client: pg.Client, args: readonly unknown[]) => query.call(client, ...args),
  end: (client: pg.Client) => end.call(client),
};
const MOST_LATENCY_MS = 3;

export class DatabaseNetwork {
  cut: ComingCut | undefined;
  readonly machine: Machine;
  readonly #observe: () => Promise<void>;
  readonly #admin: pg.Client;
  readonly #ways = new Map<string, Way>();
  readonly #underWay = new Map<pg.Client, Promise<void>>();

  /** `admin` may end the connections of others. `observe` is called when the database has done something, before who asked for it hears so. */
  constructor(machine: Machine, admin: pg.Client, observe: () => Promise<void>) {
    this.machine = machine;
    this.#admin = admin;
    this.#observe = observe;
  }

  /** Lets the clients of each way go through here; others are let be. Returns the way back. */
  install(): () => void {
    const ways = this.#ways;
    const wayOf = (client: pg.Client) => ways.get((client as unknown as Connecting).connectionParameters.fallback_application_name ?? '');
    const through: Asking = {
      connect() {
        return wayOf(this)?.connect(this) ?? real.connect(this);
      },
      query(...args) {
        return wayOf(this)?.query(this, args) ?? real.query(this, args);
      },
      end() {
        return wayOf(this)?.end(this) ?? real.end(this);
      },
    };
    Object.assign(pg.Client.prototype, through);
    return () => void Object.assign(pg.Client.prototype, { connect, query, end });
  }

  /** Whether a connection is to be cut at this; then the next is not. */
  takeCut(questions: readonly Question[]): Cut | undefined {
    const { cut } = this;
    if (cut?.at === 'commit' && !questions.some(({ args }) => args[0] === 'COMMIT')) return undefined;
    this.cut = undefined;
    return cut?.when;
  }

  /** A new process's way to the database. Its clients are those that connect with its `url`. */
  way(): Way {
    const way = new Way(this, `way-${this.#ways.size + 1}`);
    this.#ways.set(way.name, way);
    return way;
  }

  /** Ends every connection that goes through here. */
  async cutAll(): Promise<void> {
    await Promise.all([...this.#ways.values()].flatMap((way) => way.clients().map((client) => way.cut(client))));
  }

  /** The server ends its side of a connection. */
  async hangUpOn(client: pg.Client): Promise<void> {
    await this.#admin.query('SELECT pg_terminate_backend($1, 5000)', [(client as unknown as Connected).processID]);
  }

  /** Something is asked of the database: the step lasts until it has come to an end there, or cannot without somebody else. */
  exchange(client: pg.Client, asked: Promise<void>): void {
    // What a transaction did that is still open nobody can see.
    const done = asked.then(() => (holds(client) ? undefined : this.#observe())).finally(() => this.#underWay.delete(client));
    this.#underWay.set(client, done);
    this.machine.lastsUntil(this.#quiet());
  }

  async #quiet(): Promise<void> {
    while (this.#underWay.size > 0) {
      const asking = [...this.#underWay.keys()];
      const isAlone = ![...this.#ways.values()].some((way) => way.clients().some((client) => !asking.includes(client) && holds(client)));
      if (isAlone && asking.length === 1) await Promise.allSettled(this.#underWay.values());
      else if (await this.#areBlocked(asking)) return;
    }
  }

  async #areBlocked(clients: readonly pg.Client[]): Promise<boolean> {
    const { rows } = await this.#admin.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE pid = ANY($1) AND wait_event_type = 'Lock'`,
      [clients.map((client) => (client as unknown as Connected).processID)],
    );
    return rows.length === this.#underWay.size;
  }
}

/** As long as the process lives, or what is left of it. */
export class Way implements Owner {
  alive = true;
  readonly name: string;
  readonly #network: DatabaseNetwork;
  readonly #lines = new Map<pg.Client, Line>();
  #pausedUntilMs = 0;
  readonly #severed = Promise.withResolvers<never>();

  constructor(network: DatabaseNetwork, name: string) {
    this.#network = network;
    this.name = name;
    this.#severed.promise.catch(() => undefined);
  }

  /** The address of the database by this way. */
  through(url: string): string {
    const by = new URL(url);
    by.searchParams.set('fallback_application_name', this.name);
    return by.href;
  }

  clients(): pg.Client[] {
    return [...this.#lines.keys()];
  }

  async connect(client: pg.Client): Promise<void> {
    const { machine } = this.#network;
    if (!this.alive) throw gone();
    await Promise.race([machine.sleep(this.#latency(), 'database connects', this), this.#severed.promise]);
    const connecting = real.connect(client);
    machine.lastsUntil(connecting);
    await connecting;
    this.#lines.set(client, { waiting: [], underWay: [] });
    client.once('end', () => this.#lines.delete(client));
  }

  query(client: pg.Client, args: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const line = this.#lines.get(client);
      if (!line || !this.alive) return reject(gone());
      line.waiting.push({ args, resolve, reject });
      if (line.waiting.length === 1 && line.underWay.length === 0) this.#askSoon(client, line);
    });
  }

  async end(client: pg.Client): Promise<void> {
    if (!this.#lines.has(client)) return;
    const ending = real.end(client);
    this.#network.machine.lastsUntil(ending);
    await ending;
  }

  /** The connection ends, and the client has noticed. */
  async cut(client: pg.Client): Promise<void> {
    if (!this.#lines.has(client)) return;
    const noticed = new Promise((resolve) => client.once('end', resolve));
    await this.#network.hangUpOn(client);
    await noticed;
  }

  /** For so long nothing more is asked, and no answer heard. */
  pause(durationMs: number): void {
    this.#pausedUntilMs = this.#network.machine.passedMs + durationMs;
  }

  /** Nothing passes here any more. What was about to be asked may still reach the database; nobody will hear the answer. */
  sever(): void {
    this.alive = false;
    this.#severed.reject(gone());
    const { random } = this.#network.machine;
    for (const [client, { waiting, underWay }] of this.#lines) {
      if (random.chance(0.3)) for (const { args } of waiting) real.query(client, args).catch(() => undefined);
      client.connection.stream.destroy();
      for (const { reject } of [...underWay, ...waiting]) reject(gone());
    }
    this.#lines.clear();
  }

  #askSoon(client: pg.Client, line: Line): void {
    const { machine } = this.#network;
    machine.after(this.#latency(), 'database is asked', () => this.#ask(client, line), this);
  }

  #ask(client: pg.Client, line: Line): void {
    line.underWay = line.waiting.splice(0);
    const questions = line.underWay;
    const cut = this.#network.takeCut(questions);
    this.#network.exchange(
      client,
      this.#answered(client, questions, cut).then((answers) => this.#answer(client, line, questions, answers)),
    );
  }

  async #answered(client: pg.Client, questions: readonly Question[], cut: Cut | undefined): Promise<PromiseSettledResult<unknown>[]> {
    if (cut === 'before') await this.cut(client);
    const answers = Promise.allSettled(questions.map(({ args }) => real.query(client, args)));
    if (cut === 'meanwhile') await this.cut(client);
    if (cut !== 'after') return answers;
    await answers;
    await this.cut(client);
    return questions.map(() => ({ status: 'rejected', reason: gone() }));
  }

  #answer(client: pg.Client, line: Line, questions: readonly Question[], answers: readonly PromiseSettledResult<unknown>[]): void {
    const { machine } = this.#network;
    const hear = () => {
      line.underWay = [];
      for (const [index, { resolve, reject }] of questions.entries()) {
        const answer = answers[index];
        if (answer?.status === 'fulfilled') resolve(answer.value);
        else reject(answer?.reason);
      }
      if (line.waiting.length > 0) this.#askSoon(client, line);
    };
    machine.after(this.#latency(), 'database answers', hear, this);
  }

  #latency(): number {
    const { machine } = this.#network;
    return Math.max(machine.latency(MOST_LATENCY_MS), this.#pausedUntilMs - machine.passedMs);
  }
}

/** Whether a connection may hold a lock. */
function holds(client: pg.Client): boolean {
  return client.getTransactionStatus() !== 'I';
}

function gone(): Error {
  return Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' });
}
