import { z } from 'zod';
import { block, choice, flag, list, secret, table, text, url } from './values.ts';

const ACCOUNTS = "Several accounts by name; each may have any of the channel's keys.";

const common = {
  enabled: flag().prefault(true).describe('Whether the channel runs.'),
  dmPolicy: choice(['open', 'allowlist', 'pairing', 'disabled'])
    .prefault('allowlist')
    .describe('Who may write direct messages: everyone, those in allowFrom, also whom an operator lets in by a code, nobody.'),
  groupPolicy: choice(['open', 'allowlist', 'disabled'])
    .prefault('allowlist')
    .describe('Who may write in groups: everyone, the senders and groups in allowFrom, nobody.'),
  requireMention: flag().prefault(true).describe('Whether the agent hears in groups only what mentions it or answers it.'),
  mentionPatterns: list(text('a pattern such as "hey bot"', 100), 'patterns such as "hey bot"')
    .prefault([])
    .describe('Texts that count as a mention wherever they stand: `*` is any text, `?` one character.'),
  allowFrom: list(
    z.union([text(), z.number()], { error: 'an id of the channel, or "*"' }).transform(String),
    'ids of senders or groups, or "*"',
  )
    .prefault([])
    .describe('The senders and groups that may write; `*` for all.'),
  delivery: choice(['at-least-once', 'hold'])
    .prefault('at-least-once')
    .describe(
      'What happens to a reply that may have been sent already when the gateway stopped: send it again, or hold it for an operator.',
    ),
  agentId: text('the name of an agent').exactOptional().describe('The agent that answers this channel where no binding says otherwise.'),
};

/** The keys that only one channel has. */
const OWN_KEYS = {
  discord: {
    botToken: secret('the token of the bot').exactOptional().describe('The token of the bot, from the page Bot of its application.'),
    apiRoot: url().exactOptional().describe('The address of the API; https://discord.com/api when left out.'),
    messageContent: flag()
      .exactOptional()
      .describe('Whether the application may read all messages (Message Content Intent); off, it reads direct ones and mentions only.'),
  },
  slack: {
    botToken: secret('the bot token, xoxb-…').exactOptional().describe('The bot token of the app, `xoxb-…`.'),
    appToken: secret('the app-level token, xapp-…')
      .exactOptional()
      .describe('The app-level token with the scope connections:write, `xapp-…`.'),
    slackApiUrl: url().exactOptional().describe('The address of the Web API; https://slack.com/api/ when left out.'),
  },
  telegram: {
    botToken: secret('the token that @BotFather gave').exactOptional().describe('The token that @BotFather gave.'),
    apiRoot: url().exactOptional().describe('The address of the Bot API; https://api.telegram.org when left out.'),
    webhookUrl: url()
      .exactOptional()
      .describe(
        'Where Telegram shall bring messages, by HTTPS: <public address>/webhooks/telegram/<account>. They are fetched when left out.',
      ),
    webhookSecret: secret('letters, digits, _ and -')
      .exactOptional()
      .describe('What Telegram proves its calls with; made from the token when left out.'),
  },
  whatsapp: {
    accessToken: secret('the access token of a system user').exactOptional().describe('The access token of a system user of the business.'),
    phoneNumberId: text('the id of the phone number')
      .exactOptional()
      .describe('The id that Meta gives the phone number; not the number itself.'),
    appSecret: secret("the app's secret").exactOptional().describe("The app's secret, which Meta signs its calls with."),
    verifyToken: secret('a text of your own').exactOptional().describe('The text that is entered at Meta together with the address.'),
    apiRoot: url().exactOptional().describe('The address of the Graph API; https://graph.facebook.com when left out.'),
    apiVersion: text('a version such as v23.0').exactOptional().describe('The version of the Graph API; v23.0 when left out.'),
  },
} as const satisfies Record<string, z.ZodRawShape>;

const commonBlock = block(common);
type Common = z.output<typeof commonBlock>;
/** An account with all of its keys: the common ones, and the adapter's own as they are written. */
export type ChannelAccountConfig = Common & { [key: string]: unknown };
/** A channel. `accounts` has at least `default`; each account is complete, with the channel's keys where it has none of its own. */
export type ChannelConfig = ChannelAccountConfig & { accounts: Record<string, ChannelAccountConfig> };

function channel(own: z.ZodRawShape) {
  const account = block({ ...asOptional(common), ...own });
  return block({
    ...common,
    ...own,
    accounts: table(account, 'an account name').exactOptional().describe(ACCOUNTS),
  }).transform(completeAccounts);
}

/** A channel of an extension: its own keys are checked by its adapter. */
const extensionChannel = z
  .looseObject(
    {
      ...common,
      accounts: table(z.looseObject(asOptional(common)), 'an account name')
        .exactOptional()
        .describe(ACCOUNTS),
    },
    { error: 'an object: { … }' },
  )
  .transform(completeAccounts);

function completeAccounts(input: Readonly<Record<string, unknown>>): ChannelConfig {
  const { accounts, ...shared } = input as ChannelAccountConfig & { accounts?: Record<string, Partial<ChannelAccountConfig>> };
  const entries = Object.entries(accounts ?? { default: {} });
  return { ...shared, accounts: Object.fromEntries(entries.map(([name, own]) => [name, { ...shared, ...own }])) };
}

/** The same keys without their defaults, for an account that inherits. */
function asOptional(shape: z.ZodRawShape): z.ZodRawShape {
  return Object.fromEntries(
    Object.entries(shape).map(([key, field]) => {
      const inner = field instanceof z.ZodPrefault ? (field.unwrap() as z.ZodType) : field;
      return [key, z.exactOptional(inner).describe(z.globalRegistry.get(field)?.description ?? '')];
    }),
  );
}

const known = Object.fromEntries(Object.entries(OWN_KEYS).map(([id, own]) => [id, channel(own).exactOptional()]));

/** The channels by name. */
export const channels = z
  .object(known, { error: 'an object: { … }' })
  .catchall(extensionChannel)
  .transform((input) => input as Record<string, ChannelConfig>);
