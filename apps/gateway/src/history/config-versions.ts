/** The versions of the configuration: each that was in force, from the log. */
import { ConfigChanged, ConfigRolledBack, GatewayError, type StoredEvent } from '@openclaw-gateway/events';
import { compare } from '../config/changes.ts';
import type { ConfigChange } from '../config/index.ts';
import { type Moment, momentOf } from './moment.ts';
import { type LogOfThePast, streamTo } from './reader.ts';

/** One that was in force from its position to that of the next. Secrets are masked; the log never had them. */
export type ConfigVersion = {
  readonly position: number;
  readonly time: number;
  readonly actor?: string;
  readonly source: string;
  readonly hash: string;
  readonly previousHash?: string;
  readonly reason?: string;
  /** The version that a rollback put in force again. */
  readonly restoredFrom?: number;
  readonly changes: readonly ConfigChange[];
  readonly restartNeeded: readonly string[];
};

export type ConfigVersions = {
  /** The newest first. */
  readonly versions: readonly ConfigVersion[];
  /** Older than this position there are more. */
  readonly next?: number;
};

export type VersionWithDocument = ConfigVersion & { readonly document: Readonly<Record<string, unknown>> };

export type ConfigDiff = {
  readonly from: Pick<ConfigVersion, 'position' | 'time' | 'hash'>;
  readonly to: Pick<ConfigVersion, 'position' | 'time' | 'hash'>;
  /** What `to` has otherwise. Secrets are not compared. */
  readonly changes: readonly ConfigChange[];
};

/** The word for the version that is in force, or was when the gateway stopped. */
const LATEST = 'latest';
const HASH = /^[0-9a-f]{12,64}$/;

/** The newest versions, or those before a position. */
export async function configVersions(
  log: LogOfThePast,
  { limit, before = Number.MAX_SAFE_INTEGER }: { readonly limit: number; readonly before?: number },
): Promise<ConfigVersions> {
  let kept: ConfigVersion[] = [];
  for await (const page of streamTo(log, 'config', Math.min(log.head(), before - 1))) {
    const versions = page.map(versionOf).filter((version) => version !== undefined);
    kept = [...kept, ...versions].slice(-limit - 1);
  }
  const versions = kept.slice(-limit).reverse();
  const oldest = versions.at(-1)?.position;
  return { versions, ...(kept.length > limit && oldest !== undefined && { next: oldest }) };
}

/**
 * The version that was in force at a moment: a position, a time, how long ago, "latest", or the hash of its file (12
 * digits or more). Throws POSITION_NOT_FOUND, BAD_REQUEST, and RECORDING_INCOMPLETE where the log has only a hash.
 */
export async function configVersionAt(log: LogOfThePast, at: string): Promise<VersionWithDocument> {
  const wanted = HASH.test(at) && !/^\d{12}$/.test(at) ? at : undefined;
  const moment: Moment = wanted || at === LATEST ? { position: log.head(), time: 0 } : await momentOf(log, at);
  let found: StoredEvent | undefined;
  for await (const page of streamTo(log, 'config', moment.position)) {
    found = page.findLast((event) => isVersion(event) && (wanted === undefined || versionOf(event)?.hash.startsWith(wanted))) ?? found;
  }
  const version = found && versionOf(found);
  if (!found || !version) throw nothingRecorded(at, moment.position);
  if (!ConfigChanged.is(found) || !found.data.document) {
    throw new GatewayError('RECORDING_INCOMPLETE', {
      message: `The log has only the hash of the configuration of position ${version.position}: ${version.hash}.`,
      details: { position: version.position },
    });
  }
  return { ...version, document: found.data.document };
}

/** What a later version has otherwise than an earlier one. Throws what `configVersionAt` throws. */
export async function configDiff(log: LogOfThePast, fromAt: string, toAt: string): Promise<ConfigDiff> {
  const [from, to] = await Promise.all([configVersionAt(log, fromAt), configVersionAt(log, toAt)]);
  return { from: nameOf(from), to: nameOf(to), changes: compare(from.document, to.document) };
}

const nameOf = ({ position, time, hash }: ConfigVersion) => ({ position, time, hash });

const isVersion = (event: StoredEvent) => ConfigChanged.is(event) || ConfigRolledBack.is(event);

function versionOf(event: StoredEvent): ConfigVersion | undefined {
  const { position, time, metadata } = event;
  const envelope = { position, time, ...(metadata.actor && { actor: metadata.actor.id }) };
  if (ConfigRolledBack.is(event)) return { ...envelope, ...event.data, changes: [], restartNeeded: [] };
  if (!ConfigChanged.is(event)) return undefined;
  const { document: _, ...data } = event.data;
  return { ...envelope, ...withoutUndefined(data), changes: data.changes.map(withoutUndefined) };
}

function nothingRecorded(at: string, position: number): GatewayError {
  const message = HASH.test(at)
    ? `No version has a hash that begins with ${at}.`
    : `No configuration was recorded up to position ${position}.`;
  return new GatewayError('RECORDING_INCOMPLETE', {
    message,
    details: { position, remedy: '`openclaw config history` shows the versions that there are.' },
  });
}

function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
