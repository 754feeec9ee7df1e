/**
 * What stands in for the agent's model is another model, which may take less: before it is asked, the conversation is made to fit
 * what it takes itself.
 */
import type { Because, Place } from '../asked.ts';
import { withTimeout } from './model-timeout.ts';
import type { Run } from './run-context.ts';

/** In place of an answer: nothing was asked there yet, because the question does not fit it as it is. */
export type StandIn = { readonly standIn: Place };

/** Whether a place is another model than the one that the question was made for. */
export function isOther(
  run: Pick<Run, 'providerName' | 'model'>,
  to: (Place & { readonly because: Because }) | undefined,
): to is typeof to & Place {
  return to !== undefined && (to.provider !== run.providerName || to.model !== run.model);
}

/** The same run, asking a model that stands in for its own, and those that stand in for that. */
export async function through(run: Run, { provider, model }: Place): Promise<Run> {
  const reference = `${provider}/${model}`;
  const { fallbackModels, modelTimeout } = run.settings;
  const found = await run.context.models.resolve(reference, fallbackModels.slice(fallbackModels.indexOf(reference) + 1));
  return { ...run, ...found, provider: withTimeout(found.provider, modelTimeout) };
}
