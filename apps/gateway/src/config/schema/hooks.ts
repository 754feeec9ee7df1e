import type { z } from 'zod';
import { block, choice, duration, flag, requestPath, secret, table, text, url } from './values.ts';

const entry = block({
  secret: secret().describe('The key that the caller signs with.'),
  signature: choice(['openclaw', 'github'])
    .prefault('openclaw')
    .describe('How calls are signed: with a timestamp as docs/webhooks.md says, or as GitHub does.'),
  agentId: text('the name of an agent').exactOptional().describe('The agent that answers.'),
  sessionKey: text('the name of a session').exactOptional().describe('The session that the calls belong to; `hook:<name>` when left out.'),
  template: text('a text', 65_536)
    .exactOptional()
    .describe('The message that is made of a call; `{{path.in.body}}` stands for a value. Without it the message is the body.'),
  replyUrl: url().exactOptional().describe('Where the replies are brought, signed. Without it they are read from the log.'),
  replySecret: secret().exactOptional().describe("The key that replies are signed with; the hook's `secret` when left out."),
});

export type HookConfig = Omit<z.output<typeof entry>, 'sessionKey'> & { sessionKey: string };

/** Webhooks: on when there is at least one entry, unless `enabled` says otherwise. */
export const hooks = block({
  enabled: flag().exactOptional().describe('Whether webhooks are taken; they are when there is an entry.'),
  path: requestPath().prefault('/hooks').describe('The path in front of the names.'),
  maxSkew: duration().prefault('5m').describe("How far a call's timestamp may be from the gateway's clock."),
  entries: table(entry, 'a webhook name').prefault({}).describe('Webhooks by name: `POST <path>/<name>`.'),
}).transform((input) => ({
  ...input,
  enabled: input.enabled ?? Object.keys(input.entries).length > 0,
  entries: Object.fromEntries(
    Object.entries(input.entries).map(([name, hook]): [string, HookConfig] => [
      name,
      { ...hook, sessionKey: hook.sessionKey ?? `hook:${name}` },
    ]),
  ),
}));
