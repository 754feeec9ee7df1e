/** The commands of time travel, replay and bundles. What they do is in commands/, loaded when called. */
import { type Command, InvalidArgumentError, Option } from 'commander';

type Action = (context: never, options: never, ...args: never[]) => Promise<number | undefined>;
type Leaf = (parent: Command, usage: string, description: string, load: () => Promise<Action>) => Command;
type Parsers = { readonly whole: (input: string) => number };

const RULE = 'with this routing rule, written as in bindings: \'{ agentId: "ada", match: { channel: "telegram" } }\'';
const REPLACED = 'the rule takes the place of bindings[number]; it is added after all others when left out';
const MOMENT = 'a position, a time such as 2026-11-22T09:30:00Z, or how long ago, such as -15m';

/** A positive number. */
function amount(input: string): number {
  const value = Number(input);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('Expected a number above 0, such as 0.50.');
  return value;
}

export function addHistory(program: Command, leaf: Leaf, { whole }: Parsers): void {
  leaf(program, 'state', 'what the gateway was doing at a moment', async () => (await import('./commands/state.ts')).showState)
    .option('--at <moment>', `${MOMENT}; now when left out`)
    .option('--diff <moment>', 'what changed from there to this moment');

  const sessions = groupOf(program, 'sessions', 'the conversations');
  leaf(
    sessions,
    'fork <id>',
    'begin a new session from an earlier position of one',
    async () => (await import('./commands/sessions-at.ts')).fork,
  )
    .requiredOption('--at <moment>', MOMENT)
    .option('--key <key>', "the new session's key")
    .option('--reason <name>', 'why, for the log', 'forked by hand');

  leaf(sessions, 'cancel <id>', 'end what runs and waits in a conversation', async () => {
    return (await import('./commands/sessions-cancel.ts')).cancelSession;
  }).option('--message <id>', 'only this message');

  leaf(sessions, 'release <id>', 'let a conversation out of quarantine', async () => {
    return (await import('./commands/sessions-release.ts')).releaseSession;
  }).option('--forget', 'the model is no longer shown what was said before');

  const replay = groupOf(program, 'replay', 'run the recorded past again, without any effect');
  leaf(replay, 'projections', 'fold the log anew and compare with the views', async () => {
    return (await import('./commands/replay-projections.ts')).replayProjections;
  });
  leaf(replay, 'decisions', 'who would be admitted and where messages would go under another configuration', async () => {
    return (await import('./commands/replay-decisions.ts')).replayDecisions;
  })
    .option('--config <file>', 'the configuration to try; the one in force when left out')
    .option('--rule <binding>', RULE)
    .addOption(new Option('--replace-rule <number>', REPLACED).argParser(whole))
    .addOption(new Option('--last <number>', 'the newest so many messages').default(1000).argParser(whole))
    .option('-q, --query <query>', 'only messages whose arrival matches, such as "channel:telegram time:-7d..now"');
  leaf(replay, 'suite', 'run the kept cases again, each of which has to come out the same', async () => {
    return (await import('./commands/replay-suite.ts')).replaySuite;
  }).option('--only <name>', 'this case alone');
  leaf(replay, 'session <id>', 'run a session again with its recorded effects', async () => {
    return (await import('./commands/replay-session.ts')).replaySession;
  })
    .option('--config <file>', 'with this configuration')
    .option('--rule <binding>', RULE)
    .addOption(new Option('--replace-rule <number>', REPLACED).argParser(whole))
    .option('--system-prompt <text>', 'with this system prompt')
    .option('--model <provider/model>', 'with this model')
    .option('--tools <names>', 'with these tools, separated by commas; "" for none')
    .addOption(
      new Option(
        '--tool-answer <tool=answer>',
        'what a tool gives: history, deny or static:<JSON>; * is all others; may be repeated',
      ).argParser((answer: string, before: string[] | undefined) => [...(before ?? []), answer]),
    )
    .addOption(
      new Option(
        '--on-miss <what>',
        'a call without a recorded result ends the run of its message (fail), or gives the model an error (deny)',
      ).choices(['fail', 'deny']),
    )
    .option('--live', 'ask the model, within the budget; tools still answer from the recording')
    .addOption(new Option('--budget <tokens>', 'how many tokens --live may spend').argParser(whole))
    .addOption(new Option('--max-requests <number>', 'how often --live may ask').default(50).argParser(whole))
    .addOption(new Option('--max-cost <dollars>', 'what --live may cost, for models that have a price').argParser(amount))
    .addOption(new Option('--runs <number>', 'how often --live is run, 1 to 10, to see how much its answers differ').argParser(whole))
    .option('--estimate', 'only say what --live would take and cost');

  const events = groupOf(program, 'events', 'what happened, from the event log');
  leaf(
    events,
    'export',
    'write a session into one file that verifies itself',
    async () => (await import('./commands/bundle.ts')).exportBundle,
  )
    .requiredOption('--session <id>', 'the session, by id or key')
    .requiredOption('-o, --output <file>', 'the file to write, such as case.ocb')
    .addOption(new Option('--mask <profile>', 'what to hide').choices(['none', 'default', 'strict']).default('default'));
  leaf(
    events,
    'import <file>',
    'verify a bundle and make a state directory of it',
    async () => (await import('./commands/bundle.ts')).importBundle,
  )
    .option('--into <dir>', 'the state directory to make')
    .option('--verify', 'only verify it')
    .option('--inspect', 'say everything that is wrong with it and show what can be read, without repairing anything')
    .option('--pubkey <key...>', 'the log must be signed with this verifier key, or one of these');
}

function groupOf(program: Command, name: string, description: string): Command {
  return program.commands.find((command) => command.name() === name) ?? program.command(name).description(description);
}
