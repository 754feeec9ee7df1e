import { z } from 'zod';
import { isTimeZone } from '../../budgets/day.ts';
import { isCron } from '../../schedules/cron.ts';
import { block, choice, flag, table, text } from './values.ts';

const CRON = 'a cron expression of five fields that has a time, such as "0 9 * * 1-5" (minute, hour, day, month, weekday)';
const TIME_ZONE = 'a time zone such as "UTC" or "Europe/Lisbon"';
const CHANNEL = 'the name of a channel';

const schedule = block({
  enabled: flag().prefault(true).describe('Whether it fires.'),
  cron: text(CRON, 200).refine(isCron, { error: CRON }).describe('When: minute, hour, day of the month, month, weekday.'),
  timeZone: z
    .string({ error: TIME_ZONE })
    .refine(isTimeZone, { error: TIME_ZONE })
    .prefault('UTC')
    .describe('The time zone of the expression.'),
  text: text('a text', 65_536).describe('The message that the agent is sent.'),
  agentId: text('the name of an agent').exactOptional().describe('The agent that answers; the bindings say it when left out.'),
  channel: z
    .string({ error: CHANNEL })
    .regex(/^[a-z][a-z0-9-]{0,31}$/, { error: CHANNEL })
    .describe('The channel that the answer goes to.'),
  account: text('the name of an account', 128).prefault('default').describe('The account of the channel.'),
  to: block({
    kind: choice(['direct', 'group', 'channel', 'thread']).prefault('direct').describe('The kind of conversation.'),
    id: text('the id of a person or group', 512).describe('The person or group, as the channel names it.'),
  }).describe('The conversation that the message belongs to and the answer goes to.'),
  missed: choice(['run-once', 'skip'])
    .prefault('run-once')
    .describe('What becomes of times that passed while the gateway did not run: one message for all of them, or none.'),
});

/** Messages that the gateway sends to agents at set times. */
export const schedules = table(schedule, 'the name of a schedule');
