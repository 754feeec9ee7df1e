/** The chat services that onboarding connects: what each needs, and how that looks. */

export const CHAT_SERVICES = ['telegram', 'slack', 'discord'] as const;
export type ChatService = (typeof CHAT_SERVICES)[number];

/** What was chosen: the variables that hold the secrets, by their keys in the configuration. */
export type ChosenChannel = {
  readonly service: ChatService;
  readonly variables: Readonly<Record<string, string>>;
  readonly allowFrom: readonly string[];
};

export type Secret = {
  /** In the block of the channel. */
  readonly key: string;
  readonly option: string;
  readonly variable: string;
  readonly pattern: RegExp;
  readonly what: string;
  /** Where it is to be had, and how it looks. */
  readonly origin: string;
};

type Needs = {
  readonly label: string;
  readonly secrets: readonly Secret[];
  readonly allowOption: string;
  readonly id: RegExp;
  readonly ids: string;
  readonly hint: string;
};

export const NEEDS: Readonly<Record<ChatService, Needs>> = {
  telegram: {
    label: 'a Telegram bot',
    secrets: [
      {
        key: 'botToken',
        option: '--telegram-token-env',
        variable: 'TELEGRAM_BOT_TOKEN',
        pattern: /^\d+:\S+$/,
        what: 'bot token',
        origin: '@BotFather gives them as "123456:ABC…".',
      },
    ],
    allowOption: '--telegram-allow-from',
    id: /^-?\d{1,20}$/,
    ids: 'numeric Telegram ids',
    hint: '@BotFather gives a bot and its token. Put the token in an environment variable of the gateway;\n@userinfobot tells you your numeric id.',
  },
  slack: {
    label: 'a Slack app',
    secrets: [
      {
        key: 'botToken',
        option: '--slack-bot-token-env',
        variable: 'SLACK_BOT_TOKEN',
        pattern: /^xoxb-\S+$/,
        what: 'bot token',
        origin: 'Install App at api.slack.com/apps gives it as "xoxb-…".',
      },
      {
        key: 'appToken',
        option: '--slack-app-token-env',
        variable: 'SLACK_APP_TOKEN',
        pattern: /^xapp-\S+$/,
        what: 'app-level token',
        origin: 'Basic Information at api.slack.com/apps gives it as "xapp-…", with the scope connections:write.',
      },
    ],
    allowOption: '--slack-allow-from',
    id: /^[A-Z][A-Z0-9]{2,20}$/,
    ids: 'Slack member ids such as U012AB3CD',
    hint: 'docs/slack.md has the manifest for an app of yours. Put its two tokens in environment variables of the gateway;\na profile shows the member id in its menu.',
  },
  discord: {
    label: 'a Discord bot',
    secrets: [
      {
        key: 'botToken',
        option: '--discord-token-env',
        variable: 'DISCORD_BOT_TOKEN',
        pattern: /^[\w-]{10,}(\.[\w-]+){0,2}$/,
        what: 'bot token',
        origin: 'the page Bot at discord.com/developers/applications gives it.',
      },
    ],
    allowOption: '--discord-allow-from',
    id: /^\d{15,20}$/,
    ids: 'Discord user ids, 15 to 20 digits',
    hint: 'discord.com/developers/applications gives a bot and its token; switch on its Message Content Intent. Put the token in an\nenvironment variable of the gateway; Copy User ID shows ids in the developer mode.',
  },
};
