import { z } from 'zod';
import { defineAggregate, defineEvent } from '../define.ts';
import { count, explain, problem } from './shared.ts';

/** Where checkpoints are sent, without anything that is secret in an address. */
const destination = z.string().min(1).max(512);

export const WitnessFailed = defineEvent('witness.failed', {
  version: 1,
  description:
    'A witness took no checkpoints several times in a row. They are kept and sent again; until then nobody else knows of the newest events.',
  schema: z.object({ destination, takenTo: count, head: count, problem }),
  summary: (d) => `Witness ${d.destination} takes no checkpoints since position ${d.takenTo}: ${explain(d.problem)}`,
  retention: 'audit',
  severity: 'warn',
});

export const WitnessRecovered = defineEvent('witness.recovered', {
  version: 1,
  description: 'A witness that had failed has all checkpoints again.',
  schema: z.object({ destination, takenTo: count }),
  summary: (d) => `Witness ${d.destination} has all checkpoints up to position ${d.takenTo} again`,
  retention: 'audit',
});

export const WitnessContradicted = defineEvent('witness.contradicted', {
  version: 1,
  description:
    'The log is not the one that an earlier checkpoint was signed for: events of it were changed or cut off. Nothing more is signed.',
  schema: z.object({ size: count, head: count }),
  summary: (d) => `The log contradicts its checkpoint of ${d.size} events (it has ${d.head})`,
  retention: 'audit',
  severity: 'error',
});

export type WitnessState = { readonly failing: ReadonlySet<string>; readonly contradicted: boolean };

export const Witness = defineAggregate<WitnessState>({
  name: 'witness',
  events: [WitnessFailed, WitnessRecovered, WitnessContradicted],
  initial: () => ({ failing: new Set(), contradicted: false }),
  evolve: (state, event) => {
    if (WitnessFailed.is(event)) return { ...state, failing: new Set(state.failing).add(event.data.destination) };
    if (WitnessRecovered.is(event))
      return { ...state, failing: new Set([...state.failing].filter((each) => each !== event.data.destination)) };
    if (WitnessContradicted.is(event)) return { ...state, contradicted: true };
    return state;
  },
});
