import type { Outcome } from '../../parts.ts';

type Answer = Exclude<Outcome, { readonly error: unknown }>;

export type Usage = { readonly prompt_tokens: number; readonly completion_tokens: number; readonly total_tokens: number };

export const completionId = (messageId: string): string => `chatcmpl-${messageId}`;

/** The text of an answer; empty when the agent chose to say nothing. */
export function textOf(outcome: Answer): string {
  return outcome.status === 'delivered' ? outcome.reply : '';
}

export function usageOf(outcome: Answer): Usage {
  const [prompt, answer] = outcome.status === 'delivered' ? [outcome.inputTokens, outcome.outputTokens] : [0, 0];
  return { prompt_tokens: prompt, completion_tokens: answer, total_tokens: prompt + answer };
}

/** A whole chat completion, as OpenAI words it. */
export function completion(model: string, messageId: string, outcome: Answer) {
  return {
    id: completionId(messageId),
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1000),
    model,
    choices: [{ index: 0, message: { role: 'assistant', content: textOf(outcome), refusal: null }, logprobs: null, finish_reason: 'stop' }],
    usage: usageOf(outcome),
  };
}
