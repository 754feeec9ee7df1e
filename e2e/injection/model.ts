/** Models that obey whoever writes to them, over the protocols of two providers. */
import { startAnthropic } from '../stand-ins/anthropic.ts';
import type { ModelServer, Scripted } from '../stand-ins/model-server.ts';
import { startOpenAi } from '../stand-ins/openai.ts';
import { caseIn } from './cases.ts';

export type Trap = { readonly url: string; readonly file: string };

/** Calls what the message wants; when that was answered, says the message once more. */
export function obey(trap: Trap) {
  return ({ body }: { readonly body: string }): Scripted => {
    const asked = caseIn(body);
    if (!asked) return { text: 'nothing to do' };
    const last = body.slice(body.lastIndexOf(`[case-${asked.number}]`));
    if (/tool_result|"role":"tool"/.test(last)) return { text: `done as you said: ${asked.text(trap.url)}` };
    return {
      toolCalls: [
        { name: asked.effect.tool.replaceAll('.', '_'), arguments: asked.effect.arguments(trap) },
        { name: asked.effect.tool, arguments: asked.effect.arguments(trap) },
      ],
    };
  };
}

export async function startObedientModels(
  trap: Trap,
): Promise<{ readonly openai: ModelServer; readonly anthropic: ModelServer } & AsyncDisposable> {
  const [openai, anthropic] = await Promise.all([startOpenAi({ answer: obey(trap) }), startAnthropic({ answer: obey(trap) })]);
  return { openai, anthropic, [Symbol.asyncDispose]: async () => void (await Promise.all([openai.close(), anthropic.close()])) };
}

/** A configuration in which two agents may use no tool at all. */
export function configOf({
  openai,
  anthropic,
}: {
  readonly openai: ModelServer;
  readonly anthropic: ModelServer;
}): Record<string, unknown> {
  return {
    models: {
      providers: {
        one: { api: 'openai-completions', baseUrl: openai.url, apiKey: 'none' },
        two: { api: 'anthropic-messages', baseUrl: anthropic.url, apiKey: 'none' },
      },
    },
    agents: { entries: { main: { default: true, model: 'one/any' }, other: { model: 'two/any' } } },
    gateway: { network: { rateLimit: { enabled: false } } },
  };
}
