import { ConfigChanged, ConfigRejected, type ConfigState, GatewayError, toGatewayError } from '@openclaw-gateway/events';
import { compare, restartNeeded } from './changes.ts';
import { hashText, readText, writeText } from './file.ts';
import type { ReadConfig, ReadOptions } from './read.ts';
import { readConfig } from './read.ts';
import { maskSecrets } from './secrets.ts';
import { changeText, type FileChange } from './stopped.ts';
import type {
  ConfigEdit,
  ConfigListener,
  ConfigSnapshot,
  ConfigSource,
  ConfigStore,
  ConfigUpdate,
  Finding,
  RecordConfigEvent,
} from './types.ts';
import { watchFile } from './watch.ts';

export type ConfigStoreOptions = {
  readonly path: string;
  readonly record: RecordConfigEvent;
  readonly env?: NodeJS.ProcessEnv;
  readonly overrides?: NonNullable<ReadOptions['overrides']>;
  /** How long a burst of changes to the file must be over before it is read. */
  readonly settleMs?: number;
};

type State = ReadConfig & { readonly snapshot: ConfigSnapshot; readonly text: string };

const FILE_ACTOR = { type: 'system', id: 'config-file' } as const;

/** Reads the configuration file and opens the store on it. Throws CONFIG_SYNTAX, CONFIG_ENV_MISSING, CONFIG_INVALID, CONFIG_UNREADABLE. */
export async function openConfigStore(options: ConfigStoreOptions): Promise<ConfigStore> {
  const text = await readText(options.path);
  const read: ReadOptions = {
    env: options.env ?? process.env,
    ...(options.overrides && { overrides: options.overrides }),
  };
  return new FileConfigStore(options, read, text);
}

class FileConfigStore implements ConfigStore {
  readonly #options: ConfigStoreOptions;
  readonly #read: ReadOptions;
  readonly #listeners = new Set<ConfigListener>();
  #state: State;
  /** The last text that was refused, so that it is refused once. */
  #refusedHash: string | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #unwatch: (() => void) | undefined;

  constructor(options: ConfigStoreOptions, read: ReadOptions, text: string | undefined) {
    this.#options = options;
    this.#read = read;
    this.#state = this.#interpret(text, 'start');
  }

  current(): ConfigSnapshot {
    return this.#state.snapshot;
  }

  raw(): string {
    return this.#state.text;
  }

  validateText(text: string) {
    return readConfig(text, this.#read).config;
  }

  onChange(listener: ConfigListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  set(path: string, value: unknown, edit: ConfigEdit): Promise<ConfigUpdate> {
    return this.#edit({ op: 'set', path, value }, edit);
  }

  unset(path: string, edit: ConfigEdit): Promise<ConfigUpdate> {
    return this.#edit({ op: 'unset', path }, edit);
  }

  reload(): Promise<ConfigUpdate | undefined> {
    return this.#inTurn(() => this.#takeFile());
  }

  async recordStart(previous: ConfigState): Promise<void> {
    const { snapshot, document } = this.#state;
    const { hash } = snapshot;
    if (hash === previous.hash && previous.document) return;
    const event = ConfigChanged.create({
      hash,
      ...(previous.hash && { previousHash: previous.hash }),
      source: 'start',
      changes: [],
      restartNeeded: [],
      document: shownDocument(document),
    });
    await this.#options.record(event, { actor: FILE_ACTOR });
  }

  watch(): void {
    // What is refused is recorded where it is read; there is nobody here to tell.
    this.#unwatch ??= watchFile(this.#options.path, this.#options.settleMs ?? 200, () => void this.reload().catch(() => undefined));
  }

  async close(): Promise<void> {
    this.#unwatch?.();
    this.#unwatch = undefined;
    await this.#last;
  }

  /** The change is made to the text that is on the disk now, so that it can also repair a file that is refused. */
  #edit(change: FileChange, edit: ConfigEdit): Promise<ConfigUpdate> {
    return this.#inTurn(async () => {
      // What was changed by hand before is another change, by someone else.
      await this.#takeFile().catch(() => undefined);
      const text = (await readText(this.#options.path)) ?? '';
      const hash = hashText(text);
      if (edit.baseHash !== undefined && edit.baseHash !== hash) {
        throw new GatewayError('CONFIG_CONFLICT', { details: { baseHash: edit.baseHash, hash } });
      }
      const changed = changeText(text, change, this.#options.path);
      const next = await this.#interpretOrRecord(changed, edit.source, edit.actor);
      if (changed !== text) await writeText(this.#options.path, changed);
      return this.#takeOver(next, edit.actor);
    });
  }

  async #takeFile(): Promise<ConfigUpdate | undefined> {
    const text = await readText(this.#options.path);
    const hash = hashText(text ?? '');
    if (hash === this.#state.snapshot.hash) {
      this.#refusedHash = undefined;
      return undefined;
    }
    if (hash === this.#refusedHash) return undefined;
    if (text === undefined || text.trim() === '') {
      const expected = text === undefined ? 'the file, which is gone' : 'a configuration; the file is empty';
      const error = new GatewayError('CONFIG_UNREADABLE', {
        message: `${this.#options.path}: expected ${expected}.`,
        details: { findings: [{ path: '', expected, hint: 'Put it back, or restart the gateway to run with all defaults.' }] },
      });
      await this.#recordRefusal(error, hash, 'file', FILE_ACTOR);
      throw error;
    }
    return this.#takeOver(await this.#interpretOrRecord(text, 'file', FILE_ACTOR), FILE_ACTOR);
  }

  async #takeOver(next: State, actor: ConfigEdit['actor']): Promise<ConfigUpdate> {
    const previous = this.#state;
    const changes = compare(previous.document, next.document);
    const restart = restartNeeded(previous.document, next.document);
    if (next.snapshot.hash !== previous.snapshot.hash) {
      const { hash, source } = next.snapshot;
      const data = {
        hash,
        previousHash: previous.snapshot.hash,
        source,
        changes: changes.map((change) => ({ ...change })),
        restartNeeded: [...restart],
        document: shownDocument(next.document),
      };
      await this.#options.record(ConfigChanged.create(data), { actor });
    }
    this.#state = next;
    this.#refusedHash = undefined;
    const update = { snapshot: next.snapshot, changes, restartNeeded: restart };
    if (changes.length > 0) for (const listener of this.#listeners) listener(update, previous.config);
    return update;
  }

  #interpret(text: string | undefined, source: ConfigSource): State {
    const exists = text !== undefined;
    const read = readConfig(text ?? '', this.#read);
    return {
      ...read,
      text: text ?? '',
      snapshot: { config: read.config, hash: hashText(text ?? ''), path: this.#options.path, exists, source },
    };
  }

  async #interpretOrRecord(text: string, source: ConfigSource, actor: ConfigEdit['actor']): Promise<State> {
    try {
      return this.#interpret(text, source);
    } catch (thrown) {
      const error = toGatewayError(thrown);
      await this.#recordRefusal(error, hashText(text), source, actor);
      throw error;
    }
  }

  async #recordRefusal(error: GatewayError, hash: string, source: ConfigSource, actor: ConfigEdit['actor']): Promise<void> {
    if (source === 'file') this.#refusedHash = hash;
    const findings = (error.details?.['findings'] as readonly Finding[] | undefined) ?? [
      { path: '', expected: error.message.slice(0, 500) },
    ];
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

/** What is written, as the log may keep it. */
const shownDocument = (document: unknown): Record<string, unknown> => maskSecrets(document) as Record<string, unknown>;
