import { z } from 'zod';
import { defineAggregate, defineEvent } from '../define.ts';
import { count, name } from './shared.ts';

/** What people may ask the gateway itself in a chat. */
export const COMMANDS = ['stop', 'new', 'status', 'help'] as const;
export type CommandName = (typeof COMMANDS)[number];

export const CommandTaken = defineEvent('command.taken', {
  version: 1,
  description:
    'A message was a command to the gateway: it answers itself, and no model is asked. `stop` and `new` cancel what runs and waits before it; `new` begins the conversation anew.',
  schema: z.object({
    runId: name,
    messageId: name,
    command: z.enum(COMMANDS),
    /** How many messages it cancels. */
    cancels: count,
  }),
  summary: (d) => `/${d.command}${d.cancels > 0 ? `: cancels ${d.cancels} ${d.cancels === 1 ? 'message' : 'messages'}` : ''}`,
  retention: 'audit',
});

/** How many messages were commands. */
export const Command = defineAggregate<{ readonly taken: number }>({
  name: 'command',
  events: [CommandTaken],
  initial: () => ({ taken: 0 }),
  evolve: (state, event) => (CommandTaken.is(event) ? { taken: state.taken + 1 } : state),
});
