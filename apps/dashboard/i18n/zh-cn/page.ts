/** What a page has of this language. Its words for what comes from the gateway are loaded once there is something to say. */
import { inWords, type Problem, type SaidProblem } from '../said.ts';

export { zhCn as t } from './index.ts';

export async function say(problem: Problem): Promise<SaidProblem> {
  const [{ errors }, { ERRORS }] = await Promise.all([import('./errors/index.ts'), import('@openclaw-gateway/events/errors')]);
  return inWords(problem, errors, ERRORS);
}

export async function meanings(): Promise<Readonly<Record<string, string>>> {
  return (await import('./event-types.ts')).eventTypes;
}
