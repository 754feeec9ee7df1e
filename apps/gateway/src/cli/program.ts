/** The tree of commands: names, options and help. What they do is in commands/, loaded when called. */
import { GatewayError } from '@openclaw-gateway/events/errors';
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../config/units.ts';
import { statePaths } from '../operations/state-dir.ts';
import { addAccess } from './access-program.ts';
import { addApprovals } from './approvals-program.ts';
import { addAudit } from './audit-program.ts';
import { addBackup } from './backup-program.ts';
import { addBans } from './bans-program.ts';
import type { RunOptions } from './commands/gateway-run.ts';
import { addConfig } from './config-program.ts';
import { addChannelActions, addPairing, addRoute } from './connections-program.ts';
import { type Context, createContext } from './context.ts';
import { addData } from './data-program.ts';
import { reportFailure } from './failure.ts';
import { addFirewall } from './firewall-program.ts';
import { addHistory } from './history-program.ts';
import { addIntegrity } from './integrity-program.ts';
import { addMonitoring } from './monitoring-program.ts';
import { addOnboard } from './onboard-program.ts';
import { addPeople } from './people-program.ts';
import { addRemote } from './remote-program.ts';
import { VERSION } from './version.ts';

/** Resolves with the exit code, or with nothing where it is 0. */
type Action = (context: Context, options: never, ...args: never[]) => Promise<number | undefined>;

/** Runs the command line. Resolves with the exit code. */
export async function runProgram(args: readonly string[]): Promise<number> {
  const json = args.includes('--json');
  // A reader such as `head` that has seen enough is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  let exitCode = 0;
  const program = buildProgram(json, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) return reportFailure(thrown, { json, configPath: statePaths().config });
    if (thrown.exitCode === 0) return 0;
    if (thrown.code === 'commander.help') return 2;
    const message = capitalize(thrown.message.replace(/^error: /, '').replace(/\s*\(Did you mean (.*)\?\)/s, '. Did you mean $1?'));
    return reportFailure(new GatewayError('USAGE', { message: /[.?]$/.test(message) ? message : `${message}.` }), { json, configPath: '' });
  }
}

function buildProgram(json: boolean, exit: (code: number) => void): Command {
  const program = new Command('openclaw')
    .description('A self-hosted gateway between chat apps and AI agents.')
    .version(`openclaw ${VERSION}`, '-V, --version', 'print the version')
    .helpCommand(false)
    .showSuggestionAfterError()
    .configureOutput({ outputError: () => undefined })
    .exitOverride()
    .addHelpText(
      'after',
      '\nSet it up with `openclaw onboard`, or start it as it is with `openclaw gateway start` and open it with `openclaw dashboard`.',
    );

  /** A command with an action that is loaded when it is called. */
  const leaf = (parent: Command, usage: string, description: string, load: () => Promise<Action>): Command =>
    parent
      .command(usage)
      .description(description)
      .option('--json', 'print JSON')
      .action(async (...received: unknown[]) => {
        const options = received.at(-2);
        const action = (await load()) as (context: Context, options: unknown, ...args: unknown[]) => Promise<number | undefined>;
        exit((await action(createContext({ json }), options, ...received.slice(0, -2))) ?? 0);
      });

  addOnboard(program, leaf as Parameters<typeof addOnboard>[1], { port });
  addGateway(program, leaf, exit);
  leaf(program, 'version', 'print the version', async () => async () => undefined);
  leaf(program, 'health', 'whether the gateway and its parts are well', async () => (await import('./commands/health.ts')).health).option(
    '--detailed',
    'every part with its figures',
  );
  leaf(program, 'status', 'the gateway at a glance', async () => (await import('./commands/status.ts')).status).option(
    '--memory',
    'memory by component',
  );
  leaf(program, 'doctor', 'find what is wrong, and what to do about it', async () => (await import('./commands/doctor.ts')).doctor)
    .option('--verbose', 'show every check and how long it took')
    .option('--network', 'only the network, more thoroughly')
    .option('--config', 'only the configuration, more thoroughly')
    .option('--security', 'only what concerns security, more thoroughly')
    .option('--fix', 'repair what can be repaired without losing anything');
  leaf(program, 'dashboard', 'open the control panel, signed in', async () => (await import('./commands/dashboard.ts')).dashboard).option(
    '--no-open',
    'only print the link',
  );

  const message = group(program, 'message', 'talk to the agents');
  leaf(message, 'send', 'send a message and print the reply', async () => (await import('./commands/message-send.ts')).sendMessage)
    .requiredOption('--to <name>', 'who you are to the agent: each name has its own conversation')
    .requiredOption('--message <text>', 'the message')
    .addOption(new Option('--timeout <duration>', 'how long to wait for the reply').default(300_000, '5m').argParser(duration));

  const channels = group(program, 'channels', 'the connections to chat services');
  leaf(channels, 'status', 'which channels are connected', async () => (await import('./commands/channels-status.ts')).channelsStatus)
    .option('--probe', 'really talk to each service')
    .option('--channel <id>', 'only this channel')
    .option('--account <name>', 'only this account of it')
    .option('--send-to <recipient>', 'after a probe that passed, also send a test message to this person, whom allowFrom must list');
  addChannelActions(channels, leaf as Parameters<typeof addChannelActions>[1], { limit });

  addRoute(program, leaf as Parameters<typeof addRoute>[1]);
  addPairing(program, leaf as Parameters<typeof addPairing>[1]);

  leaf(program, 'completion', 'print what completes commands in your shell', async () =>
    (await import('./commands/completion.ts')).completion(program),
  ).addArgument(new Argument('<shell>', 'your shell').choices(['bash', 'zsh', 'fish']));

  addConfig(program, leaf as Parameters<typeof addConfig>[1], { whole, limit });
  addLog(program, leaf);
  addHistory(program, leaf as Parameters<typeof addHistory>[1], { whole });
  addData(program, leaf);
  addApprovals(program, leaf);
  addAudit(program, leaf as Parameters<typeof addAudit>[1], { whole, limit });
  addIntegrity(program, leaf as Parameters<typeof addIntegrity>[1], { whole });
  addBackup(program, leaf as Parameters<typeof addBackup>[1]);
  addMonitoring(program, leaf as Parameters<typeof addMonitoring>[1], { duration });
  addPeople(program, leaf as Parameters<typeof addPeople>[1], { duration });
  addAccess(program, leaf as Parameters<typeof addAccess>[1], { duration });
  addHelp(program);
  return program;
}

type Leaf = (parent: Command, usage: string, description: string, load: () => Promise<Action>) => Command;

function addGateway(program: Command, leaf: Leaf, exit: (code: number) => void): void {
  const gateway = group(program, 'gateway', 'run, start and stop the gateway; without a command: run');
  const address = (command: Command) =>
    command
      .addOption(new Option('--port <number>', 'listen on this port').argParser(port))
      .option('--bind <address>', 'listen on this address: an IP address, loopback or lan')
      .option('--verbose', 'show everything it does on stderr');
  const run = gateway
    .command('run', { isDefault: true })
    .description('run in the foreground until Ctrl+C')
    // `gateway stauts` arrives here with `stauts` left over.
    .allowExcessArguments()
    .option('--json', 'print JSON')
    .option('--force', 'end whatever holds the port first')
    .option('--safe', 'in safe mode: show and configure, but connect no channel and call no model')
    .option('--normal', 'not in safe mode, whatever happened before')
    .option('--dangerously-let-anyone-in', 'with auth.type "disabled": start although other machines can reach it and do everything');
  run.action(async (options: RunOptions) => {
    const unknown = run.args[0];
    if (unknown !== undefined) throw await unknownCommand(unknown, gateway);
    const { run: runGateway } = await import('./commands/gateway-run.ts');
    const code = await runGateway(createContext({ json: process.argv.includes('--json') }), options);
    exit(code);
    exitAfterRun(code);
  });
  address(run);
  leaf(gateway, 'status', 'whether it runs and answers', async () => (await import('./commands/gateway-status.ts')).gatewayStatus);
  address(leaf(gateway, 'start', 'start it in the background', async () => (await import('./commands/gateway-start.ts')).startGateway));
  leaf(gateway, 'stop', 'stop it in good order', async () => (await import('./commands/gateway-stop.ts')).stopGateway);
  address(leaf(gateway, 'restart', 'stop it and start it again', async () => (await import('./commands/gateway-start.ts')).restartGateway))
    .option('--safe', 'in safe mode')
    .option('--normal', 'out of safe mode');
  leaf(
    gateway,
    'install',
    'make it a service that starts by itself',
    async () => (await import('./commands/gateway-install.ts')).installGateway,
  )
    .alias('install-daemon')
    .addOption(new Option('--port <number>', 'listen on this port').argParser(port))
    .option('--bind <address>', 'listen on this address: an IP address, loopback or lan')
    .addOption(
      new Option('--manager <name>', "who starts it; the system's own when left out").choices(['systemd', 'launchd', 'background']),
    )
    .option('--force', "stop one that runs in the foreground, and take over another state directory's service");
  leaf(gateway, 'uninstall', 'stop it and take the service away', async () => {
    return (await import('./commands/gateway-install.ts')).uninstallGateway;
  });
  leaf(gateway, 'token', 'print the gateway token', async () => (await import('./commands/gateway-token.ts')).gatewayToken).option(
    '--regenerate',
    'make a new token; the old one, and what it opened, ends at once',
  );
  leaf(gateway, 'instances', 'those that share the log, and which of them leads', async () => {
    return (await import('./commands/gateway-instances.ts')).gatewayInstances;
  });
  addRemote(gateway, leaf as Parameters<typeof addRemote>[1], { port });
  addFirewall(gateway, leaf as Parameters<typeof addFirewall>[1]);
  addBans(gateway, leaf as Parameters<typeof addBans>[1], { duration });
}

/** Whatever a part left open must not keep a stopped gateway alive. */
function exitAfterRun(code: number): void {
  setTimeout(() => process.exit(code), 1000).unref();
}

function addLog(program: Command, leaf: Leaf): void {
  const events = group(program, 'events', 'what happened, from the event log');
  const filters = (command: Command) =>
    command
      .option('--type <types>', 'these types, such as message.received or run.*')
      .option('--session <id>', 'of this session')
      .option('--message <id>', "of this message's flow")
      .option('--channel <ids>', 'of these channels')
      .option('--severity <severities>', 'debug, info, warn, error')
      .option('-q, --query <query>', "that match a query: 'type:message.* -agent:main dur:>2s refund'")
      .option('--view <name>', 'of a saved view, with its time range; see `openclaw views list`')
      .addHelpText('after', '\nThe query language is described in docs/query-language.md.');
  filters(leaf(events, 'list', 'the newest events', async () => (await import('./commands/events.ts')).listEvents))
    .addOption(limit(50, 500))
    .addOption(new Option('--before <position>', 'older than this position').argParser(whole));
  leaf(events, 'show <position>', 'one event with everything it holds', async () => (await import('./commands/events.ts')).showEvent);
  filters(leaf(events, 'tail', 'events as they happen', async () => (await import('./commands/events.ts')).tailEvents)).addOption(
    new Option('--after <position>', 'begin after this position; 0 begins at the first event').argParser(whole),
  );

  const log = group(program, 'log', 'where the event log lies');
  leaf(log, 'move', 'move it into a database that several instances share, or back', async () => {
    return (await import('./commands/log-move.ts')).moveLog;
  })
    .option('--to <url>', 'into this database: postgres://…')
    .option('--from <url>', 'out of this database, into the state directory');

  const views = group(program, 'views', 'saved views of the events: queries with a name');
  leaf(views, 'list', 'those that everybody has, and those that were saved', async () => (await import('./commands/views.ts')).listViews);
  leaf(views, 'save <name>', 'keep a query under a name; one of your own of this name is replaced', async () => {
    return (await import('./commands/views.ts')).saveView;
  })
    .requiredOption('-q, --query <query>', 'the query')
    .option('--label <text>', 'what people read; the name when left out')
    .addOption(new Option('--range <range>', 'how far back').choices(['15m', '1h', '6h', '24h', '7d', '30d', '90d', 'all']).default('24h'))
    .option('--shared', 'for everybody')
    .option('--pin', 'as a tab above the list of events');
  leaf(views, 'remove <name>', 'forget one of your own', async () => (await import('./commands/views.ts')).removeView);

  const sessions = group(program, 'sessions', 'the conversations');
  leaf(sessions, 'list', 'the conversations, newest first', async () => (await import('./commands/sessions.ts')).listSessions)
    .addOption(limit(50, 200))
    .addOption(new Option('--before <position>', 'older than this position').argParser(whole))
    .option('--agent <id>', 'of this agent')
    .option('--channel <id>', 'of this channel')
    .option('--open', 'only those with an unfinished message');
  leaf(sessions, 'show <id>', 'a conversation with its messages', async () => showSessionNowOrThen)
    .option('--at <moment>', 'as it was at a position, a time, or so long ago: 1234, 2026-11-22T09:30:00Z, -15m')
    .option('--diff <moment>', 'with --at: what changed from there to this moment');

  const logs = leaf(program, 'logs', 'the log of the process', async () => (await import('./commands/logs.ts')).logs)
    .option('--follow', 'go on with lines as they come')
    .addOption(new Option('--tail <lines>', 'the newest lines').argParser(whole))
    .addOption(new Option('--level <level>', 'lines of this level and above').choices(['debug', 'info', 'warn', 'error', 'fatal']))
    .option('--grep <text>', 'lines that contain this text')
    .option('--since <time>', 'lines from then on: how long ago, such as 15m, or a time such as 2026-11-22T09:30:00Z')
    .option('--until <time>', 'lines up to then, written in the same way')
    .option('--export <file>', 'write the lines to a file');
  leaf(
    logs,
    'level [level]',
    'print or change how much a running gateway writes',
    async () => (await import('./commands/logs-level.ts')).logsLevel,
  )
    .addOption(new Option('--for <duration>', 'return to the configured level after this time, such as 15m').argParser(duration))
    .addHelpText('after', '\nLevels: debug, info, warn, error, fatal. Without --for it stays so until the next start.');
}

async function showSessionNowOrThen(
  context: Context,
  options: { readonly at?: string; readonly diff?: string },
  id: string,
): Promise<undefined> {
  const { at, diff } = options;
  if (at === undefined) return (await import('./commands/sessions.ts')).showSession(context, options, id);
  return (await import('./commands/sessions-at.ts')).showSessionAt(context, diff === undefined ? { at } : { at, diff }, id);
}

/** The library's own help command looks one level deep only. */
function addHelp(program: Command): void {
  program
    .command('help [command...]')
    .description('display help for command')
    .helpOption(false)
    .action(async (names: readonly string[]) => {
      let command = program;
      for (const name of names) {
        const next = command.commands.find((candidate) => candidate.name() === name);
        if (!next) throw await unknownCommand(name, command);
        command = next;
      }
      command.outputHelp();
    });
}

function group(program: Command, name: string, description: string): Command {
  return program.command(name).description(description);
}

async function unknownCommand(name: string, parent: Command): Promise<GatewayError> {
  const { nearest } = await import('@openclaw-gateway/events/nearest');
  const close = nearest(
    name,
    parent.commands.map((command) => command.name()),
  );
  return new GatewayError('USAGE', { message: `Unknown command '${name}'.${close ? ` Did you mean ${close}?` : ''}` });
}

const limit = (fallback: number, max: number) =>
  new Option('--limit <number>', `at most this many, up to ${max}`).default(fallback).argParser((input) => {
    const value = whole(input);
    if (value < 1 || value > max) throw new InvalidArgumentError(`Expected a whole number from 1 to ${max}.`);
    return value;
  });

function whole(input: string): number {
  const value = /^\d{1,16}$/.test(input) ? Number(input) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError('Expected a whole number.');
  return value;
}

function port(input: string): number {
  if (!/^\d{1,5}$/.test(input) || Number(input) > 65_535) throw new InvalidArgumentError('Expected a port from 0 to 65535.');
  return Number(input);
}

function duration(input: string): number {
  const durationMs = parseDuration(input);
  if (durationMs === undefined || durationMs === 0) throw new InvalidArgumentError('Expected a duration such as "30s" or "5m".');
  return durationMs;
}

const capitalize = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
