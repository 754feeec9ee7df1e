/** Random histories of messages, erasures, archivals and removals, over real files and in one thread. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Session, type SessionState, type StoredEvent } from '@openclaw-gateway/events';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { verifyChain } from '../chain.ts';
import { PROJECTIONS } from '../projections/index.ts';
import { stateFiles } from '../sqlite/files.ts';
import { LogMaintenance } from '../sqlite/maintenance.ts';
import { messageFlow, OUTCOMES } from '../testing/flows.ts';
import { InThreadStore } from '../testing/in-thread.ts';
import { RetentionClient, type StepRunner } from './client.ts';
import { RetentionOperations } from './operations.ts';
import type { RetentionPlan } from './port.ts';

const NOTHING: RetentionPlan = {
  contentBefore: 0,
  debugBefore: 0,
  archiveBefore: 0,
  kept: { heldSessions: [], heldSubjects: [], unfinishedSessions: [] },
};
const SESSIONS = 4;

type Step =
  | { readonly kind: 'say'; readonly who: number; readonly session: number; readonly outcome: (typeof OUTCOMES)[number] }
  | { readonly kind: 'erase'; readonly who: number }
  /** `share`: how much of the log, in percent. */
  | { readonly kind: 'archive' | 'expire'; readonly share: number };

const who = fc.nat({ max: 2 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('say' as const),
      who,
      session: fc.nat({ max: SESSIONS - 1 }),
      outcome: fc.constantFrom(...OUTCOMES),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('erase' as const), who }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('archive' as const, 'expire' as const), share: fc.integer({ min: 1, max: 100 }) }),
  },
);

test('after any history of messages, erasures, archivals and removals the chain verifies, folds go on and nothing of the erased remains', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 16 }), async (steps) => {
      using store = new InThreadStore();
      await play(store, steps);
    }),
    { numRuns: 25 },
  );
}, 60_000);

async function play(store: InThreadStore, steps: readonly Step[]): Promise<void> {
  const views = store.views('views');
  const runner = store.runner(views);
  const maintenance = new LogMaintenance(store.events, store.keys);
  const retention = new RetentionClient({
    log: {
      maintain: async (task) => maintenance.run(task),
      erase: async (subject, madeUntil) => maintenance.run({ name: 'destroy_key', subject, madeUntil }) > 0,
    },
    eraseViews: async (erasure) => runner.erase(erasure),
    steps: () => inThread(store),
  });
  const said: { readonly who: number; readonly text: string; erased: boolean }[] = [];
  const written = new Map<number, StoredEvent>();
  for (const item of steps) {
    if (item.kind === 'say') {
      const text = `word${crypto.randomUUID().replaceAll('-', '')}`;
      said.push({ who: item.who, text, erased: false });
      const before = store.log.head();
      say(store, item, text);
      for (const event of store.log.readAll({ after: before, limit: 1000 })) written.set(event.position, event);
    } else if (item.kind === 'erase') {
      await retention.destroyKey(`sub_${item.who}`, Number.MAX_SAFE_INTEGER);
      await retention.eraseViews(`sub_${item.who}`);
      for (const message of said) message.erased ||= message.who === item.who;
    } else {
      const time = store.log.timeAt(Math.ceil((store.log.head() * item.share) / 100)) ?? 0;
      // Events of one commit have one time, and so have those of a quick test: with the last of them all.
      if (item.kind === 'archive') await retention.archive({ ...NOTHING, archiveBefore: time + 1 });
      else await retention.expire({ ...NOTHING, contentBefore: time + 1, debugBefore: time + 1 });
    }
    while (runner.step());
  }
  expect(verifyChain(store.log.chain())).toMatchObject({ ok: true, head: store.log.head() });
  const events = store.log.readAll({ after: 0, limit: 1000 });
  for (const event of events) expect(event).toEqual(event.erased ? expect.anything() : written.get(event.position));
  for (let session = 0; session < SESSIONS; session++) fold(events.filter((event) => event.streamId === `session/ses_${session}`));
  expect(runner.position).toBe(PROJECTIONS.length > 0 ? store.log.head() : 0);
  const readable = JSON.stringify(events);
  for (const { text, erased } of said) {
    if (!erased) continue;
    expect(readable).not.toContain(text);
    expect(filesWith(store.dir, text)).toEqual([]);
  }
}

function say(store: InThreadStore, item: Extract<Step, { kind: 'say' }>, text: string): void {
  const sessionId = `ses_${item.session}`;
  const opens = item.outcome !== 'rejected' && store.log.readStream(`session/${sessionId}`, { limit: 1 }).length === 0;
  const { commits } = messageFlow(sessionId, { text, outcome: item.outcome, opens, requestId: `request-${text}` });
  const subject = `sub_${item.who}`;
  store.append(...commits.map(({ events }) => ({ events: events.map((one) => ({ ...one, metadata: { ...one.metadata, subject } })) })));
}

function fold(events: readonly StoredEvent[]): SessionState {
  let state = Session.initial();
  for (const event of events) state = Session.evolve(state, event);
  return state;
}

/** The steps of the retention thread in this one. */
function inThread(store: InThreadStore): StepRunner {
  const operations = new RetentionOperations(store.events, stateFiles(store.dir).segments);
  return {
    step: async (name, ...values) => {
      if (name === 'hasKey') throw new TypeError('not asked for here');
      const act = operations[name] as (...values: readonly unknown[]) => never;
      return act.apply(operations, values);
    },
    end: async () => undefined,
  };
}

function filesWith(dir: string, text: string): string[] {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.filter((entry) => readFileSync(join(entry.parentPath, entry.name)).includes(text)).map((entry) => entry.name);
}
