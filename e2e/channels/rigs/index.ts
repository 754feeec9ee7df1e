import type { RigFactory } from '../rig.ts';
import { discord } from './discord.ts';
import { http, web } from './own-doors.ts';
import { slack } from './slack.ts';
import { telegram, telegramWebhook } from './telegram.ts';
import { webhook } from './webhook.ts';
import { whatsapp } from './whatsapp.ts';

/** What can be driven, by the name that `--channel` takes. */
export const RIGS: Readonly<Record<string, RigFactory>> = {
  telegram,
  'telegram-webhook': telegramWebhook,
  whatsapp,
  webhook,
  slack,
  discord,
  http,
  web,
};
