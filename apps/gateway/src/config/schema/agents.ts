import { z } from 'zod';
import { block, choice, duration, flag, fraction, list, table, text, whole } from './values.ts';

const MODEL = 'a model as "provider/model", such as "echo/echo"';
const model = () => z.string({ error: MODEL }).regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\/\S+$/, { error: MODEL });
const toolNames = () => list(text('the name of a tool'), 'tool names');

const queueMode = () => choice(['queue', 'collect', 'interrupt', 'steer']);

const defaults = block({
  maxConcurrent: whole(1, 100_000)
    .exactOptional()
    .describe('How many conversations an agent may answer at a time; `gateway.sessions.maxConcurrent` holds for all.'),
  modelTimeout: duration()
    .exactOptional()
    .describe('How long one answer of the model may take; then it is asked again like after any failure.'),
  model: model().prefault('echo/echo').describe('The model that answers, as "provider/model".'),
  fallbackModels: list(model(), 'models')
    .prefault([])
    .describe('Models that are asked in its place, one after the other, while the model fails or may not be asked.'),
  systemPrompt: text('the instructions', 262_144).exactOptional().describe('What the model is told before the conversation.'),
  tools: toolNames().prefault([]).describe('The tools the agent may call; `tools.allow` and `tools.deny` have the last word.'),
  maxSteps: whole(1, 1000).prefault(16).describe('How often the model may be asked for one message.'),
  maxRepeats: whole(2, 100)
    .prefault(5)
    .describe('How often the same tool calls may give the same results for one message; then they are refused, and then the run ends.'),
  temperature: fraction(0, 2).exactOptional().describe("How freely the model words its answer; the provider's default when left out."),
  maxOutputTokens: whole(1, 10_000_000).prefault(4096).describe('The longest answer, in tokens.'),
  contextWindow: whole(1000, 100_000_000)
    .exactOptional()
    .describe('How many tokens the model takes, its answer included; known for the common models, else 32768.'),
  timeout: duration().prefault('5m').describe('A run that takes longer is ended.'),
});

const entry = block({
  default: flag().exactOptional().describe('Whether this agent answers where no binding names one.'),
  model: model().exactOptional().describe('The model that answers, as "provider/model".'),
  fallbackModels: list(model(), 'models')
    .exactOptional()
    .describe('Models that are asked in its place while the model fails or may not be asked.'),
  systemPrompt: text('the instructions', 262_144).exactOptional().describe('What the model is told before the conversation.'),
  tools: toolNames().exactOptional().describe('The tools this agent may call.'),
  maxSteps: whole(1, 1000).exactOptional().describe('How often the model may be asked for one message.'),
  maxRepeats: whole(2, 100).exactOptional().describe('How often the same tool calls may give the same results for one message.'),
  temperature: fraction(0, 2).exactOptional().describe('How freely the model words its answer.'),
  maxOutputTokens: whole(1, 10_000_000).exactOptional().describe('The longest answer, in tokens.'),
  contextWindow: whole(1000, 100_000_000).exactOptional().describe('How many tokens the model takes, its answer included.'),
  maxConcurrent: whole(1, 100_000)
    .exactOptional()
    .describe('How many conversations this agent may answer at a time; `gateway.sessions.maxConcurrent` holds for all.'),
  modelTimeout: duration()
    .exactOptional()
    .describe('How long one answer of the model may take; then it is asked again like after any failure.'),
  queueMode: queueMode()
    .exactOptional()
    .describe('What becomes of messages that come while this agent answers; `messages.queue.mode` when left out.'),
  timeout: duration().exactOptional().describe('A run that takes longer is ended.'),
});

export type AgentConfig = z.output<typeof defaults> & Pick<z.output<typeof entry>, 'queueMode'> & { default: boolean };

/** The agents. In the result each entry is complete, and exactly one is the default; `main` where none is written. */
export const agents = block({
  defaults: defaults.prefault({}),
  entries: table(entry, 'an agent name').prefault({}).describe('The agents by name; what one leaves out it takes from the defaults.'),
}).transform((input) => ({ defaults: input.defaults, entries: completeEntries(input) }));

function completeEntries(input: {
  readonly defaults: z.output<typeof defaults>;
  readonly entries: Readonly<Record<string, z.output<typeof entry>>>;
}): Record<string, AgentConfig> {
  const names = Object.keys(input.entries);
  const marked = names.find((name) => input.entries[name]?.default === true);
  const chosen = marked ?? (names.includes('main') ? 'main' : names[0]);
  if (chosen === undefined) return { main: { ...input.defaults, default: true } };
  const complete = names.map((name) => [name, { ...input.defaults, ...input.entries[name], default: name === chosen }] as const);
  return Object.fromEntries(complete);
}
