import { block, choice, text } from './values.ts';

export const session = block({
  dmScope: choice(['main', 'per-peer', 'per-channel-peer'])
    .prefault('per-channel-peer')
    .describe('Whether direct messages share one session, have one per person, or one per person and channel.'),
  mainKey: text('the name of a session').prefault('main').describe('The name of the shared session.'),
});
