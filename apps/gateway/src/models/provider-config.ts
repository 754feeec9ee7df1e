import { z } from 'zod';

/** What every provider that is reached over HTTP is configured with; the times are milliseconds. */
export const providerConfig = z.object({
  baseUrl: z.url().optional(),
  apiKey: z.string().optional(),
  headers: z.record(z.string(), z.string()).default({}),
  timeout: z.number().positive().default(60_000),
});

export type ProviderConfig = z.output<typeof providerConfig>;

/** The values that must not appear in any message about this provider. */
export function secretsOf(config: ProviderConfig): readonly string[] {
  return [config.apiKey, ...Object.values(config.headers)].filter((value) => value !== undefined && value.length >= 6) as string[];
}
