import { createHmac } from 'node:crypto';
import { z } from 'zod';

/** An account's keys as the adapter reads them. */
export const config = z.object({
  botToken: z.string().min(1),
  apiRoot: z.url().default('https://api.telegram.org'),
  /** Where Telegram is to bring updates; without it they are fetched by long polling. */
  webhookUrl: z.url({ protocol: /^https?$/ }).optional(),
  webhookSecret: z
    .string()
    .regex(/^[\w-]{1,256}$/, 'Telegram takes letters, digits, _ and -, at most 256')
    .optional(),
  groupPolicy: z.string().optional(),
  requireMention: z.boolean().optional(),
});

export type TelegramConfig = z.output<typeof config>;

/** What Telegram proves itself with: as configured, or made from the token, so that it is the same at every start. */
export function webhookSecret({ botToken, webhookSecret: written }: TelegramConfig): string {
  return written ?? createHmac('sha256', botToken).update('webhook secret').digest('hex');
}
