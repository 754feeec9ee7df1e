/** Commands of people to the gateway itself, such as `/stop`: it answers them, and no model is asked. */
import {
  COMMANDS,
  type CommandName,
  CommandTaken,
  DeliveryRequested,
  type NewEvent,
  newId,
  type OpenMessage,
} from '@openclaw-gateway/events';
import type { Config } from '../config/index.ts';
import type { Submission } from '../parts.ts';
import { agentSettings } from './agent.ts';
import type { PipelineContext } from './context.ts';
import type { SessionCell } from './sessions.ts';

/** Alone in its message, but for the name of whom it is for. */
const WRITTEN = new RegExp(`^(?:@[^\\n/]{1,80}\\s)?/(${COMMANDS.join('|')})(?:@\\S{1,64})?$`, 'i');
/** What a program sends is not a person's word: a text that it passes on may be anybody's. */
const PEOPLE: ReadonlySet<Submission['caller']['method']> = new Set(['channel', 'token', 'session']);

/** The command that a message is. */
export function commandIn({ messages }: Config, { caller, inbound }: Submission): CommandName | undefined {
  if (!messages.commands || !PEOPLE.has(caller.method) || inbound.attachments?.length) return undefined;
  const written = WRITTEN.exec(inbound.text.trim())?.[1]?.toLowerCase();
  return COMMANDS.find((command) => command === written);
}

/** Whether it gives up what came before it. */
export function cancelsEarlier(command: CommandName | undefined): boolean {
  return command === 'stop' || command === 'new';
}

/** Whether its answer may come before those that are still being made. */
export function overtakes(command: CommandName | undefined): boolean {
  return command === 'status' || command === 'help';
}

/** What a command does and the order to answer it; it is cancelled by the fold of these events, whatever dies in between. */
export function takeCommand(
  context: PipelineContext,
  { state }: SessionCell,
  message: { readonly command: CommandName; readonly messageId: string; readonly runId: string; readonly agentId: string },
  { channel, account, inbound }: Submission,
): NewEvent[] {
  const { command, messageId, runId, agentId } = message;
  const earlier = [...state.open.values()].filter(isUnanswered);
  const cancels = cancelsEarlier(command) ? earlier.length : 0;
  const text = answerTo(command, earlier, () => agentSettings(context.config().config, agentId).model, agentId);
  const deliveryId = newId('delivery');
  return [
    CommandTaken.create({ runId, messageId, command, cancels }),
    DeliveryRequested.create({ deliveryId, messageId, runId, channel, account, to: inbound.peer, text }),
  ];
}

const isUnanswered = ({ run }: OpenMessage): boolean => run === 'waiting' || run === 'running' || run === 'retrying';

function answerTo(command: CommandName, earlier: readonly OpenMessage[], model: () => string, agentId: string): string {
  if (command === 'help') return HELP;
  if (command === 'new') return 'A new conversation begins: what was said before is kept, and the agent is not shown it again.';
  if (command === 'status') return statusOf(earlier, model(), agentId);
  if (earlier.length === 0) return 'Nothing is being answered.';
  return earlier.length === 1 ? 'Stopped.' : `Stopped: ${earlier.length} messages are not answered.`;
}

const HELP = [
  '/stop – stop what is being answered and what waits',
  '/new – begin a new conversation',
  '/status – what is going on here',
  '/help – this list',
].join('\n');

function statusOf(earlier: readonly OpenMessage[], model: string, agentId: string): string {
  const running = earlier.filter(({ run }) => run === 'running').length;
  const waiting = earlier.length - running;
  const now = earlier.length === 0 ? 'Nothing is being answered.' : `${running} being answered, ${waiting} waiting.`;
  return `Agent ${agentId}, model ${model}. ${now}`;
}
