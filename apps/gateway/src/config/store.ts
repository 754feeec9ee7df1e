/** The configuration of a running gateway: what is in force, how it is changed, and what is recorded of that. */
import { dirname } from 'node:path';
import { ConfigChanged, ConfigRejected, type ConfigState, GatewayError, toGatewayError } from '@openclaw-gateway/events';
import { compare, restartNeeded } from './changes.ts';
import { hashText, readText, writeText } from './file.ts';
import { loadConfig, readSecretFiles } from './load.ts';
import { readNote, removeNote } from './note.ts';
import { parsePath } from './path.ts';
import type { ReadOptions } from './read.ts';
import { readDocument } from './read.ts';
import { reloadOf } from './reload.ts';
import type { EarlierConfig } from './restore.ts';
import type { SecretFiles } from './secret-references.ts';
import { maskSecrets } from './secrets.ts';
import { type FromFile, interpret, markOf, rotatedSecrets, type State } from './state.ts';
import { changeText, checkBase } from './stopped.ts';
import type {
  ConfigChange,
  ConfigEdit,
  ConfigListener,
  ConfigSnapshot,
  ConfigSource,
  ConfigStore,
  ConfigUpdate,
  FileChange,
  Finding,
  RecordConfigEvent,
  Unapplied,
} from './types.ts';
import { watchDirectories, watchFile } from './watch.ts';

export type ConfigStoreOptions = {
  readonly path: string;
  readonly record: RecordConfigEvent;
  readonly env?: NodeJS.ProcessEnv;
  readonly overrides?: NonNullable<ReadOptions['overrides']>;
  readonly exceptions?: NonNullable<ReadOptions['exceptions']>;
  /** How long a burst of changes to the file must be over before it is read. */
  readonly settleMs?: number;
  /** Where a change that was made while the gateway was stopped left who made it and why. */
  readonly notePath?: string;
};

type Recorded = Pick<ConfigEdit, 'actor' | 'reason'> & { readonly restoredFrom?: number };

const FILE_ACTOR = { type: 'system', id: 'config-file' } as const;
const COMMAND_ACTOR = { type: 'system', id: 'command-line' } as const;
const SECRET_CHANGED = 'the content of a file with a secret is another';

/**
 * Reads the configuration file and opens the store on it. Throws CONFIG_SYNTAX, CONFIG_ENV_MISSING, CONFIG_SECRET_FILE,
 * CONFIG_INVALID, CONFIG_UNREADABLE.
 */
export async function openConfigStore(options: ConfigStoreOptions): Promise<ConfigStore> {
  const { overrides, exceptions } = options;
  const read = { env: options.env ?? process.env, ...(overrides && { overrides }), ...(exceptions && { exceptions }) };
  const text = await readText(options.path);
  const secretFiles = await readSecretFiles(text ?? '', read.env);
  return new FileConfigStore(options, read, interpret({ path: options.path, text, secretFiles, read, source: 'start' }));
}

class FileConfigStore implements ConfigStore {
  readonly #options: ConfigStoreOptions;
  readonly #read: ReadOptions;
  readonly #listeners = new Set<ConfigListener>();
  /** What is written of the keys that were read at the start and never since. */
  readonly #startDocument: unknown;
  #state: State;
  /** The last content that was refused, and why: it is recorded once. */
  #refused: { readonly mark: string; readonly error: GatewayError } | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #unwatch: (() => void) | undefined;

  constructor(options: ConfigStoreOptions, read: ReadOptions, state: State) {
    this.#options = options;
    this.#read = read;
    this.#state = state;
    this.#startDocument = state.document;
  }

  current(): ConfigSnapshot {
    return this.#state.snapshot;
  }

  raw(): string {
    return this.#state.text;
  }

  async validateText(text: string) {
    return (await loadConfig(text, this.#read)).config;
  }

  onChange(listener: ConfigListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  set(path: string, value: unknown, edit: ConfigEdit): Promise<ConfigUpdate> {
    return this.change({ op: 'set', path, value }, edit);
  }

  unset(path: string, edit: ConfigEdit): Promise<ConfigUpdate> {
    return this.change({ op: 'unset', path }, edit);
  }

  rollback(to: EarlierConfig, edit: ConfigEdit): Promise<ConfigUpdate> {
    return this.change({ op: 'rollback', to }, edit);
  }

  overrides() {
    return this.#read.overrides ?? {};
  }

  reload(): Promise<ConfigUpdate | undefined> {
    return this.#inTurn(() => this.#takeFile());
  }

  async unapplied(): Promise<Unapplied> {
    const text = await readText(this.#options.path);
    const refused = await this.#refusalOf(text);
    if (refused?.code === 'CONFIG_SYNTAX') return { changes: [], refused };
    const written = readDocument(text ?? '').value;
    const isHot = ({ path }: ConfigChange) => reloadOf(parsePath(path)) === 'hot';
    const changes = [
      ...compare(this.#startDocument, written).filter((change) => !isHot(change)),
      ...compare(this.#state.document, written).filter(isHot),
    ];
    const waitsFor = refused ? 'correction' : 'restart';
    return { changes: changes.map((change) => ({ ...change, waitsFor })), ...(refused && { refused }) };
  }

  async recordStart(previous: ConfigState): Promise<void> {
    const { snapshot, document } = this.#state;
    const { hash } = snapshot;
    const { notePath } = this.#options;
    if (hash !== previous.hash || !previous.document) {
      const { source = 'start', ...note } = (notePath && (await readNote(notePath, hash))) || {};
      const event = ConfigChanged.create({
        ...note,
        hash,
        ...(previous.hash && { previousHash: previous.hash }),
        source,
        changes: previous.document ? compare(previous.document, shownDocument(document)).map((change) => ({ ...change })) : [],
        restartNeeded: [],
        document: shownDocument(document),
      });
      await this.#options.record(event, { actor: source === 'start' ? FILE_ACTOR : COMMAND_ACTOR });
    }
    if (notePath) await removeNote(notePath);
  }

  watch(): void {
    if (this.#unwatch) return;
    // What is refused is recorded where it is read; there is nobody here to tell.
    const read = () => void this.reload().catch(() => undefined);
    const settleMs = this.#options.settleMs ?? 200;
    const unwatchFile = watchFile(this.#options.path, settleMs, read);
    const unwatchSecrets = watchDirectories(settleMs, read);
    const follow = () => unwatchSecrets.follow([...this.#state.secretFiles.keys()].map((path) => dirname(path)));
    follow();
    const unlisten = this.onChange(follow);
    this.#unwatch = () => {
      unwatchFile();
      unwatchSecrets.close();
      unlisten();
    };
  }

  async close(): Promise<void> {
    this.#unwatch?.();
    this.#unwatch = undefined;
    await this.#last;
  }

  /** The change is made to the text that is on the disk now, so that it can also repair a file that is refused. */
  change(change: FileChange, edit: ConfigEdit): Promise<ConfigUpdate> {
    return this.#inTurn(async () => {
      // What was changed by hand before is another change, by someone else.
      await this.#takeFile().catch(() => undefined);
      const text = (await readText(this.#options.path)) ?? '';
      checkBase(text, edit.baseHash);
      const changed = changeText(text, change, this.#options.path);
      if (edit.dryRun) return this.#updateTo(await this.#interpret(await this.#withSecrets(changed), edit.source));
      const next = await this.#interpretOrRecord(await this.#withSecrets(changed), edit.source, edit.actor);
      if (changed !== text) await writeText(this.#options.path, changed);
      if (change.op !== 'rollback') return this.#takeOver(next, edit);
      const rolledBack: State = { ...next, snapshot: { ...next.snapshot, source: 'rollback' } };
      return this.#takeOver(rolledBack, { ...edit, restoredFrom: change.to.position });
    });
  }

  async #takeFile(): Promise<ConfigUpdate | undefined> {
    const text = await readText(this.#options.path);
    const found = await this.#withSecrets(text ?? '');
    if (found.mark === this.#state.mark) {
      this.#refused = undefined;
      return undefined;
    }
    if (this.#refused && found.mark === this.#refused.mark) throw this.#refused.error;
    if (text === undefined || text.trim() === '') {
      const error = withoutText(this.#options.path, text);
      await this.#recordRefusal(error, found, 'file', FILE_ACTOR);
      throw error;
    }
    const isSameText = text === this.#state.text;
    const next = await this.#interpretOrRecord(found, 'file', FILE_ACTOR);
    return this.#takeOver(next, { actor: FILE_ACTOR, ...(isSameText && { reason: SECRET_CHANGED }) });
  }

  async #takeOver(next: State, { actor, reason, restoredFrom }: Recorded): Promise<ConfigUpdate> {
    const previous = this.#state;
    const update = this.#updateTo(next);
    const { changes } = update;
    if (next.mark !== previous.mark) {
      const { hash, source } = next.snapshot;
      const data = {
        hash,
        previousHash: previous.snapshot.hash,
        source,
        ...(reason !== undefined && { reason }),
        ...(restoredFrom !== undefined && { restoredFrom }),
        changes: changes.map((change) => ({ ...change })),
        restartNeeded: [...update.restartNeeded],
        document: shownDocument(next.document),
      };
      await this.#options.record(ConfigChanged.create(data), { actor });
    }
    this.#state = next;
    this.#refused = undefined;
    if (changes.length > 0) for (const listener of this.#listeners) listener(update, previous.config);
    return update;
  }

  #updateTo(next: State): ConfigUpdate {
    const { document } = this.#state;
    const rotated = rotatedSecrets(this.#state, next);
    // What is again as it was at the start runs already.
    const waiting = new Set(restartNeeded(this.#startDocument, next.document));
    return {
      snapshot: next.snapshot,
      changes: [...compare(document, next.document), ...rotated],
      restartNeeded: [
        ...restartNeeded(document, next.document).filter((path) => waiting.has(path)),
        ...rotated.filter(({ path }) => reloadOf(parsePath(path)) === 'restart').map(({ path }) => path),
      ],
    };
  }

  async #withSecrets(text: string): Promise<FromFile> {
    // A text that cannot be read refers to nothing; what is wrong with it is said where it is interpreted.
    const secretFiles: SecretFiles = await readSecretFiles(text, this.#read.env).catch(() => new Map());
    return { text, secretFiles, mark: markOf(text, secretFiles) };
  }

  async #refusalOf(text: string | undefined): Promise<GatewayError | undefined> {
    if (text === undefined || text.trim() === '') return this.#state.snapshot.exists ? withoutText(this.#options.path, text) : undefined;
    return loadConfig(text, this.#read).then(() => undefined, toGatewayError);
  }

  #interpret({ text, secretFiles }: FromFile, source: ConfigSource): State {
    return interpret({ path: this.#options.path, text, secretFiles, read: this.#read, source });
  }

  async #interpretOrRecord(found: FromFile, source: ConfigSource, actor: ConfigEdit['actor']): Promise<State> {
    try {
      return this.#interpret(found, source);
    } catch (thrown) {
      const error = toGatewayError(thrown);
      await this.#recordRefusal(error, found, source, actor);
      throw error;
    }
  }

  async #recordRefusal(error: GatewayError, found: FromFile, source: ConfigSource, actor: ConfigEdit['actor']): Promise<void> {
    if (source === 'file') this.#refused = { mark: found.mark, error };
    const findings = (error.details?.['findings'] as readonly Finding[] | undefined) ?? [
      { path: '', expected: error.message.slice(0, 500) },
    ];
    const hash = hashText(found.text);
    const event = ConfigRejected.create({ hash, source, code: error.code, findings: findings.map((finding) => ({ ...finding })) });
    await this.#options.record(event, { actor });
  }

  /** One change after the other, whoever asks for it. */
  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

function withoutText(path: string, text: string | undefined): GatewayError {
  const expected = text === undefined ? 'the file, which is gone' : 'a configuration; the file is empty';
  return new GatewayError('CONFIG_UNREADABLE', {
    message: `${path}: expected ${expected}.`,
    details: { findings: [{ path: '', expected, hint: 'Put it back, or restart the gateway to run with all defaults.' }] },
  });
}

/** What is written, as the log may keep it. */
const shownDocument = (document: unknown): Record<string, unknown> => maskSecrets(document) as Record<string, unknown>;
