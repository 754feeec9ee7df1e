import { dmScopes } from './bindings.ts';
import { block, choice, duration, text } from './values.ts';

export const session = block({
  dmScope: choice(dmScopes)
    .prefault('per-channel-peer')
    .describe('Whether direct messages share one session, have one per person, one per channel, or one per person and channel.'),
  mainKey: text('the name of a session').prefault('main').describe('The name of the shared session.'),
  threads: choice(['own', 'parent']).prefault('own').describe('Whether a thread has a session of its own or shares that of its group.'),
  stickyFor: duration()
    .prefault('24h')
    .describe(
      'How long after its last message a conversation that the text of a binding opened takes what the person writes next; "0s" for not at all.',
    ),
});
