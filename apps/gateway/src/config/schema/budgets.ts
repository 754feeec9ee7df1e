import { z } from 'zod';
import { isTimeZone } from '../../budgets/day.ts';
import { block, fraction, whole } from './values.ts';

const TIME_ZONE = 'a time zone such as "UTC" or "Europe/Lisbon"';

const limits = (whose: string) =>
  block({
    tokens: whole(0, Number.MAX_SAFE_INTEGER)
      .exactOptional()
      .describe(`Tokens, asked and answered, that ${whose} may use in a day; no limit when left out.`),
    costUsd: fraction(0, 1_000_000_000)
      .exactOptional()
      .describe(`US dollars that ${whose} may cost in a day, by \`models.providers.*.prices\`; no limit when left out.`),
  }).prefault({});

/** What may be used of models. */
export const budgets = block({
  timeZone: z
    .string({ error: TIME_ZONE })
    .refine(isTimeZone, { error: TIME_ZONE })
    .prefault('UTC')
    .describe('Where a day begins and ends: then the budgets are whole again.'),
  warnAt: fraction(0, 1).prefault(0.8).describe('The share of a budget from which it is warned.'),
  perDay: limits('all conversations together'),
  perAgent: limits('each agent'),
  perSession: limits('each conversation'),
});
