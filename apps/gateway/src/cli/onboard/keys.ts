/** The keys that a service needs and does not see: kept in `service.env` of the state directory, readable by its owner only. */
import { join } from 'node:path';
import { readText, writeText } from '../../config/file.ts';
import type { Plan } from '../../operations/onboard/plan.ts';
import { variablesToSave, withVariables } from '../../operations/onboard/service-env.ts';
import type { Context } from '../context.ts';
import type { Situation } from './setup.ts';

export const serviceEnvironment = ({ paths }: Context) => join(paths.dir, 'service.env');

/** The variables that the configuration will name, that are set here, and that the service does not have yet. */
export async function keysToSave({ context }: Situation, plan: Plan): Promise<readonly string[]> {
  return variablesToSave(plan.document, (await readText(serviceEnvironment(context))) ?? '', context.env);
}

export async function saveKeys(context: Context, variables: readonly string[]): Promise<void> {
  if (variables.length === 0) return;
  const path = serviceEnvironment(context);
  await writeText(path, withVariables((await readText(path)) ?? '', variables, context.env));
}
