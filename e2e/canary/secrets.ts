/** The secrets that are planted: those that the configuration names, and those that strangers bring. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A secret as people and programs make them: letters and digits, with signs that need escaping, or in hexadecimal. */
export function secretOf(kind: string, index: number): string {
  const bytes = createHash('sha256').update(`${kind} ${index}`).digest();
  const letters = bytes.toString('base64url').replaceAll(/[-_]/g, 'x').slice(0, 28);
  if (index % 4 === 1) return `${letters.slice(0, 12)}"&<${letters.slice(12, 20)}\\'%`;
  if (index % 4 === 2) return bytes.toString('hex').slice(0, 40);
  if (index % 4 === 3) return `${letters.slice(0, 10)}+/${letters.slice(10, 22)}==`;
  return letters;
}

export type Planted = {
  readonly known: readonly string[];
  readonly config: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string>>;
  /** Files of the state directory that hold the secrets because a person put them there. */
  readonly owned: readonly string[];
};

/** A configuration that names so many secrets: as values, in the environment, in files, and in addresses. */
export async function plantConfig(stateDir: string, count: number, model: { readonly url: string }): Promise<Planted> {
  const known = Array.from({ length: count }, (_, index) => secretOf('known', index));
  const env: Record<string, string> = {};
  const folder = join(stateDir, 'secrets');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const written = await Promise.all(
    known.map(async (secret, index) => {
      if (index % 3 === 1) {
        env[`CANARY_${index}`] = secret;
        return `\${CANARY_${index}}`;
      }
      if (index % 3 === 2) {
        await writeFile(join(folder, `${index}`), `${secret}\n`, { mode: 0o600 });
        return { file: join(folder, `${index}`) };
      }
      return secret;
    }),
  );
  const [apiKey, hookSecret, exportSecret, witnessSecret, alertSecret, ...rest] = written;
  const providers = { 'stand-in': { api: 'openai-completions', baseUrl: model.url, apiKey, timeout: '10s' } };
  // Whatever remains are headers of a provider that nobody asks.
  const headers = Object.fromEntries(rest.map((secret, index) => [`x-canary-${index}`, secret]));
  const config = {
    models: { providers: { ...providers, unused: { api: 'openai-completions', baseUrl: model.url, apiKey: 'none-at-all', headers } } },
    agents: { defaults: { model: 'stand-in/any', tools: ['clock.now'] } },
    tools: { allow: ['clock.now'] },
    hooks: { entries: { canary: { secret: hookSecret } } },
    gateway: {
      monitoring: { alerts: { destinations: [{ type: 'webhook', url: 'http://127.0.0.1:9/x', secret: alertSecret }] } },
      network: { rateLimit: { enabled: false } },
      logging: {
        level: 'debug',
        audit: {
          masking: { enabled: false },
          export: { format: 'json', destination: join(stateDir, 'trail', 'audit.log'), secret: exportSecret },
          witnesses: [{ destination: join(stateDir, 'witness', 'checkpoints'), secret: witnessSecret }],
        },
      },
    },
  };
  return { known, config, env, owned: ['openclaw.json', 'secrets'] };
}
