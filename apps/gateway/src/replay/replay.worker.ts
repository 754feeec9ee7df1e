/**
 * The process in which the past is run again. It is started with nothing: no environment, no right to write a file, to start a
 * program or to load native code; it imports no channel, model provider or tool, and what could open a connection is taken away
 * before anything else is loaded. What it knows comes over the wire from the one who started it, and its report goes back there.
 */
import { EventEmitter, once } from 'node:events';
import type { ModelChunk } from '@openclaw-gateway/sdk';
import type { AskLive } from './effects.ts';
import type { DecisionChange, FromSandbox, Job, RecordedDecision, ToSandbox } from './job.ts';
import { closeNetwork } from './no-network.ts';

closeNetwork();
if (!process.permission || process.permission.has('fs.write') || process.permission.has('child')) {
  throw new Error('a replay runs only where it can write and start nothing');
}

const answers = new EventEmitter().setMaxListeners(0);
let nextId = 1;

const send = (message: FromSandbox): void => void process.send?.(message);

const askLive: AskLive = async function* (reference, request) {
  const id = nextId++;
  const waiting: ModelChunk[] = [];
  let failed: { readonly code: string; readonly message: string } | undefined;
  let wake = (): void => undefined;
  answers.on(String(id), (message: ToSandbox) => {
    if (message.kind === 'chunk') waiting.push(message.chunk);
    else if (message.kind === 'model failed') failed = message.error;
    wake();
  });
  send({ kind: 'ask', id, reference, request });
  try {
    for (;;) {
      const chunk = waiting.shift();
      if (chunk) {
        yield chunk;
        if (chunk.type === 'finish') return;
      } else if (failed) {
        const { GatewayError } = await import('@openclaw-gateway/events/errors');
        throw GatewayError.fromBody(failed as { code: 'INTERNAL'; message: string });
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    answers.removeAllListeners(String(id));
  }
};

async function more(changes: readonly DecisionChange[]): Promise<readonly RecordedDecision[]> {
  send({ kind: 'more', changes });
  const [messages] = (await once(answers, 'messages')) as [readonly RecordedDecision[]];
  return messages;
}

async function perform(job: Job): Promise<void> {
  try {
    if (job.kind === 'decisions') {
      const { Decider } = await import('./decisions.ts');
      const decider = new Decider(job);
      for (let messages = await more([]); messages.length > 0; ) messages = await more(decider.decide(messages));
      return send({ kind: 'report', report: decider.summary() });
    }
    const { replaySession } = await import('./session.ts');
    const report = await replaySession(job, job.live ? askLive : undefined, {
      onProgress: (progress) => send({ kind: 'progress', ...progress }),
      onInterim: (soFar) => send({ kind: 'interim', report: soFar }),
    });
    send({ kind: 'report', report });
  } catch (thrown) {
    const { toGatewayError } = await import('@openclaw-gateway/events/errors');
    const error = toGatewayError(thrown);
    const cause = error.cause instanceof Error ? ` ${error.cause.stack ?? error.cause.message}` : '';
    send({ kind: 'failed', error: { ...error.toBody(), message: error.message + cause } });
  }
}

process.on('message', (message: ToSandbox) => {
  if (message.kind === 'job') void perform(message.job);
  else if (message.kind === 'messages') answers.emit('messages', message.messages);
  else answers.emit(String(message.id), message);
});
send({ kind: 'ready' });
