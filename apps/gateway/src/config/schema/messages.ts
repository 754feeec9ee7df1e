import { block, choice, flag, size, table, whole } from './values.ts';

const queueMode = () => choice(['queue', 'collect', 'interrupt', 'steer']);

export const messages = block({
  retry: block({
    maxAttempts: whole(1, 100).prefault(3).describe('How often a run is tried before its message is given up.'),
    delivery: block({
      maxAttempts: whole(1, 1000)
        .prefault(20)
        .describe('How often sending a reply is tried before it is given up; the default takes about an hour.'),
    }).prefault({}),
  }).prefault({}),
  commands: flag()
    .prefault(true)
    .describe('Whether `/stop`, `/new`, `/status` and `/help` of people are answered by the gateway itself; else the agent is asked them.'),
  maxTextLength: size().prefault('256kb').describe('Longer messages are refused.'),
  queue: block({
    mode: queueMode()
      .prefault('queue')
      .describe(
        'What becomes of messages that come while an earlier one is being answered: each waits for its turn, those of a sender are answered together, the newest takes the place of the others, or the agent is told at its next step.',
      ),
    byChannel: table(queueMode().describe('The same for messages of one channel.'), 'a channel')
      .prefault({})
      .describe('The same by channel; it goes before what an agent says.'),
    cap: whole(1, 1000).prefault(20).describe('At most so many messages are answered together.'),
  }).prefault({}),
  queueLimit: whole(1, 10_000_000)
    .prefault(1000)
    .describe('With this many messages waiting in the whole gateway, further ones are refused.'),
});
