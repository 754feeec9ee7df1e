/** Asks a model one tiny question, over the same adapters as the gateway. */
import type { Config } from '../../config/index.ts';
import { createModels } from '../../models/index.ts';

export type Trial = { readonly model: string; readonly reply: string; readonly durationMs: number };

const QUESTION = 'Answer with the one word: ready';
const TIMEOUT_MS = 60_000;

/** Resolves with what the default agent's model answered. Throws MODEL_*, and RUN_ABORTED after a minute. */
export async function tryModel(config: Config, env: NodeJS.ProcessEnv): Promise<Trial> {
  const startedAt = performance.now();
  const reference = config.agents.defaults.model;
  const { provider, model } = await createModels(config.models, { env }).resolve(reference);
  const request = { model, messages: [{ role: 'user', text: QUESTION } as const], tools: [], maxOutputTokens: 32 };
  let reply = '';
  for await (const chunk of provider.stream(request, AbortSignal.timeout(TIMEOUT_MS), { streaming: false })) {
    if (chunk.type === 'text') reply += chunk.text;
  }
  return { model: reference, reply: reply.trim().slice(0, 200), durationMs: Math.round(performance.now() - startedAt) };
}
