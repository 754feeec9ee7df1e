import type { RigFactory } from '../rig.ts';
import { telegram, telegramWebhook } from './telegram.ts';

/** What can be driven, by the name that `--channel` takes. */
export const RIGS: Readonly<Record<string, RigFactory>> = {
  telegram,
  'telegram-webhook': telegramWebhook,
};
