import { block, choice, list, text } from './values.ts';

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
  }),
});

/** Which agent answers what; the most exact match wins, then the first. */
export const bindings = list(binding, 'bindings: [{ agentId, match }]');
