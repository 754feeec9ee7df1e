/** The gateway under measurement: the built product, its model an OpenAI-compatible server in a process of its own. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type GatewayProcess, prepareGateway } from '../e2e/gateway-process.ts';

export type ModelProcess = AsyncDisposable & { readonly url: string };

export async function startModel(): Promise<ModelProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../e2e/stand-ins/openai.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('error', reject).once('exit', (code) => reject(new Error(`the model server ended with ${code}`)));
  });
  const { url } = JSON.parse(line) as { url: string };
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}

export function prepareMeasured(model: ModelProcess): Promise<GatewayProcess> {
  return prepareGateway({
    config: {
      gateway: { network: { rateLimit: { enabled: false } } },
      agents: { defaults: { model: 'local/stand-in' } },
      models: { providers: { local: { api: 'openai-completions', baseUrl: model.url, apiKey: 'none' } } },
    },
  });
}

/** One value of the metrics page. */
export async function metric(gateway: GatewayProcess, name: string): Promise<number> {
  const text = await (await gateway.request('/metrics')).text();
  const value = new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1];
  if (value === undefined) throw new Error(`/metrics has no ${name}`);
  return Number(value);
}
