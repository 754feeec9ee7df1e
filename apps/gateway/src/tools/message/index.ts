/** Writes to somebody on a channel, beside the reply. */
import { GatewayError } from '@openclaw-gateway/events';
import { defineTool } from '@openclaw-gateway/sdk';
import { z } from 'zod';

export default defineTool({
  name: 'message.send',
  description: 'Sends a message to a person or a group on a channel. The answer to the conversation itself needs no tool.',
  parameters: z.strictObject({
    channel: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,31}$/)
      .describe('The channel, such as "telegram".'),
    account: z.string().min(1).max(64).describe('The account of the channel; "default" when left out.').optional(),
    kind: z.enum(['direct', 'group', 'channel', 'thread']).describe('What it is sent to; "direct" when left out.').optional(),
    to: z.string().min(1).max(512).describe("The recipient's id on the channel."),
    text: z.string().min(1).max(16_000),
  }),
  effect: 'write',
  sandbox: 'channel',
  policy: 'ask',
  run: async ({ channel, account = 'default', kind = 'direct', to, text }, { send }) => {
    if (!send) throw new GatewayError('TOOL_FAILED', { message: 'There is nothing to send messages with here.' });
    await send({ channel, account, to: { kind, id: to }, text });
    return { sent: true, channel, account };
  },
});
