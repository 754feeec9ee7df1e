/** What came back, and what must never come back. */

/** Codes with which a gateway that has too much to do says so; docs/limits.md names each. */
const TOO_MUCH: ReadonlySet<string> = new Set(['OVERLOADED', 'STARTING']);
const MOST_KEPT = 20;

export type Who = 'nobody' | 'wrong' | 'right';

export class Tally {
  readonly sent: Record<string, number> = {};
  readonly statuses: Record<string, number> = {};
  /** What breaks a rule, with how to send it again. */
  readonly violations: string[] = [];
  violated = 0;
  tooMuch = 0;
  /** Connections that ended without a whole answer. */
  unanswered = 0;

  get requests(): number {
    return Object.values(this.sent).reduce((sum, count) => sum + count, 0);
  }

  count(door: string): void {
    this.sent[door] = (this.sent[door] ?? 0) + 1;
  }

  status(status: number, code: string | undefined, what: string): void {
    const name = status >= 500 ? `${status} ${code ?? ''}`.trim() : String(status);
    this.statuses[name] = (this.statuses[name] ?? 0) + 1;
    if (status < 500) return;
    if (status === 503 && TOO_MUCH.has(code ?? '')) this.tooMuch += 1;
    else this.violate(`${status} ${code ?? ''} for ${what}`);
  }

  violate(what: string): void {
    this.violated += 1;
    if (this.violations.length < MOST_KEPT) this.violations.push(what.slice(0, 400));
  }
}
