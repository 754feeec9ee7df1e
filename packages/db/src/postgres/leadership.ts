/**
 * Whose turn it is to serve. One instance of those that share a log leads: it runs conversations and holds the channels. It says twice a second that
 * it is there; when it was silent for three, another begins a new epoch, and from then on the log takes nothing more of the old one. All clocks
 * are those of the database and, between two answers of it, the monotonic one of the process; instances need not agree on the time.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { GatewayError } from '@openclaw-gateway/events/errors';
import type pg from 'pg';
import { connect, databaseError, hangUp, loseWhenSilent, migrate } from './connection.ts';
import { lockHead } from './shared-log.ts';

const BEAT_MS = 500;
/** While the leader is silent: whoever leads next is to be known soon. */
const SILENT_BEAT_MS = 250;
/** Three beats were missed. */
const SILENT_MS = 1750;
const GONE_MS = 10_000;
const LEASE_MS = 3000;
/** The leader gives up acting before another may begin. So much may the clock of the database be set on without harm, too. */
const MARGIN_MS = 1000;

/** `gone`: it said nothing for so long that nobody counts on it. */
export type InstanceState = 'leading' | 'standing_by' | 'draining' | 'gone';

export type Instance = {
  readonly instanceId: string;
  readonly name: string;
  /** Where the others reach it: `http://host:port`. */
  readonly address: string;
  readonly version: string;
  readonly state: InstanceState;
  /** How far its copy of the log has come. */
  readonly position: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly silentMs: number;
};

export type Leader = { readonly instanceId: string; readonly name: string; readonly address: string };

export type LeadershipOptions = {
  readonly url: string;
  readonly instance: Pick<Instance, 'instanceId' | 'name' | 'version'>;
  readonly address: () => string;
  readonly position: () => number;
};

/** `ageMs`: for how long it has not been renewed, by the clock of the database. */
type Lease = { readonly instanceId: string; readonly epoch: number; readonly renewedAt: string; readonly ageMs: number };

export class Leadership {
  readonly #options: LeadershipOptions;
  readonly #closing = new AbortController();
  readonly #leading = Promise.withResolvers<number>();
  readonly #lost = Promise.withResolvers<GatewayError>();
  #client: pg.Client | undefined;
  #connecting: Promise<pg.Client> | undefined;
  #epoch: number | undefined;
  #renewedAt = Number.NEGATIVE_INFINITY;
  #isDraining = false;
  #leader: Leader | undefined;
  /** The lease of another as it was last seen, and when it was renewed, or later. */
  #watched: { readonly lease: Lease; readonly since: number } | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #beats: Promise<void> | undefined;

  constructor(options: LeadershipOptions) {
    this.#options = options;
  }

  /** Joins the others, and leads when it is its turn. A lease that this instance held before is its own again at once: no other process can have its id. */
  begin(): void {
    this.#beats ??= this.#beat();
  }

  /** Resolves with the epoch once it is this instance's turn. */
  get leading(): Promise<number> {
    return this.#leading.promise;
  }

  /** Resolves when another instance has taken over from this one. */
  get lost(): Promise<GatewayError> {
    return this.#lost.promise;
  }

  /** Whether this instance may still act on the world: nobody else can have taken over yet. */
  mayAct(): boolean {
    return this.#epoch !== undefined && performance.now() - this.#renewedAt < LEASE_MS - MARGIN_MS;
  }

  /** Who leads, as far as is known; nobody while the one that leads is silent. Without the database it is who led last. */
  leader(): Leader | undefined {
    const isSilent = this.#watched !== undefined && this.#lookedAt - this.#watched.since > SILENT_MS;
    return isSilent ? undefined : this.#leader;
  }

  /** From now on the others know that this instance is about to leave. */
  drain(): void {
    this.#isDraining = true;
  }

  /** Everyone who was there in the last day. Rejects with `DATABASE_UNAVAILABLE`. */
  async instances(): Promise<readonly Instance[]> {
    const client = await this.#connected();
    try {
      return await instancesOf(client);
    } catch (error) {
      throw databaseError(error);
    }
  }

  /** A file that a leader left for the next one. Rejects with `DATABASE_UNAVAILABLE`. */
  async readFile(name: string): Promise<Buffer | undefined> {
    const client = await this.#connected();
    try {
      const { rows } = await client.query<{ content: Buffer }>('SELECT content FROM openclaw.files WHERE name = $1', [name]);
      return rows[0]?.content;
    } catch (error) {
      throw databaseError(error);
    }
  }

  /** Leaves a file for the next leader; nothing once another leads. Rejects with `DATABASE_UNAVAILABLE`. */
  async writeFile(name: string, content: Uint8Array): Promise<void> {
    const client = await this.#connected();
    try {
      await client.query(
        `INSERT INTO openclaw.files (name, content) SELECT $1, $2 FROM openclaw.log_head WHERE epoch = $3
         ON CONFLICT (name) DO UPDATE SET content = excluded.content`,
        [name, content, this.#epoch ?? -1],
      );
    } catch (error) {
      throw databaseError(error);
    }
  }

  /** Lets another take over at once. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#beats;
    const client = this.#client;
    if (!client) return;
    const { instanceId } = this.#options.instance;
    await client
      .query('DELETE FROM openclaw.leadership WHERE instance_id = $1 AND epoch = $2', [instanceId, this.#epoch ?? -1])
      .catch(() => undefined);
    await client.query('DELETE FROM openclaw.instances WHERE instance_id = $1', [instanceId]).catch(() => undefined);
    await hangUp(client);
  }

  async #beat(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.#step(await this.#connected());
      } catch {
        // Whoever cannot reach the database does not know how long the leader has been silent.
        this.#watched = undefined;
        if (this.#client) void hangUp(this.#client);
        this.#client = undefined;
      }
      await delay(this.#untilNext(), undefined, { signal }).catch(() => undefined);
    }
  }

  /** A lease that would be over before the next beat is looked at when it is. */
  #untilNext(): number {
    if (!this.#watched) return BEAT_MS;
    const silentMs = performance.now() - this.#watched.since;
    const beatMs = silentMs > SILENT_MS ? SILENT_BEAT_MS : BEAT_MS;
    return silentMs < LEASE_MS ? Math.min(beatMs, LEASE_MS - silentMs + 1) : beatMs;
  }

  async #step(client: pg.Client): Promise<void> {
    const askedAt = performance.now();
    if (this.#epoch === undefined) await this.#tryToLead(client);
    else if (await renew(client, this.#options.instance.instanceId, this.#epoch)) this.#renewedAt = askedAt;
    else this.#lost.resolve(new GatewayError('LOG_FENCED', { details: { epoch: this.#epoch } }));
    await this.#sign(client);
    this.#leader = await leaderOf(client);
  }

  async #tryToLead(client: pg.Client): Promise<void> {
    const lease = await leaseOf(client);
    const now = performance.now();
    this.#lookedAt = now;
    const { lease: watched, since } = this.#watched ?? { lease: undefined, since: now };
    const isSame = watched?.epoch === lease?.epoch && watched?.renewedAt === lease?.renewedAt;
    const isOwn = lease?.instanceId === this.#options.instance.instanceId;
    if (lease && !isOwn && !(isSame && now - since > LEASE_MS)) {
      this.#watched = isSame && this.#watched ? this.#watched : { lease, since: now - Math.max(0, Math.min(lease.ageMs, MARGIN_MS)) };
      return;
    }
    if (this.#isDraining) return;
    const epoch = await takeOver(client, this.#options.instance.instanceId, lease);
    if (epoch === undefined) return;
    this.#renewedAt = now;
    this.#epoch = epoch;
    this.#leading.resolve(epoch);
  }

  async #sign(client: pg.Client): Promise<void> {
    const { instanceId, name, version } = this.#options.instance;
    const state: InstanceState = this.#isDraining ? 'draining' : this.#epoch === undefined ? 'standing_by' : 'leading';
    await client.query(
      `INSERT INTO openclaw.instances AS i (instance_id, name, address, version, state, position, started_at, seen_at)
       VALUES ($1, $2, $3, $4, $5, $6, now(), now())
       ON CONFLICT (instance_id) DO UPDATE SET state = excluded.state, address = excluded.address, position = excluded.position, seen_at = now()`,
      [instanceId, name, this.#options.address(), version, state, this.#options.position()],
    );
  }

  async #connected(): Promise<pg.Client> {
    if (this.#client) return this.#client;
    this.#connecting ??= connect(this.#options.url, 'leadership').finally(() => {
      this.#connecting = undefined;
    });
    const client = await this.#connecting;
    if (this.#client !== client) loseWhenSilent(client);
    this.#client = client;
    return client;
  }
}

/** The instances that share a log. Rejects with `DATABASE_UNAVAILABLE`. */
export async function listInstances(url: string): Promise<readonly Instance[]> {
  const client = await connect(url, 'instances');
  try {
    await migrate(client);
    return await instancesOf(client);
  } finally {
    await hangUp(client);
  }
}

async function instancesOf(client: pg.Client): Promise<readonly Instance[]> {
  const { rows } = await client.query<Instance>(
    `SELECT instance_id AS "instanceId", name, address, version, state, position,
            floor(extract(epoch FROM started_at) * 1000)::bigint AS "startedAt",
            floor(extract(epoch FROM now() - seen_at) * 1000)::bigint AS "silentMs"
     FROM openclaw.instances WHERE seen_at > now() - interval '1 day' ORDER BY started_at, instance_id`,
  );
  return rows.map((row) => (row.silentMs > GONE_MS ? { ...row, state: 'gone' } : row));
}

async function leaseOf(client: pg.Client): Promise<Lease | undefined> {
  const { rows } = await client.query<Lease>(
    `SELECT instance_id AS "instanceId", epoch, renewed_at::text AS "renewedAt",
            extract(epoch FROM clock_timestamp() - renewed_at)::float8 * 1000 AS "ageMs" FROM openclaw.leadership`,
  );
  return rows[0];
}

async function leaderOf(client: pg.Client): Promise<Leader | undefined> {
  const { rows } = await client.query<Leader>(
    'SELECT instance_id AS "instanceId", name, address FROM openclaw.leadership JOIN openclaw.instances USING (instance_id)',
  );
  return rows[0];
}

async function renew(client: pg.Client, instanceId: string, epoch: number): Promise<boolean> {
  const { rowCount } = await client.query(
    'UPDATE openclaw.leadership SET renewed_at = clock_timestamp() WHERE instance_id = $1 AND epoch = $2',
    [instanceId, epoch],
  );
  return rowCount === 1;
}

/** Begins a new epoch, if the lease is still the one that was seen. It holds the head, so that no append is under way meanwhile. */
async function takeOver(client: pg.Client, instanceId: string, seen: Lease | undefined): Promise<number | undefined> {
  await lockHead(client);
  const lease = await leaseOf(client);
  if (lease?.epoch !== seen?.epoch || lease?.renewedAt !== seen?.renewedAt) {
    await client.query('ROLLBACK');
    return undefined;
  }
  const { rows } = await client.query<{ epoch: number }>('UPDATE openclaw.log_head SET epoch = epoch + 1 WHERE id = 1 RETURNING epoch');
  const epoch = rows[0]?.epoch ?? 0;
  await client.query(
    `INSERT INTO openclaw.leadership (id, instance_id, epoch, renewed_at) VALUES (1, $1, $2, clock_timestamp())
     ON CONFLICT (id) DO UPDATE SET instance_id = excluded.instance_id, epoch = excluded.epoch, renewed_at = excluded.renewed_at`,
    [instanceId, epoch],
  );
  await client.query('COMMIT');
  return epoch;
}
