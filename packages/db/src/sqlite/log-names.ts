import type { Connection } from './connection.ts';
import { LruMap } from './lru.ts';

const KNOWN_STREAMS = 10_000;

/** What the numbers in the rows of a log stand for: types, of which there are few, and streams, of which the last used are kept. */
export class LogNames {
  readonly #selectType;
  readonly #selectStreamId;
  readonly #types = new Map<number, string>();
  readonly #streamIds = new LruMap<number, string>(KNOWN_STREAMS);
  /** The events of a commit mostly lie in one stream. */
  #lastStream = { streamNo: 0, streamId: '' };

  constructor(db: Connection) {
    this.#selectType = db.prepare<[number], string>('SELECT type FROM event_types WHERE type_no = ?').pluck();
    this.#selectStreamId = db.prepare<[number], string>('SELECT stream_id FROM streams WHERE stream_no = ?').pluck();
  }

  type(typeNo: number): string {
    const known = this.#types.get(typeNo);
    if (known !== undefined) return known;
    const type = this.#selectType.get(typeNo) ?? '';
    this.#types.set(typeNo, type);
    return type;
  }

  streamId(streamNo: number): string {
    if (this.#lastStream.streamNo === streamNo) return this.#lastStream.streamId;
    let streamId = this.#streamIds.get(streamNo);
    if (streamId === undefined) {
      streamId = this.#selectStreamId.get(streamNo) ?? '';
      this.#streamIds.set(streamNo, streamId);
    }
    this.#lastStream = { streamNo, streamId };
    return streamId;
  }
}
