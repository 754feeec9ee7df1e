import { GatewayError } from '@openclaw-gateway/events';
import { readText } from '../../config/file.ts';
import { loadConfig } from '../../config/load.ts';
import { findRunning } from '../../operations/process.ts';
import type { Context } from '../context.ts';
import { carryOut } from '../onboard/carry-out.ts';
import { decide } from '../onboard/decide.ts';
import { choicesOf, type OnboardOptions } from '../onboard/options.ts';
import { asJson, asText, isComplete } from '../onboard/report.ts';
import type { Situation } from '../onboard/setup.ts';

const EXIT_INTERRUPTED = 130;

/** Sets up a gateway, asking on the terminal, or by its options alone. The exit code is 1 where a part of what was asked for is not there. */
export async function onboard(context: Context, options: OnboardOptions): Promise<number> {
  if (!options.nonInteractive) checkTerminal(context);
  const present = await readText(context.paths.config);
  // A file that is wrong is corrected by the person who wrote it, not by more keys.
  const { document } = await loadConfig(present ?? '', { env: context.env, allowMissingVariables: true });
  const given = choicesOf(options, document, context.env);
  const situation: Situation = { context, options, present, document, given, running: await findRunning(context.paths.pidFile) };
  if (!options.nonInteractive) return (await import('../onboard/guide.ts')).guide(situation);

  const decision = await decide(situation);
  const outcome = await carryOut(situation, decision, (line) => void (context.out.json || context.out.note(line)));
  context.out.result(asJson(situation, decision, outcome), () => asText(situation, decision, outcome));
  if (outcome.interrupted) return EXIT_INTERRUPTED;
  return isComplete(outcome) ? 0 : 1;
}

function checkTerminal({ out }: Context): void {
  if (out.json) throw new GatewayError('USAGE', { message: '--json needs --non-interactive: questions and JSON do not mix.' });
  if (process.stdin.isTTY && process.stdout.isTTY) return;
  throw new GatewayError('USAGE', {
    message: 'There is no terminal here to ask questions on.',
    details: {
      remedy:
        'Add --non-interactive, and options for what it should set: `openclaw onboard --non-interactive --model anthropic/<model> --install-daemon`. All are in `openclaw onboard --help`.',
    },
  });
}
