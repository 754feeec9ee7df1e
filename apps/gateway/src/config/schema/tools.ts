import { z } from 'zod';
import { block, choice, duration, flag, list, secret, size, table, text, url, whole } from './values.ts';

const VARIABLE = 'the name of an environment variable';

const exec = block({
  timeout: duration({ minMs: 100 }).prefault('30s').describe('A program that runs longer is ended, with all that it started.'),
  memory: size().prefault('4g').describe('The address space each process may take. Not kept on macOS.'),
  output: size().prefault('1m').describe('A program that prints more is ended. The model is shown the beginning and the end.'),
  fileSize: size().prefault('100m').describe('The largest file a program may write.'),
  shell: flag().prefault(false).describe('Whether shells such as `sh` may be run, which read their arguments as programs.'),
  environment: list(z.string({ error: VARIABLE }).regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: VARIABLE }), 'names of environment variables')
    .prefault([])
    .describe("The gateway's environment variables that programs are given, beyond a path, a home, the language and the time zone."),
});

const browser = block({
  executable: text('a program')
    .exactOptional()
    .describe('The browser: a Chromium, Chrome or Edge. The first one that the machine has when left out.'),
  sandbox: flag().prefault(true).describe("Whether pages run in the browser's own sandbox. Root cannot have it, nor can some containers."),
  timeout: duration({ minMs: 1000 })
    .prefault('30s')
    .describe('A call that takes longer fails, and its browser is ended with all its processes.'),
  idle: duration({ minMs: 1000 })
    .prefault('5m')
    .describe('A browser that nobody uses for so long is closed; its cookies and pages are gone.'),
  maxSessions: whole(1, 100)
    .prefault(3)
    .describe('How many conversations may have a browser at a time. One more takes the place of the one that is idle longest.'),
  memory: size().prefault('1g').describe('A browser whose processes take more together is ended. Memory that they share is not counted.'),
});

const PATTERN = 'a pattern such as "git*"';
const PATTERNS = 'a pattern, or a list of patterns';
const ARGUMENT = 'the path of an argument, such as "path" or "argv.0"';
const APPROVER = 'a sender as "channel:id", such as "telegram:48151623", or as "channel/account:id"';

const IDENTITY = 'a user as "user:name", or a sender as "channel:id" or "channel/account:id"';

const patterns = z
  .union([text(PATTERN), list(text(PATTERN), 'patterns')], { error: PATTERNS })
  .transform((input) => (typeof input === 'string' ? [input] : input))
  .meta({ expected: PATTERNS })
  .describe('What the argument must fit; of several patterns one is enough. `*` stands for any characters, `?` for one.');

const rule = block({
  tools: list(text('the name of a tool'), 'tool names')
    .exactOptional()
    .describe('The tools it speaks of, such as `files.*`; all when left out.'),
  agents: list(text('the name of an agent'), 'agent names').exactOptional().describe('The agents it speaks of; all when left out.'),
  when: z
    .record(z.string().regex(/^[A-Za-z0-9_*-]+(\.[A-Za-z0-9_*-]+)*$/, { error: ARGUMENT }), patterns, { error: 'an object: { … }' })
    .exactOptional()
    .describe('Patterns that the arguments must fit, by path: `{ "argv.0": ["git", "ls"] }`. A `*` in a path means every item.'),
  action: choice(['allow', 'ask', 'deny']).describe('What happens to a call that fits: it runs, a person is asked, or it does not run.'),
});

const approvals = block({
  timeout: duration({ minMs: 1000 }).prefault('1h').describe('A call that nobody has decided about by then is denied.'),
  approvers: list(z.string({ error: APPROVER }).regex(/^[a-z][a-z0-9-]{0,31}(\/[^:\s]+)?:\S+$/, { error: APPROVER }), 'senders')
    .prefault([])
    .describe('Who may decide in a chat, by writing `yes CODE` or `no CODE`. They are asked there.'),
  secondPerson: choice(['never', 'high'])
    .prefault('never')
    .describe('Which calls need the yes of two people: none, or those of tools whose risk is high.'),
  people: table(
    list(
      z.string({ error: IDENTITY }).regex(/^(user:\S{1,64}|[a-z][a-z0-9-]{0,31}(\/[^:\s]+)?:\S+)$/, { error: IDENTITY }),
      'users and senders',
    ).describe('Users and senders that are this person.'),
    'the name of a person',
  )
    .prefault({})
    .describe('People who decide both signed in and in chats, or in several chats: what belongs to one of them counts as one person.'),
});

const mcpServer = block({
  command: text('a program').exactOptional().describe('The program that is the server; or give `url`.'),
  args: list(z.string({ error: 'an argument' }), 'arguments')
    .prefault([])
    .describe('Its arguments.'),
  environment: table(secret().describe('The value of a variable.'), 'the name of a variable')
    .prefault({})
    .describe('Its environment, beside a path, a home, language and time zone.'),
  url: url().exactOptional().describe('The address of a server that is spoken to over HTTP.'),
  headers: table(secret().describe('The value of a header.'), 'a header name')
    .prefault({})
    .describe('Headers that the server wants; they are masked like secrets.'),
  timeout: duration({ minMs: 100 }).prefault('30s').describe('How long an answer may take.'),
}).refine(({ command, url: address }) => (command === undefined) !== (address === undefined), { error: 'either "command" or "url"' });

export const tools = block({
  allow: list(text('the name of a tool'), 'tool names')
    .prefault(['clock.now'])
    .describe('The tools that agents may be given, such as `exec.run` or `files.*`. An agent has one only when its own `tools` names it.'),
  deny: list(text('the name of a tool'), 'tool names').prefault([]).describe('Tools that no agent may have, whatever else is said.'),
  rules: list(rule, 'rules')
    .prefault([])
    .describe(
      'Which calls run, are asked about or do not run; the first that fits counts. Without one `exec.run` asks and most others run.',
    ),
  approvals: approvals.prefault({}),
  mcp: table(mcpServer, 'the name of a server').prefault({}).describe('MCP servers; their tools are called `mcp.<server>.<tool>`.'),
  workspaces: text('a folder')
    .exactOptional()
    .describe('The folder in which each agent has a folder of its own to work in; `workspaces` in the state directory when left out.'),
  exec: exec.prefault({}),
  browser: browser.prefault({}),
});
