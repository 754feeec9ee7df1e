/** An extension with a tool and a router. Its settings: `extensions["openclaw-extension-front-desk"].config`. */
import { defineExtension, defineModel, defineRouter, defineTool, GatewayError, z } from '@openclaw-gateway/sdk';

const settings = z.object({
  /** Who is in which room. */
  rooms: z.record(z.string(), z.string()).default({}),
  /** Which agent answers a message that holds a word. */
  words: z.record(z.string(), z.string()).default({}),
});

export default defineExtension(({ config }) => {
  const { rooms, words } = settings.parse(config);
  return { tools: [whoIsIn(rooms)], routers: [byWord(words)], models: [greeter] };
});

const whoIsIn = (rooms) =>
  defineTool({
    name: 'desk.who_is_in',
    description: 'Says who is in a room of the house, by its number.',
    parameters: z.object({ room: z.string().describe('The number of the room.') }),
    effect: 'read',
    run: async ({ room }) => {
      const guest = rooms[room];
      if (guest === undefined) throw new GatewayError('TOOL_FAILED', { message: `There is no room ${room}.` });
      return { room, guest };
    },
  });

const byWord = (words) =>
  defineRouter({
    name: 'by-word',
    route: ({ text }) => {
      const word = Object.keys(words).find((one) => text.toLowerCase().includes(one.toLowerCase()));
      return word === undefined
        ? { reason: 'None of its words is in the message.' }
        : { agentId: words[word], reason: `The message says "${word}".` };
    },
  });

/** A model that answers with what the desk's tool says of a room, so that the example can be tried without a key. */
const greeter = defineModel({
  api: 'front-desk',
  config: z.looseObject({}),
  create: () => ({
    async *stream({ messages }) {
      const last = messages.at(-1);
      const room = last?.role === 'user' ? /\d+/.exec(last.text)?.[0] : undefined;
      if (room !== undefined) {
        yield { type: 'tool-call', call: { callId: `desk_${messages.length}`, tool: 'desk.who_is_in', arguments: { room } } };
      } else {
        yield { type: 'text', text: last?.role === 'tool' ? `The desk says: ${JSON.stringify(last.result)}` : 'Good day! Which room?' };
      }
      yield { type: 'finish', reason: room === undefined ? 'stop' : 'tool-calls', usage: { inputTokens: 1, outputTokens: 1 } };
    },
  }),
});
