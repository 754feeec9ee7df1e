/** What one run of `openclaw onboard` knows and decides, whoever decides it: the options alone, or a person who is asked. */

import type { ChatService } from '../../operations/onboard/chat-services.ts';
import type { Choices, Plan } from '../../operations/onboard/plan.ts';
import type { Trial } from '../../operations/onboard/try-model.ts';
import type { RunningProcess } from '../../operations/process.ts';
import type { Context } from '../context.ts';
import type { OnboardOptions } from './options.ts';

export type Situation = {
  readonly context: Context;
  readonly options: OnboardOptions;
  /** The text of the configuration; undefined where there is none. */
  readonly present: string | undefined;
  /** What it says. */
  readonly document: unknown;
  readonly running: RunningProcess | undefined;
  /** What the options chose. */
  readonly given: Choices;
};

export type Decision = {
  readonly plan: Plan;
  readonly installService: boolean;
  /** The variables that are kept for the service, which does not see those of the shell. */
  readonly saveKeys: readonly string[];
  readonly open: boolean;
  /** How the model answered, where it was asked. */
  readonly trial?: Trial;
  /** The chat service that was chosen. */
  readonly channel?: ChatService;
};
