import { resolve } from 'node:path';
import { GatewayError } from '@openclaw-gateway/events';
import { readText } from '../../config/file.ts';
import { maskSecrets, readConfig } from '../../config/index.ts';
import { collectDecisionsJob } from '../../replay/collect.ts';
import type { ConfigDocument, Decision, DecisionChange, DecisionsReport, Verdict } from '../../replay/job.ts';
import { runInSandbox } from '../../replay/sandbox.ts';
import type { Context } from '../context.ts';
import { paint, plain } from '../output.ts';
import { withStore } from '../stopped-store.ts';

type Options = { readonly config: string; readonly last: number; readonly query?: string };

const EXIT_CHANGED = 1;
const SHOWN = 50;
const COLOURS = { looser: 'red', stricter: 'yellow', 'route changed': 'cyan' } as const;

/** Decides recorded messages again under another configuration. Exit code 1 when something would be otherwise. */
export async function replayDecisions(context: Context, options: Options): Promise<number> {
  const candidate = await readCandidate(context, options.config);
  const job = await withStore(context, (reader) => collectDecisionsJob(reader, candidate, options));
  const report = await runInSandbox(job);
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

function describe({ messages, counts, changes, unfaithful, withoutConfig }: DecisionsReport): string[] {
  const verdicts: readonly Verdict[] = ['looser', 'stricter', 'route changed', 'identical'];
  return [
    `${messages} messages: ${verdicts.map((verdict) => `${verdict} ${counts[verdict]}`).join(' · ')}`,
    ...(withoutConfig > 0
      ? [`Of ${withoutConfig} the log does not have the configuration; they are compared with what was recorded.`]
      : []),
    ...(unfaithful.length > 0
      ? [
          paint(
            'red',
            `${unfaithful.length} are not decided now as they were then, under their own configuration; nothing is said of them:`,
          ),
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
