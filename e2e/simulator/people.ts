/** People who write to the gateway: through its HTTP door, where they repeat what was not answered, and through the chat services. */
import type { Submission } from '../../apps/gateway/src/parts.ts';
import type { ChatService, Network } from './chat-service.ts';
import type { Laws } from './laws.ts';
import type { Machine } from './machine.ts';
import type { GatewayProcess } from './process.ts';

export type Crowd = {
  readonly machine: Machine;
  readonly laws: Laws;
  readonly chat: ChatService;
  readonly network: Network;
  /** The process that listens, when one does. */
  readonly gateway: () => GatewayProcess | undefined;
  /** No more messages are begun; those that were are seen through. */
  readonly isCalm: () => boolean;
};

type Answer = 'acknowledged' | 'refused';

const PATIENCE_MS = 5_000;
const MOST_TRAVEL_MS = 3_000;
const MOST_PAUSE_MS = 4_000;

/** Somebody at the HTTP door. Resolves when their last message is acknowledged. */
export async function writeByHttp(crowd: Crowd, name: string, sessionKey: string): Promise<void> {
  const { machine, isCalm } = crowd;
  for (let number = 1; !isCalm(); number++) {
    await machine.sleep(machine.latency(MOST_PAUSE_MS), `${name} thinks`);
    await untilAcknowledged(crowd, name, `${name} #${number}`, (text) => submissionOf(name, text, sessionKey));
  }
}

/** Somebody in a chat whose service brings messages by itself. Resolves when the service has been rid of the last one. */
export async function writeByNative(crowd: Crowd, name: string): Promise<void> {
  const { machine, laws, chat, isCalm } = crowd;
  for (let number = 1; !isCalm(); number++) {
    await machine.sleep(machine.latency(MOST_PAUSE_MS), `${name} thinks`);
    const text = `${name} #${number}`;
    for (let isTaken = false; !isTaken; ) {
      const brought = chat.bring({ externalId: text, sender: { id: name }, peer: { kind: 'direct', id: name }, text });
      const taken = brought.then(
        (received) => {
          laws.acknowledged(text, (received as { messageId: string }).messageId);
          return true;
        },
        (thrown: unknown) => {
          laws.refused(text, thrown);
          return false;
        },
      );
      isTaken = await Promise.race([taken, machine.sleep(PATIENCE_MS, `${name} waits`).then(() => false)]);
      if (!isTaken) await machine.sleep(machine.latency(MOST_PAUSE_MS), `${name} tries again`);
    }
  }
}

/** Somebody in a Telegram chat: says things, whether they are answered or not. */
export async function writeByTelegram({ machine, chat, isCalm }: Crowd, chatId: number): Promise<void> {
  for (let number = 1; !isCalm(); number++) {
    await machine.sleep(machine.latency(4 * MOST_PAUSE_MS), `t${chatId} thinks`);
    if (isCalm()) return;
    if (machine.random.chance(0.03)) chat.babble();
    const padding = machine.random.chance(0.02) ? '!'.repeat(3000) : '';
    chat.say(chatId, `t${chatId} #${number}${padding}`);
  }
}

async function untilAcknowledged(crowd: Crowd, name: string, text: string, submission: (text: string) => Submission): Promise<void> {
  const { machine } = crowd;
  for (;;) {
    const copies = machine.random.chance(crowd.network.faultiness / 2) ? 2 : 1;
    const answers = Array.from({ length: copies }, () => post(crowd, text, submission(text)));
    const patience = machine.sleep(PATIENCE_MS, `${name} waits`).then((): Answer => 'refused');
    if ((await Promise.race([...answers, patience])) === 'acknowledged') return;
    await machine.sleep(machine.latency(MOST_PAUSE_MS), `${name} tries again`);
  }
}

/** One request. It may never arrive, arrive late, and its answer may be lost. */
async function post(crowd: Crowd, text: string, submission: Submission): Promise<Answer> {
  const { machine, laws, network } = crowd;
  const isLost = () => machine.random.chance(network.faultiness);
  await machine.sleep(machine.latency(isLost() ? 4 * PATIENCE_MS : MOST_TRAVEL_MS), 'request travels');
  const gateway = crowd.gateway();
  if (!gateway?.alive || isLost()) return 'refused';
  let answer: Answer = 'acknowledged';
  try {
    const { messageId } = await gateway.pipeline.receive(submission);
    laws.acknowledged(text, messageId);
    if (machine.random.chance(0.2)) void gateway.pipeline.outcome(messageId, { timeoutMs: 20_000 }).catch(() => {});
  } catch (thrown) {
    laws.refused(text, thrown);
    answer = 'refused';
  }
  await machine.sleep(machine.latency(isLost() ? 4 * PATIENCE_MS : MOST_TRAVEL_MS), 'answer travels');
  return answer;
}

function submissionOf(name: string, text: string, sessionKey: string): Submission {
  return {
    channel: 'http',
    account: 'default',
    inbound: { externalId: text, sender: { id: name }, peer: { kind: 'direct', id: name }, text },
    caller: { method: 'token', actor: { type: 'service_account', id: name } },
    sessionKey,
  };
}
