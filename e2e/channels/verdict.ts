/** What the service saw against what the log says. */
import { type LoggedEvent, readEvents } from '../crash/verdict.ts';
import type { Answer } from './rig.ts';

export type Verdict = {
  /** Answers that arrived more than once, which the log says. */
  readonly marked: number;
  /** What must never happen, in words. */
  readonly violations: readonly string[];
};

export async function judge(stateDir: string, said: readonly string[], answers: readonly Answer[]): Promise<Verdict> {
  const events = await readEvents(stateDir);
  const received = Map.groupBy(
    events.filter(({ type }) => type === 'message.received'),
    ({ data }) => String(data['text']),
  );
  const flows = Map.groupBy(events, ({ messageId }) => messageId);
  const arrived = Map.groupBy(answers, ({ text }) => text);
  const violations: string[] = [];
  let marked = 0;
  for (const text of said) {
    const taken = received.get(text) ?? [];
    if (taken.length !== 1) violations.push(`"${text}" was taken ${taken.length} times`);
    const flow = taken.flatMap(({ messageId }) => flows.get(messageId) ?? []);
    const seen = arrived.get(answerTo(text)) ?? [];
    const times = timesShown(seen);
    if (times === 0) violations.push(`"${text}" was not answered; in the log: ${flow.map(({ type }) => type).join(' ') || 'nothing'}`);
    if (seen.some(({ sender }) => sender !== senderOf(text))) violations.push(`the answer to "${text}" went to somebody else`);
    if (times > 1 && isMarked(flow)) marked++;
    else if (times > 1) violations.push(`"${text}" was answered ${times} times and nothing in the log says so`);
  }
  const known = new Set(said.map(answerTo));
  for (const text of arrived.keys()) if (!known.has(text)) violations.push(`"${text}" answers nothing`);
  return { marked, violations: [...violations, ...disorder(answers)] };
}

export const answerTo = (text: string): string => `echo: ${text}`;
const senderOf = (text: string): number => Number(/^sender (\d+)/.exec(text)?.[1]);
const numberOf = (text: string): number => Number(/number (\d+)$/.exec(text)?.[1]);

/** A service that knows a repeated send by its key shows it once. */
function timesShown(answers: readonly Answer[]): number {
  return new Set(answers.map(({ key }, index) => key ?? index)).size;
}

function isMarked(flow: readonly LoggedEvent[]): boolean {
  return flow.some(({ data }) => data['possiblyDuplicate'] === true);
}

/** Each sender's answers come in the order of the questions; one that is sent again comes after its first. */
function disorder(answers: readonly Answer[]): string[] {
  return [...Map.groupBy(answers, ({ sender }) => sender)].flatMap(([sender, of]) => {
    const numbers = [...new Set(of.map(({ text }) => numberOf(text)))];
    const at = numbers.findIndex((number, index) => index > 0 && number < (numbers[index - 1] ?? 0));
    return at < 0 ? [] : [`sender ${sender} got the answer to ${numbers[at]} after that to ${numbers[at - 1]}`];
  });
}
