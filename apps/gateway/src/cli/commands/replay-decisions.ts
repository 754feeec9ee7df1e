import { resolve } from 'node:path';
import { GatewayError } from '@openclaw-gateway/events';
import { readText } from '../../config/file.ts';
import { maskSecrets, readConfig } from '../../config/index.ts';
import { collectConfigs, decisionsAt, MOST_MESSAGES, newestMessages } from '../../replay/collect.ts';
import type { ConfigDocument, Decision, DecisionChange, DecisionsReport, Verdict } from '../../replay/job.ts';
import { decisionsReport } from '../../replay/run-decisions.ts';
import { newestDocument } from '../../replays/perform.ts';
import { withRule } from '../../replays/rule.ts';
import type { Context } from '../context.ts';
import { paint, plain } from '../output.ts';
import { withStore } from '../stopped-store.ts';

type Options = {
  readonly config?: string;
  readonly rule?: string;
  readonly replaceRule?: number;
  readonly last: number;
  readonly query?: string;
};

const EXIT_CHANGED = 1;
const SHOWN = 50;
const COLOURS = { looser: 'red', stricter: 'yellow', 'route changed': 'cyan' } as const;

/** Decides recorded messages again under another configuration. Exit code 1 when something would be otherwise. */
export async function replayDecisions(context: Context, options: Options): Promise<number> {
  const { config, rule, replaceRule } = options;
  if (config === undefined && rule === undefined)
    throw new GatewayError('USAGE', { message: 'Give the configuration to try with --config, or a routing rule to add with --rule.' });
  const given = config === undefined ? undefined : await readCandidate(context, config);
  if (options.last < 1 || options.last > MOST_MESSAGES) throw new GatewayError('USAGE', { message: `--last is 1 to ${MOST_MESSAGES}.` });
  const report = await withStore(context, async ({ log, views }) => {
    const configs = await collectConfigs(log);
    const base = given ?? newestDocument(configs);
    const candidate = rule === undefined ? base : withRule(base, { text: rule, replace: replaceRule }).document;
    return decisionsReport({ configs, candidate }, decisionsAt(log, await newestMessages(views, options)));
  });
  context.out.result(report, () => describe(report));
  return report.changes.length > 0 || report.unfaithful.length > 0 ? EXIT_CHANGED : 0;
}

/** What is written in a configuration file that the gateway would take, without its secrets. Throws what is wrong with it. */
export async function readCandidate(context: Context, file: string): Promise<ConfigDocument> {
  const path = resolve(file);
  const text = await readText(path);
  if (text === undefined) throw new GatewayError('CONFIG_UNREADABLE', { message: `There is no file ${path}.`, details: { path } });
  return maskSecrets(readConfig(text, { env: context.env, allowMissingVariables: true }).document) as ConfigDocument;
}

function describe({ messages, counts, changes, unfaithful, unfaithfulCount, withoutConfig }: DecisionsReport): string[] {
  const verdicts: readonly Verdict[] = ['looser', 'stricter', 'route changed', 'identical'];
  return [
    `${messages} messages: ${verdicts.map((verdict) => `${verdict} ${counts[verdict]}`).join(' · ')}`,
    ...(withoutConfig > 0
      ? [`Of ${withoutConfig} the log does not have the configuration; they are compared with what was recorded.`]
      : []),
    ...(unfaithful.length > 0
      ? [
          paint('red', `${unfaithfulCount} are not decided now as they were then, under their own configuration; nothing is said of them:`),
          ...unfaithful
            .slice(0, SHOWN)
            .flatMap(({ position, recorded, replayed }) => [
              `  ${position}  then ${explain(recorded)}`,
              `  ${' '.repeat(String(position).length)}  now  ${explain(replayed)}`,
            ]),
        ]
      : []),
    ...changes.slice(0, SHOWN).flatMap(describeChange),
    ...(changes.length > SHOWN ? [paint('dim', `(${changes.length - SHOWN} more; --json shows all)`)] : []),
  ];
}

function describeChange({ verdict, position, messageId, channel, before, after }: DecisionChange): string[] {
  return [
    '',
    `${paint(COLOURS[verdict], verdict)}  ${position}  ${messageId}  ${channel}`,
    `  before  ${explain(before)}`,
    `  after   ${explain(after)}`,
  ];
}

function explain({ allowed, rule, reason, route }: Decision): string {
  if (!route) return `${allowed ? 'admitted' : 'refused'} by ${rule}: ${plain(reason)}`;
  return `admitted by ${rule}; agent ${route.agentId} by ${route.rule}, model ${route.model}${route.sessionKey ? `, session ${plain(route.sessionKey)}` : ''}`;
}
