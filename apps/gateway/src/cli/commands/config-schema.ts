import { configJsonSchema } from '../../config/json-schema.ts';
import type { Context } from '../context.ts';

/** Prints the JSON Schema of the configuration, for an editor or a check before deployment. */
export async function printSchema(context: Context): Promise<undefined> {
  const schema = configJsonSchema();
  context.out.result(schema, () => [JSON.stringify(schema, null, 2)]);
}
