import type { ProjectionProgress } from '../store.ts';
import type { ViewErasure } from './protocol.ts';
import type { ProjectionRunner } from './runner.ts';

/** The projections of several files as one; each file is written in transactions of its own. */
export class ProjectionRunners {
  readonly #runners: readonly ProjectionRunner[];

  constructor(runners: readonly ProjectionRunner[]) {
    this.#runners = runners;
  }

  get position(): number {
    return Math.min(...this.#runners.map(({ position }) => position));
  }

  get frontier(): number {
    return Math.min(...this.#runners.map(({ frontier }) => frontier));
  }

  get progress(): readonly ProjectionProgress[] {
    return this.#runners.flatMap((runner) => runner.progress);
  }

  step(): boolean {
    return this.#runners.map((runner) => runner.step()).includes(true);
  }

  resume(name: string, action: 'retry' | 'skip'): void {
    const [first] = this.#runners;
    (this.#runners.find((runner) => runner.has(name)) ?? first)?.resume(name, action);
  }

  erase(erasure: ViewErasure): void {
    for (const runner of this.#runners) runner.erase(erasure);
  }
}
