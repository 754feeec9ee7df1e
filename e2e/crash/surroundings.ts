/** What the gateway lives among while it is killed: a model that answers `re: …` and a Telegram that remembers what it was sent. */
import { startOpenAi } from '../stand-ins/openai.ts';
import { startTelegram, type TelegramServer } from '../stand-ins/telegram.ts';

export type Surroundings = {
  readonly telegram: TelegramServer;
  /** The configuration of a gateway that lives among them. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly close: () => Promise<void>;
};

/** `latencyMs` is asked for each answer of the model. */
export async function startSurroundings(latencyMs: () => number): Promise<Surroundings> {
  const model = await startOpenAi({ answer: (request) => ({ text: `re: ${lastUserText(request.json())}`, latencyMs: latencyMs() }) });
  const telegram = await startTelegram();
  const close = async () => {
    await Promise.all([model.close(), telegram.close()]);
  };
  return { telegram, config: configuration(model.url, telegram), close };
}

function configuration(modelUrl: string, telegram: TelegramServer) {
  return {
    // Here the kills are the point: it must not go into safe mode.
    gateway: { network: { rateLimit: { enabled: false } }, safeMode: { crashes: 0 } },
    agents: { defaults: { model: 'stand-in/any' } },
    models: { providers: { 'stand-in': { api: 'openai-completions', baseUrl: modelUrl, apiKey: 'none' } } },
    channels: { telegram: { botToken: telegram.token, apiRoot: telegram.url, dmPolicy: 'open', allowFrom: ['*'] } },
  };
}

function lastUserText(body: Record<string, unknown>): string {
  const messages = body['messages'] as { role: string; content: string | { text: string }[] }[];
  const content = messages.findLast(({ role }) => role === 'user')?.content ?? '';
  return typeof content === 'string' ? content : content.map(({ text }) => text).join('');
}
