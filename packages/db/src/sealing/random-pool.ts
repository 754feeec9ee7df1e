import { randomFillSync } from 'node:crypto';

const DRAWS = 256;

/** Random bytes, drawn from the system many at a time: a draw costs more than what is drawn. */
export class RandomPool {
  readonly #pool: Buffer;
  readonly #size: number;
  #at: number;

  /** `size`: bytes of each draw. */
  constructor(size: number) {
    this.#size = size;
    this.#pool = Buffer.alloc(size * DRAWS);
    this.#at = this.#pool.length;
  }

  /** Writes the next bytes to `target` at `offset`. */
  draw(target: Buffer, offset: number): void {
    if (this.#at === this.#pool.length) {
      randomFillSync(this.#pool);
      this.#at = 0;
    }
    this.#pool.copy(target, offset, this.#at, this.#at + this.#size);
    this.#at += this.#size;
  }
}
