import { z } from 'zod';

/** An account's keys as the adapter reads them. */
export const config = z.object({
  accessToken: z.string().min(1),
  phoneNumberId: z.string().regex(/^\d{1,32}$/, 'the id of the phone number, in digits'),
  appSecret: z.string().min(1),
  verifyToken: z.string().min(1),
  apiRoot: z.url().default('https://graph.facebook.com'),
  apiVersion: z
    .string()
    .regex(/^v\d+\.\d+$/, 'a version such as v23.0')
    .default('v23.0'),
});

export type WhatsAppConfig = z.output<typeof config>;
