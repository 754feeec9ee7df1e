/** Whether a number can do its work: the way to Meta, its token, and where its messages are sent. */
import { GatewayError } from '@openclaw-gateway/events';
import type { ProbeStep } from '@openclaw-gateway/sdk';
import { probeService } from '../probe/index.ts';
import { graphApi } from './api.ts';
import type { WhatsAppConfig } from './config.ts';

/** Really asks Meta, with or without a running account. Sends nothing to a user. Never rejects. */
export async function probeWhatsApp(config: WhatsAppConfig, signal: AbortSignal): Promise<ProbeStep[]> {
  const graph = graphApi(config);
  return await probeService({
    url: config.apiRoot,
    signal,
    steps: [
      { name: 'auth', look: async () => nameOf(await graph.get('display_phone_number,verified_name', signal)) },
      { name: 'permissions', look: async () => whatItMayDo(await graph.permissions(signal)) },
      { name: 'receive', look: async () => whereItCalls(await graph.get('webhook_configuration', signal)) },
    ],
  });
}

export function nameOf({ display_phone_number: number, verified_name: name }: Readonly<Record<string, unknown>>): string {
  return [number, name].filter((part) => typeof part === 'string' && part !== '').join(' ') || 'WhatsApp';
}

const NEEDED = 'whatsapp_business_messaging';

function whatItMayDo({ data }: Readonly<Record<string, unknown>>): string {
  if (!Array.isArray(data)) return 'Meta does not say';
  const granted = (data as readonly { readonly permission?: unknown; readonly status?: unknown }[]).flatMap(({ permission, status }) =>
    status === 'granted' && typeof permission === 'string' ? [permission] : [],
  );
  if (granted.includes(NEEDED)) return NEEDED;
  throw new GatewayError('CHANNEL_FORBIDDEN', {
    message: `The access token may not send or receive messages (${NEEDED}). Make one for a system user that has this permission, and the number's account among its assets.`,
    details: { permission: NEEDED },
  });
}

/** The number's own address counts before its account's, and that before the app's. */
function whereItCalls({ webhook_configuration: configured }: Readonly<Record<string, unknown>>): string {
  if (typeof configured !== 'object' || configured === null) return 'Meta does not say where it calls';
  const { phone_number: own, whatsapp_business_account: account, application } = configured as Readonly<Record<string, unknown>>;
  const url = [own, account, application].find((each) => typeof each === 'string' && each !== '');
  if (typeof url === 'string' && URL.canParse(url)) return `webhook at ${new URL(url).host}`;
  throw new GatewayError('CHANNEL_WEBHOOK_MISSING', {
    message: 'Meta has no address to bring the messages of this number to: enter <public address>/webhooks/whatsapp/<account> at the app.',
  });
}
