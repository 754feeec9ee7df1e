/** What models used, by hour and agent, so that nobody has to read the answers to add it up. */
import { defineProjection, type ProjectedEvent, tableName } from './define.ts';

const VERSION = 1;
export const USAGE_TABLE = tableName('usage', VERSION);
export const USAGE_HOUR_MS = 3_600_000;

export type UsageTableRow = {
  readonly hour: number;
  readonly agent: string;
  readonly answers: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  /** In millionths of a US dollar: whole numbers, so that the sum is the same in whatever order it is made. */
  readonly cost_micro_usd: number;
};
type Sum = { -readonly [Column in keyof UsageTableRow]: UsageTableRow[Column] };

const TYPES = ['model.responded', 'session.compacted'] as const;
const ADD = `INSERT INTO ${USAGE_TABLE} (hour, agent, answers, input_tokens, output_tokens, cost_micro_usd) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET answers = answers + excluded.answers, input_tokens = input_tokens + excluded.input_tokens,
    output_tokens = output_tokens + excluded.output_tokens, cost_micro_usd = cost_micro_usd + excluded.cost_micro_usd`;

type Data = { readonly usage?: { readonly inputTokens: number; readonly outputTokens: number; readonly costUsd?: number } };

export const UsageProjection = defineProjection({
  name: 'usage',
  version: VERSION,
  handles: TYPES,
  reads: TYPES,
  tables: [
    `CREATE TABLE ${USAGE_TABLE} (
       hour INTEGER NOT NULL,
       agent TEXT NOT NULL,
       answers INTEGER NOT NULL,
       input_tokens INTEGER NOT NULL,
       output_tokens INTEGER NOT NULL,
       cost_micro_usd INTEGER NOT NULL,
       PRIMARY KEY (hour, agent)
     ) STRICT, WITHOUT ROWID`,
  ],
  apply: (tx, events) => {
    const sums = new Map<string, Sum>();
    for (const event of events) addTo(sums, event);
    for (const sum of sums.values()) tx.run(ADD, sum.hour, sum.agent, sum.answers, sum.input_tokens, sum.output_tokens, sum.cost_micro_usd);
  },
  // Sums of an agent's hour: nothing here is about a person.
  forget: () => {},
});

function addTo(sums: Map<string, Sum>, event: ProjectedEvent): void {
  const { usage } = event.openData as Data;
  if (!usage) return;
  const hour = Math.floor(event.time / USAGE_HOUR_MS);
  const agent = event.metadata.agentId ?? '';
  const key = `${hour} ${agent}`;
  const sum = sums.get(key) ?? { hour, agent, answers: 0, input_tokens: 0, output_tokens: 0, cost_micro_usd: 0 };
  sum.answers += 1;
  sum.input_tokens += usage.inputTokens;
  sum.output_tokens += usage.outputTokens;
  sum.cost_micro_usd += Math.round((usage.costUsd ?? 0) * 1_000_000);
  sums.set(key, sum);
}
