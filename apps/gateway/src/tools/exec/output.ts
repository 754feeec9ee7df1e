import { readableText } from '../files/text.ts';

/** Control characters but tab and newline, and what reorders text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSEEN = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences begin with one
const ANSI = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[@-Z\\-_])/g;

/** What a program printed: its beginning and its end, however much it was. */
export class Output {
  readonly #half: number;
  #head: Buffer[] = [];
  #tail: Buffer[] = [];
  #headBytes = 0;
  #tailBytes = 0;
  sizeBytes = 0;

  constructor(mostBytes: number) {
    this.#half = Math.floor(mostBytes / 2);
  }

  add(chunk: Buffer): void {
    this.sizeBytes += chunk.length;
    const free = this.#half - this.#headBytes;
    if (free > 0) {
      this.#head.push(chunk.subarray(0, free));
      this.#headBytes += Math.min(free, chunk.length);
    }
    if (chunk.length > free) this.#addTail(chunk.subarray(Math.max(0, free)));
  }

  #addTail(chunk: Buffer): void {
    this.#tail.push(Buffer.from(chunk.subarray(-this.#half)));
    this.#tailBytes += Math.min(chunk.length, this.#half);
    while (this.#tailBytes - (this.#tail[0]?.length ?? 0) >= this.#half) this.#tailBytes -= this.#tail.shift()?.length ?? 0;
  }

  /** As text without control characters; of binary output only that it is binary. */
  shown(): { readonly text: string; readonly omittedBytes?: number } | { readonly binary: true; readonly sizeBytes: number } {
    const tail = Buffer.concat(this.#tail).subarray(-this.#half);
    const head = Buffer.concat(this.#head);
    const omittedBytes = this.sizeBytes - head.length - tail.length;
    const whole = omittedBytes > 0 ? undefined : readableText(Buffer.concat([head, tail]));
    const text = whole ?? (omittedBytes > 0 ? joined(readableText(head), readableText(tail), omittedBytes) : undefined);
    if (text === undefined) return { binary: true, sizeBytes: this.sizeBytes };
    return { text: text.replace(ANSI, '').replace(/\r\n/g, '\n').replace(UNSEEN, '\uFFFD'), ...(omittedBytes > 0 && { omittedBytes }) };
  }
}

function joined(head: string | undefined, tail: string | undefined, omittedBytes: number): string | undefined {
  return head === undefined || tail === undefined ? undefined : `${head}\n[… ${omittedBytes} bytes left out …]\n${tail}`;
}
