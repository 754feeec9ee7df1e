import type { Received } from '@openclaw-gateway/sdk';
import { z } from 'zod';
import { consoleKey } from '../access/ownership.ts';
import { attachmentBody, inboundFile, MOST_FILES } from '../attachments/in-body.ts';
import { requireChannel } from '../channels/unknown-channel.ts';
import { askerOf } from './audit.ts';
import { readConversation, turn } from './conversation.ts';
import { explainImagined, explanation, imagined } from './dry-run.ts';
import { procedure, router } from './procedure.ts';
import { progressUpdate, sessionProgress } from './progress.ts';
import { problem } from './rows.ts';

const CHANNEL = 'web';
const ACCOUNT = 'default';
const HISTORY_TURNS = 50;

const chat = z.string().regex(/^[a-z0-9-]{1,40}$/);
const id = z.string().min(1).max(128);
const sent = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('accepted'),
    messageId: z.string(),
    sessionId: z.string(),
    agentId: z.string(),
    runId: z.string(),
    position: z.number(),
    duplicate: z.boolean(),
  }),
  z.object({ status: z.literal('rejected'), messageId: z.string(), position: z.number(), problem }),
]);

/** The console page: the web chat. A chat is a name of the user's own; the session behind it is routed like any other. */
export const consoleRouter = router({
  /** The session a chat means, whether anything was said in it or not. */
  chat: procedure
    .input(z.object({ chat }))
    .output(z.object({ sessionId: z.string(), sessionKey: z.string(), agentId: z.string() }))
    .query(({ ctx, input }) => ctx.parts.pipeline.resolveSession(consoleKey(ctx.caller, input.chat))),

  /** What was said last in the chat, as the log has it; nothing for a chat in which nothing was said. */
  history: procedure
    .input(z.object({ chat }))
    .output(z.object({ turns: z.array(turn) }))
    .query(({ ctx, input }) => {
      const { sessionId } = ctx.parts.pipeline.resolveSession(consoleKey(ctx.caller, input.chat));
      return readConversation(ctx.parts.store.views, sessionId, { limit: HISTORY_TURNS });
    }),

  /** Resolves once the message is committed. The same key sends once, however often it is called. */
  send: procedure
    .input(
      z
        .object({ chat, text: z.string().max(65_536), attachments: z.array(attachmentBody).max(MOST_FILES).default([]), key: z.uuid() })
        .refine(({ text, attachments }) => text !== '' || attachments.length > 0, { error: 'a text or a file' }),
    )
    .output(sent)
    .mutation(async ({ ctx, input }) => {
      const { caller } = ctx;
      const received = await ctx.parts.pipeline.receive({
        channel: CHANNEL,
        account: ACCOUNT,
        inbound: {
          externalId: input.key,
          sender: { id: caller.actor.id },
          peer: { kind: 'direct', id: caller.actor.id },
          text: input.text,
          ...(input.attachments.length > 0 && { attachments: input.attachments.map(inboundFile) }),
        },
        caller,
        sessionKey: consoleKey(caller, input.chat),
        requestId: input.key,
      });
      return toSent(received);
    }),

  /** Cancels what runs or waits in the chat. */
  stop: procedure
    .input(z.object({ chat, messageId: id.optional() }))
    .output(z.object({ cancelled: z.array(z.string()) }))
    .mutation(async ({ ctx, input }) => {
      const { sessionId } = ctx.parts.pipeline.resolveSession(consoleKey(ctx.caller, input.chat));
      const target = input.messageId === undefined ? { sessionId } : { sessionId, messageId: input.messageId };
      return { cancelled: [...(await ctx.parts.pipeline.abort(target, 'stopped_in_console'))] };
    }),

  /** What a message can be imagined to come by, and who could answer it. */
  options: procedure.output(z.object({ channels: z.array(z.string()), agents: z.array(z.string()) })).query(({ ctx }) => {
    const { channels, agents } = ctx.parts.config.current().config;
    return { channels: Object.keys(channels), agents: Object.keys(agents.entries) };
  }),

  /** How a message would be decided about that nobody sent. */
  explain: procedure
    .input(imagined)
    .output(explanation)
    .query(({ ctx, input }) => {
      requireChannel(input.channel, ctx.parts.config.current().config);
      return explainImagined(ctx.parts, input);
    }),

  progress: procedure.input(z.object({ chat })).subscription(async function* ({ ctx, input, signal }) {
    const { pipeline } = ctx.parts;
    const { sessionId } = pipeline.resolveSession(consoleKey(ctx.caller, input.chat));
    for await (const updates of sessionProgress(pipeline, sessionId, signal ?? new AbortController().signal)) {
      yield ctx.parts.audit.shown(askerOf(ctx), { kind: 'session', id: sessionId }, z.array(progressUpdate).parse(updates));
    }
  }),
});

function toSent(received: Received & { readonly runId: string }): z.input<typeof sent> {
  if (received.status === 'accepted') return received;
  const { messageId, position, error } = received;
  return { status: 'rejected', messageId, position, problem: { code: error.code, message: error.message } };
}
