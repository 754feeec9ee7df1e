import { upcast } from '@openclaw-gateway/events/catalog/index';
import type { EventMetadata, StoredEvent } from '@openclaw-gateway/events/envelope';

/** What an event is made from; the hashes are hexadecimal. */
export type ExportedFields = {
  readonly id: string;
  readonly type: string;
  /** The schema version it was written with. */
  readonly schemaVersion: number;
  readonly position: number;
  readonly streamId: string;
  readonly version: number;
  readonly time: number;
  readonly metadataJson: string;
  readonly hash: string;
  readonly previousHash: string;
  readonly dataHash: string;
};

/** The body as it lies in the log when nothing of it is sealed, else as the log reads it. */
export type ExportedBody = { readonly stored: string; readonly salt: string } | { readonly read: unknown; readonly erased: boolean };

/**
 * An event on its way out of the log: its stored JSON as it is, for formats that only pass it on, and its data and metadata
 * parsed once somebody looks at them.
 */
export class ExportedEvent {
  readonly id: StoredEvent['id'];
  readonly type: string;
  readonly schemaVersion: number;
  readonly position: number;
  readonly streamId: string;
  readonly version: number;
  readonly time: number;
  readonly metadataJson: string;
  readonly hash: string;
  readonly previousHash: string;
  readonly dataHash: string;
  readonly #body: ExportedBody;
  #data: { readonly value: unknown } | undefined;
  #metadata: EventMetadata | undefined;

  constructor(fields: ExportedFields, body: ExportedBody) {
    this.id = fields.id as StoredEvent['id'];
    this.type = fields.type;
    this.schemaVersion = fields.schemaVersion;
    this.position = fields.position;
    this.streamId = fields.streamId;
    this.version = fields.version;
    this.time = fields.time;
    this.metadataJson = fields.metadataJson;
    this.hash = fields.hash;
    this.previousHash = fields.previousHash;
    this.dataHash = fields.dataHash;
    this.#body = body;
  }

  /** In the newest schema version. */
  get data(): unknown {
    if (this.#data) return this.#data.value;
    const body = this.#body;
    const value = 'stored' in body ? upcast(this.type, this.schemaVersion, JSON.parse(body.stored)) : body.read;
    this.#data = { value };
    return value;
  }

  get metadata(): EventMetadata {
    this.#metadata ??= JSON.parse(this.metadataJson) as EventMetadata;
    return this.#metadata;
  }

  /** The person behind it was erased, or its body was archived and is not at hand. */
  get erased(): boolean {
    return 'erased' in this.#body && this.#body.erased;
  }

  /** The stored JSON and its salt in hexadecimal, from which `dataHash` can be computed again; nothing when a part was sealed or left. */
  get stored(): { readonly json: string; readonly salt: string } | undefined {
    return 'stored' in this.#body ? { json: this.#body.stored, salt: this.#body.salt } : undefined;
  }
}
