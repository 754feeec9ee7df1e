import type { Actor, ConfigState, EventMetadata, GatewayError, NewEvent } from '@openclaw-gateway/events';
import type { EarlierConfig } from './restore.ts';
import type { Config } from './schema/index.ts';

/** Where a configuration came from, as the events say it. */
export type ConfigSource = 'start' | 'file' | 'command' | 'dashboard' | 'websocket' | 'rollback';

/** A configuration in force. */
export type ConfigSnapshot = {
  readonly config: Config;
  /** SHA-256 of the file's text in hexadecimal; of the empty text where there is no file. */
  readonly hash: string;
  readonly path: string;
  /** Whether there is a file. Without one all defaults are in force. */
  readonly exists: boolean;
  readonly source: ConfigSource;
  /** What is right and yet unwise: files with secrets that everybody may read. */
  readonly warnings: readonly Finding[];
};

/** What is wrong with one key, in words for the person who wrote it. Values of secret keys are masked. */
export type Finding = { readonly path: string; readonly value?: string; readonly expected: string; readonly hint?: string };

/** One difference between two configurations. Values of secret keys are masked. */
export type ConfigChange = {
  readonly path: string;
  readonly op: 'add' | 'remove' | 'replace';
  readonly before?: unknown;
  readonly after?: unknown;
};

/** What a taken change did. */
export type ConfigUpdate = {
  readonly snapshot: ConfigSnapshot;
  readonly changes: readonly ConfigChange[];
  /** The changed keys that take effect only after a restart. */
  readonly restartNeeded: readonly string[];
};

/** What was asked of a configuration. */
export type FileChange =
  | { readonly op: 'set'; readonly path: string; readonly value: unknown }
  | { readonly op: 'unset'; readonly path: string }
  | { readonly op: 'rollback'; readonly to: EarlierConfig }
  /** Another text as a whole. */
  | { readonly op: 'text'; readonly text: string };

export type ConfigEdit = {
  readonly actor: Actor;
  /** Who asked: a rollback is recorded as one all the same. `rollback`: the gateway itself puts back what was there. */
  readonly source: 'command' | 'dashboard' | 'websocket' | 'rollback';
  /** The hash of the text that the change was made for, or its first 12 digits or more; `CONFIG_CONFLICT` when the file is another by now. */
  readonly baseHash?: string;
  /** Why, for the log. */
  readonly reason?: string;
  /** Says what the change would do, and does nothing. */
  readonly dryRun?: boolean;
};

/** What stands in the file and is not what runs. */
export type Unapplied = {
  readonly changes: readonly (ConfigChange & { readonly waitsFor: 'restart' | 'correction' })[];
  /** Why the file is refused as it is. */
  readonly refused?: GatewayError;
};

export type ConfigListener = (update: ConfigUpdate, previous: Config) => void;

/** Appends an event to the stream `config`. */
export type RecordConfigEvent = (event: NewEvent, metadata: Pick<EventMetadata, 'actor'>) => Promise<void>;

/**
 * The configuration of a running process. Every change is validated as a whole, written atomically and recorded; a bad
 * one leaves everything as it was.
 */
export interface ConfigStore {
  current(): ConfigSnapshot;
  /** The text of the file that is in force; empty where there is none. It may hold secrets. */
  raw(): string;
  /**
   * Sets one key in the file and puts the result in force; comments and order of the file stay.
   * Throws CONFIG_INVALID with `details.findings`, CONFIG_SYNTAX, CONFIG_ENV_MISSING, CONFIG_SECRET_FILE, CONFIG_CONFLICT,
   * CONFIG_UNREADABLE.
   * @example await store.set('gateway.sessions.historyRetention', '1d', { actor, source: 'command' })
   */
  set(path: string, value: unknown, edit: ConfigEdit): Promise<ConfigUpdate>;
  /** Takes one key out of the file, so that its default is in force. Throws CONFIG_KEY_UNSET and what `set` throws. */
  unset(path: string, edit: ConfigEdit): Promise<ConfigUpdate>;
  /**
   * Puts an earlier configuration in force again, as a new version; secrets keep their present values and comments stay
   * where they can. Throws CONFIG_SECRET_UNKNOWN where one is not set, and what `set` throws.
   */
  rollback(to: EarlierConfig, edit: ConfigEdit): Promise<ConfigUpdate>;
  /** Makes any change of the file. Throws what `set`, `unset` and `rollback` throw. */
  change(change: FileChange, edit: ConfigEdit): Promise<ConfigUpdate>;
  /** What the command line says in place of what the file says. */
  overrides(): { readonly host?: string; readonly port?: number };
  /** What stands in the file and is not what runs: keys that wait for a restart, and everything in a file that is refused. */
  unapplied(): Promise<Unapplied>;
  /** The configuration that a text would give. Throws CONFIG_SYNTAX, CONFIG_ENV_MISSING, CONFIG_SECRET_FILE, CONFIG_INVALID. */
  validateText(text: string): Promise<Config>;
  /** Calls back after each change that is in force. Returns the unsubscribe function. */
  onChange(listener: ConfigListener): () => void;
  /**
   * Reads the file again, and the files with secrets; what is refused is recorded and leaves the last good configuration
   * in force. Resolves with the update, or `undefined` when nothing changed. Throws what `validateText` throws, and CONFIG_UNREADABLE.
   */
  reload(): Promise<ConfigUpdate | undefined>;
  /** Records which configuration the process started with, unless it is the one that the log has as in force. */
  recordStart(previous: ConfigState): Promise<void>;
  /** Takes up changes that are made to the file by hand from now on. */
  watch(): void;
  close(): Promise<void>;
}
