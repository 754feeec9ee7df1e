import { block, list, text } from './values.ts';

export const tools = block({
  allow: list(text('the name of a tool'), 'tool names')
    .prefault(['clock.now'])
    .describe('The tools that agents may be given. An agent has one only when its own `tools` names it.'),
  deny: list(text('the name of a tool'), 'tool names').prefault([]).describe('Tools that no agent may have, whatever else is said.'),
});
