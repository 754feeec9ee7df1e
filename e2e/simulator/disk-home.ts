/** A log that lies on a simulated disk. */
import type { ChainedRow } from '@openclaw-gateway/db';
import { Disk } from './disk.ts';
import { chainedRow, DiskLog, type DiskRecord } from './disk-log.ts';
import type { HomeOptions, LogHome, Opening } from './log-home.ts';
import type { Owner } from './machine.ts';

export class DiskHome implements LogHome {
  readonly #options: HomeOptions;
  readonly #disk: Disk;

  constructor(options: HomeOptions) {
    this.#options = options;
    this.#disk = new Disk(options.machine.random);
  }

  open(life: Owner, { opened }: Opening): void {
    const log = new DiskLog({ ...this.#options, disk: this.#disk, owner: life }, this.#records());
    opened({ log, events: log.events, failed: log.failed, close: () => log.close() });
  }

  lose(): void {
    this.#disk.lose();
    if (this.#options.machine.random.chance(0.7)) this.calm();
  }

  disturb(): void {
    this.#disk.fault = this.#options.machine.random.pick(['write_fails', 'full', 'sync_fails']);
  }

  calm(): void {
    this.#disk.fault = 'none';
  }

  async rows(): Promise<readonly ChainedRow[]> {
    return this.#records()
      .flatMap((record) => record.events)
      .map(chainedRow);
  }

  async close(): Promise<void> {}

  #records(): DiskRecord[] {
    return this.#disk.recover().map((payload) => JSON.parse(payload) as DiskRecord);
  }
}
