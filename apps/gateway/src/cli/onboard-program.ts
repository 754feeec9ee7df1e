/** The command that sets up a gateway. What it does is in commands/onboard.ts, loaded when called. */
import { type Command, Option } from 'commander';

type Action = (context: never, options: never, ...args: never[]) => Promise<number | undefined>;
type Leaf = (parent: Command, usage: string, description: string, load: () => Promise<Action>) => Command;
type Parsers = { readonly port: (input: string) => number };

export function addOnboard(program: Command, leaf: Leaf, { port }: Parsers): void {
  leaf(
    program,
    'onboard',
    'set up a gateway: model, channel, service, dashboard',
    async () => (await import('./commands/onboard.ts')).onboard,
  )
    .option('--non-interactive', 'ask nothing: take the options, and what the environment offers')
    .option('--model <provider/model>', 'the model that answers, such as anthropic/claude-sonnet-4-5 or ollama/llama3.2')
    .option('--api-key-env <name>', "the environment variable that holds the provider's key")
    .option('--base-url <url>', "the provider's address; needed for one that is not known by name")
    .option('--test-model', 'ask the model one tiny question before anything is written')
    .addOption(new Option('--port <number>', 'listen on this port').argParser(port))
    .option('--bind <address>', 'listen on this address: an IP address, loopback or lan')
    .option('--accept-risk', 'agree that with --bind other machines reach the gateway over plain HTTP')
    .addOption(new Option('--channel <name>', 'connect this chat service').choices(['telegram', 'slack', 'discord']))
    .option('--telegram-token-env <name>', 'the environment variable that holds the bot token (default: TELEGRAM_BOT_TOKEN)')
    .option('--telegram-allow-from <ids>', 'who may write: numeric Telegram ids, separated by commas, or * for everyone')
    .option('--slack-bot-token-env <name>', 'the environment variable that holds the bot token (default: SLACK_BOT_TOKEN)')
    .option('--slack-app-token-env <name>', 'the environment variable that holds the app-level token (default: SLACK_APP_TOKEN)')
    .option('--slack-allow-from <ids>', 'who may write: Slack member ids, separated by commas, or * for everyone')
    .option('--discord-token-env <name>', 'the environment variable that holds the bot token (default: DISCORD_BOT_TOKEN)')
    .option('--discord-allow-from <ids>', 'who may write: Discord user ids, separated by commas, or * for everyone')
    .option('--install-daemon', 'install the gateway as a service of this user')
    .option('--no-install-daemon', 'start it in the background, without a service')
    .option('--save-keys', 'keep the variables that the configuration names for the service, in a file that only you can read')
    .option('--no-start', 'only write the configuration')
    .option('--open', 'open the dashboard in a browser')
    .option('--no-open', 'only print the link to the dashboard')
    .option('--force', 'change what the configuration says otherwise')
    .addHelpText(
      'after',
      '\nWithout options it asks on the terminal. In a script:\n' +
        '  ANTHROPIC_API_KEY=… openclaw onboard --non-interactive --test-model --install-daemon --save-keys\n' +
        'The configuration never holds a key or a token: it names the environment variable that does.',
    );
}
