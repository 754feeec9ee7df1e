import { z } from 'zod';
import { block, choice, list, text, whole } from './values.ts';

const clockTime = (expected: string) => z.string({ error: expected }).regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, { error: expected });

const timeZone = () => {
  const error = 'a time zone such as "Europe/Berlin"';
  return z.string({ error }).refine(isTimeZone, { error });
};

const schedule = block({
  days: list(choice(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']), 'days: "mon", "tue", …')
    .exactOptional()
    .describe('These days; every day when left out.'),
  from: clockTime('a time such as "09:00"').exactOptional().describe('From this time on.'),
  to: clockTime('a time such as "17:30"').exactOptional().describe('Until this time; one before `from` is on the next day.'),
  timeZone: timeZone().prefault('UTC').describe('The time zone of the days and times.'),
});

export const dmScopes = ['main', 'per-peer', 'per-channel', 'per-channel-peer'] as const;

const binding = block({
  agentId: text('the name of an agent').describe('The agent that answers what fits.'),
  match: block({
    channel: text('the name of a channel').exactOptional().describe('Messages of this channel.'),
    accountId: text('the name of an account').exactOptional().describe('Messages of this account of the channel.'),
    peer: block({
      kind: choice(['direct', 'group', 'channel', 'thread']).exactOptional().describe('The kind of conversation.'),
      id: text('the id of a person or group').describe('The person or group, as the channel names it.'),
    })
      .exactOptional()
      .describe('Messages of this conversation.'),
    group: text('the id of a group or channel').exactOptional().describe('Messages of this group or channel, and of the threads in it.'),
    thread: text('the id of a thread').exactOptional().describe('Messages of this thread.'),
    roles: list(text('a role'), 'roles').exactOptional().describe('Messages of senders that have one of these roles in the group.'),
    text: text('a pattern such as "*invoice*"', 200)
      .exactOptional()
      .describe('Messages whose whole text fits: `*` is any text, `?` one character. The conversation that it opens stays with the agent.'),
    schedule: schedule.exactOptional().describe('Messages that come in these days and hours.'),
  }),
  priority: whole(-1000, 1000).prefault(0).describe('Bindings of a higher priority are asked first, whatever they match.'),
  messagePriority: choice(['high', 'normal', 'low'])
    .prefault('normal')
    .describe('Whether the messages come before or after those of other conversations when all runs are taken.'),
  dmScope: choice(dmScopes).exactOptional().describe('Which direct messages share a session; session.dmScope when left out.'),
});

/** Which agent answers what; the highest priority wins, then the most exact match, then the first. */
export const bindings = list(binding, 'bindings: [{ agentId, match }]');

function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}
