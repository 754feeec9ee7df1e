import { z } from 'zod';
import { block, choice, duration, flag, fraction, list, secret, size, table, text, url, whole } from './values.ts';

const SEVERITIES = ['info', 'warning', 'critical'] as const;

type Common = { readonly for: string; readonly severity: (typeof SEVERITIES)[number] };

/** A rule: its own keys beside those that all have. */
function rule<S extends z.ZodRawShape>(fires: string, { for: wait, severity }: Common, own: S) {
  return block({
    enabled: flag().prefault(true).describe(`Tell when ${fires}.`),
    ...own,
    for: duration().prefault(wait).describe('How long it must be so before the alert fires.'),
    severity: choice(SEVERITIES).prefault(severity).describe('How much it matters.'),
  });
}

const rules = block({
  queueAge: rule(
    'a message has waited too long for its end',
    { for: '30s', severity: 'warning' },
    {
      threshold: duration().prefault('2m').describe('The age of the oldest message that has not ended.'),
    },
  ).prefault({}),
  errorRate: rule(
    'too many messages get no answer',
    { for: '1m', severity: 'critical' },
    {
      threshold: fraction(0, 1).prefault(0.1).describe('The share of messages that were given up, from 0 to 1.'),
      window: duration({ minMs: 1000 }).prefault('5m').describe('The time over which they are counted.'),
      minMessages: whole(1, 1_000_000).prefault(5).describe('With fewer messages in that time nothing is said.'),
    },
  ).prefault({}),
  channelDown: rule('an enabled channel account is not connected', { for: '2m', severity: 'critical' }, {}).prefault({}),
  channelSilent: rule(
    'a channel account brings no messages for much longer than it usually does',
    { for: '0s', severity: 'warning' },
    {
      threshold: fraction(1, 1000).prefault(10).describe('How many times the usual time between two messages.'),
      atLeast: duration().prefault('12h').describe('Shorter silences are never told.'),
    },
  ).prefault({}),
  diskLow: rule(
    'the disk of the state directory is nearly full',
    { for: '30s', severity: 'critical' },
    {
      threshold: size().prefault('1g').describe('The free space below which it fires. Below 512m new messages are refused.'),
    },
  ).prefault({}),
  logContradicted: rule('the log is not what was signed, or its chain is broken', { for: '0s', severity: 'critical' }, {}).prefault({}),
  projectionLag: rule(
    'a view is far behind the log',
    { for: '2m', severity: 'warning' },
    {
      threshold: whole(1, 1_000_000_000).prefault(10_000).describe('How many events it is behind.'),
    },
  ).prefault({}),
  projectionStopped: rule('a view stopped at an event', { for: '0s', severity: 'critical' }, {}).prefault({}),
  tokensPerDay: rule(
    'the models used more tokens today than they should',
    { for: '0s', severity: 'warning' },
    {
      threshold: whole(1, Number.MAX_SAFE_INTEGER)
        .exactOptional()
        .describe('Input and output tokens since midnight UTC; the rule is off without it.'),
    },
  ).prefault({}),
  costPerDay: rule(
    'the models cost more today than they should',
    { for: '0s', severity: 'warning' },
    {
      threshold: fraction(0, 1_000_000)
        .exactOptional()
        .describe('US dollars since midnight UTC, by `models.providers.*.prices`; the rule is off without it.'),
    },
  ).prefault({}),
  certificateExpiry: rule(
    "the gateway's own TLS certificate expires soon",
    { for: '0s', severity: 'warning' },
    {
      threshold: duration().prefault('14d').describe('The time that is left.'),
    },
  ).prefault({}),
  exportFailing: rule(
    'metrics, traces, the audit trail or checkpoints cannot be sent to where they should go',
    { for: '10m', severity: 'warning' },
    {},
  ).prefault({}),
});

const query = rule(
  'so many events match within so long',
  { for: '0s', severity: 'warning' },
  {
    query: text('a query, as docs/query-language.md describes it, without `time:`', 2000).describe(
      'Which events count, in the query language.',
    ),
    window: duration({ minMs: 1000 }).prefault('5m').describe('The time over which they are counted, anew after each start.'),
    threshold: whole(1, 1_000_000).prefault(1).describe('How many of them there must be.'),
  },
);

const webhook = block({
  type: z.literal('webhook', { error: '"webhook" or "channel"' }).describe('`webhook`: a signed HTTP POST.'),
  url: url().describe('Where a webhook is posted to.'),
  secret: secret().exactOptional().describe('Signs the webhook, as docs/webhooks.md says.'),
});

const channel = block({
  type: z.literal('channel', { error: '"webhook" or "channel"' }).describe('`channel`: a message to a person or a group.'),
  channel: text('the name of a channel', 32).describe('The channel that the message goes through.'),
  account: text('the name of an account', 64).prefault('default').describe("The channel's account."),
  to: z
    .union([text('an id of the channel', 512), z.number()], { error: 'an id of the channel' })
    .transform(String)
    .describe('Whom it is written to, as the channel names them.'),
  kind: choice(['direct', 'group', 'channel', 'thread']).prefault('direct').describe('What `to` is.'),
});

/** What operators are told of by themselves. */
export const alerts = block({
  enabled: flag().prefault(true).describe('Watch the rules. Alerts are kept in the log; destinations say who is told.'),
  interval: duration({ minMs: 100 }).prefault('5s').describe('How often the rules are looked at; at least 100ms.'),
  resolveAfter: duration().prefault('1m').describe('How long all must be well before an alert is over.'),
  repeat: duration({ minMs: 1000 }).prefault('4h').describe('How often an alert that goes on is told again.'),
  rules: rules.prefault({}),
  queries: table(query, 'a name').prefault({}).describe('Rules of your own, by name: tell when so many events match a query. At most 20.'),
  destinations: list(
    z.union([webhook, channel], { error: 'a destination: { type: "webhook", url, … } or { type: "channel", channel, to, … }' }),
    'destinations: [{ type, … }]',
  )
    .prefault([])
    .describe('Who is told: web servers, and people through a configured channel.'),
});

export type AlertSettings = z.output<typeof alerts>;
export type AlertRuleName = keyof AlertSettings['rules'];
export type AlertQueries = AlertSettings['queries'];
export type AlertDestination = AlertSettings['destinations'][number];
