/**
 * The one table of fields: the parser, the reference (docs/query-language.md) and whoever completes what is being typed
 * read it. A field that the log has no source for is in `MISSING_FIELDS` with the reason, so that it never silently finds nothing.
 */
import type { StoredEvent } from '@openclaw-gateway/events/envelope';
import type { Operator } from './ast.ts';
import type { MetadataName } from './condition.ts';
import { valuesAt } from './data-paths.ts';

/** How a field's values are written and compared. */
export type FieldKind =
  | 'id'
  | 'number'
  | 'time'
  | 'duration'
  | 'type'
  | 'severity'
  | 'outcome'
  | 'name'
  | 'flag'
  | 'place'
  | 'neighbourhood'
  | 'data';

export type FieldSpec = {
  readonly kind: FieldKind;
  readonly aliases: readonly string[];
  readonly operators: readonly Operator[];
  readonly description: string;
  readonly example: string;
  /** Of a name that lies in the metadata. */
  readonly metadata?: MetadataName;
  /** Paths in the data that the value comes from. What is not read from the data has none. */
  readonly paths?: readonly string[];
  /** The values of an event: names, or numbers in the field's unit. */
  readonly read?: (event: StoredEvent) => readonly (string | number)[];
};

const EQUAL = [':', ':='] as const;
const NAMES = [':', ':=', ':~'] as const;
const ORDERED = [':', ':=', ':>', ':>=', ':<', ':<='] as const;
const ALL = [':', ':=', ':~', ':>', ':>=', ':<', ':<='] as const;

export const FIELDS = {
  seq: {
    kind: 'number',
    aliases: ['position', 'pos'],
    operators: ORDERED,
    description: 'The position in the log.',
    example: 'seq:1000..2000',
    read: (event) => [event.position],
  },
  id: {
    kind: 'id',
    aliases: ['event'],
    operators: EQUAL,
    description: 'The event with this id, as exports and webhooks name it.',
    example: 'id:evt_01jd0x5v3kf4c8m2q7r9t1w6yz',
  },
  time: {
    kind: 'time',
    aliases: ['recorded', 'at'],
    operators: ORDERED,
    description:
      'When the event was recorded: `-1h` (from then until now), a date, a time, or a range of them. UTC unless it says otherwise.',
    example: 'time:-1h..now',
  },
  type: {
    kind: 'type',
    aliases: [],
    operators: NAMES,
    description: 'The type of event; `*` stands for anything.',
    example: 'type:message.*',
  },
  sev: {
    kind: 'severity',
    aliases: ['severity', 'level'],
    operators: ORDERED,
    description: 'The severity: `debug`, `info`, `warn`, `error`, in this order.',
    example: 'sev:>=warn',
  },
  channel: {
    kind: 'name',
    aliases: [],
    operators: NAMES,
    description: 'The channel a message came by.',
    example: 'channel:(telegram,http)',
    metadata: 'channel',
    read: ({ metadata }) => present(metadata.channel),
  },
  account: {
    kind: 'name',
    aliases: [],
    operators: NAMES,
    description: "The channel's account.",
    example: 'account:main',
    paths: ['account'],
    read: ({ data }) => texts(data, 'account'),
  },
  session: {
    kind: 'name',
    aliases: [],
    operators: NAMES,
    description: 'The id of the conversation.',
    example: 'session:ses_01jd0x5v3kf4c8m2q7r9t1w6yz',
    metadata: 'session',
    read: ({ metadata }) => present(metadata.sessionId),
  },
  agent: {
    kind: 'name',
    aliases: [],
    operators: NAMES,
    description: 'The agent.',
    example: '-agent:main',
    metadata: 'agent',
    read: ({ metadata }) => present(metadata.agentId),
  },
  actor: {
    kind: 'name',
    aliases: [],
    operators: NAMES,
    description: 'Who caused the event: an id, or a kind (`user`, `app_user`, `service_account`, `system`, `unauthenticated`).',
    example: 'actor:user',
    read: ({ metadata }) => (metadata.actor ? [metadata.actor.id, metadata.actor.type] : []),
  },
  run: {
    kind: 'name',
    aliases: [],
    operators: NAMES,
    description: "The agent's work on one message.",
    example: 'run:run_01jd0x5v3kf4c8m2q7r9t1w6yz',
    metadata: 'run',
    read: ({ metadata }) => present(metadata.runId),
  },
  corr: {
    kind: 'name',
    aliases: ['correlation', 'message'],
    operators: NAMES,
    description: 'The message whose flow the event belongs to.',
    example: 'corr:msg_01jd0x5v3kf4c8m2q7r9t1w6yz',
    metadata: 'correlation',
    read: ({ metadata }) => present(metadata.correlationId),
  },
  subject: {
    kind: 'name',
    aliases: ['person'],
    operators: NAMES,
    description: 'The person whose data the event holds.',
    example: 'subject:sub_01jd0x5v3kf4c8m2q7r9t1w6yz',
    metadata: 'subject',
    read: ({ metadata }) => present(metadata.subject),
  },
  stream: {
    kind: 'name',
    aliases: [],
    operators: NAMES,
    description: 'The stream the event lies in.',
    example: 'stream:config',
    read: ({ streamId }) => [streamId],
  },
  tool: {
    kind: 'name',
    aliases: [],
    operators: NAMES,
    description: 'The tool that was called or asked for.',
    example: 'tool:clock.now',
    paths: ['tool', 'toolCalls.tool'],
    read: ({ data }) => [...texts(data, 'tool'), ...texts(data, 'toolCalls.tool')],
  },
  model: {
    kind: 'name',
    aliases: [],
    operators: NAMES,
    description: 'The model, with or without its provider.',
    example: 'model:~claude-*',
    paths: ['model', 'responseModel'],
    read: ({ data }) => {
      const models = texts(data, 'model');
      const [provider] = texts(data, 'provider');
      return [...models, ...texts(data, 'responseModel'), ...(provider ? models.map((model) => `${provider}/${model}`) : [])];
    },
  },
  outcome: {
    kind: 'outcome',
    aliases: ['result'],
    operators: NAMES,
    description:
      'How it ended, as the type says: `delivered`, `rejected`, `dead_lettered`, `no_reply`, `merged`, `completed`, `failed`, `denied` …',
    example: 'outcome:(failed,denied)',
  },
  dur: {
    kind: 'duration',
    aliases: ['duration'],
    operators: ORDERED,
    description: 'How long it took: `500ms`, `2s`, `1h30m`; a plain number is milliseconds.',
    example: 'dur:>2s',
    paths: ['durationMs', 'totalMs'],
    read: ({ data }) => [...numbers(data, 'durationMs'), ...numbers(data, 'totalMs')],
  },
  tokens: {
    kind: 'number',
    aliases: [],
    operators: ORDERED,
    description: 'Tokens in and out together.',
    example: 'tokens:>1000',
    paths: ['usage'],
    read: ({ data }) => {
      const counts = [...numbers(data, 'usage.inputTokens'), ...numbers(data, 'usage.outputTokens')];
      return counts.length === 0 ? [] : [counts.reduce((sum, count) => sum + count, 0)];
    },
  },
  cost: {
    kind: 'number',
    aliases: [],
    operators: ORDERED,
    description: 'What a model answered for, in US dollars, where it has a price in the configuration.',
    example: 'cost:>0.05',
    paths: ['usage'],
    read: ({ data }) => numbers(data, 'usage.costUsd'),
  },
  ip: {
    kind: 'name',
    aliases: ['address'],
    operators: NAMES,
    description: 'The address that a caller came from, or its beginning with a `*`.',
    example: 'ip:203.0.113.*',
    paths: ['client'],
    read: ({ data }) => texts(data, 'client.address'),
  },
  config: {
    kind: 'name',
    aliases: [],
    operators: NAMES,
    description: 'The hash of the configuration in force, or its beginning with a `*`.',
    example: 'config:c0ffee*',
    paths: ['configHash', 'hash'],
    read: ({ type, data }) => [...texts(data, 'configHash'), ...(type.startsWith('config.') ? texts(data, 'hash') : [])],
  },
  data: {
    kind: 'data',
    aliases: [],
    operators: ALL,
    description: "A field of the event's data, as docs/events.md lists them: `data.<path>`. Any item of a list counts.",
    example: 'data.problem.code:MODEL_TIMEOUT',
  },
  has: {
    kind: 'flag',
    aliases: [],
    operators: EQUAL,
    description: 'Whether the event has a value of a field, or `error`: it failed or names a problem.',
    example: 'has:error',
  },
  is: {
    kind: 'flag',
    aliases: [],
    operators: EQUAL,
    description: '`terminal`: a message ends here. `erased`: its data is gone. `retry`: not the first attempt.',
    example: 'is:terminal',
  },
  in: {
    kind: 'place',
    aliases: [],
    operators: EQUAL,
    description: 'Everything of a session, a message, a run or a stream.',
    example: 'in:session/ses_01jd0x5v3kf4c8m2q7r9t1w6yz',
  },
  near: {
    kind: 'neighbourhood',
    aliases: ['around'],
    operators: EQUAL,
    description: 'The events around a position, by default 50 to each side.',
    example: 'near:1204331~50',
  },
} as const satisfies Readonly<Record<string, FieldSpec>>;

export type FieldName = keyof typeof FIELDS;

/** What someone may ask for and the log does not hold, with what to do instead. */
export const MISSING_FIELDS: Readonly<Record<string, string>> = {
  cause: 'The log does not record single causes; corr:<message> finds everything that a message led to.',
};

const BY_NAME: ReadonlyMap<string, FieldName> = new Map(
  Object.entries(FIELDS).flatMap(([name, spec]: [string, FieldSpec]) =>
    [name, ...spec.aliases].map((each) => [each, name as FieldName] as const),
  ),
);

/** The field with this name or alias, in any case. */
export function findField(name: string): FieldName | undefined {
  return BY_NAME.get(name.toLowerCase());
}

export function fieldNames(): readonly string[] {
  return [...BY_NAME.keys()];
}

export function fieldSpec(name: FieldName): FieldSpec {
  return FIELDS[name];
}

function present(value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value];
}

function texts(data: unknown, path: string): readonly string[] {
  return valuesAt(data, path).filter((value) => typeof value === 'string');
}

function numbers(data: unknown, path: string): readonly number[] {
  return valuesAt(data, path).filter((value) => typeof value === 'number');
}
