import { ToolRequested } from '@openclaw-gateway/events';
import type { ModelChunk } from '@openclaw-gateway/sdk';
import { expect, it } from 'vitest';
import { allEvents, answer, createWorld, startLife, submission } from './pipeline-fixture.ts';

const config = '{ agents: { defaults: { tools: ["x"], maxSteps: 100 } }, channels: { telegram: { botToken: "t", dmPolicy: "open" } } }';
const TRUSTED = { caller: { method: 'token', actor: { type: 'service_account', id: 'tok_x' } } } as const;

async function* callsTool(n: number): AsyncIterable<ModelChunk> {
  yield { type: 'tool-call', call: { callId: `c${n}`, tool: 'x', arguments: { n } } };
  yield { type: 'finish', reason: 'tool-calls', usage: { inputTokens: 1, outputTokens: 1 } };
}

/** A gateway whose model calls its tool so many times for each message. */
async function calling(times: number) {
  const world = createWorld(config);
  let calls = 0;
  world.model = () => {
    calls += 1;
    return calls % (times + 1) === 0 ? answer('done') : callsTool(calls);
  };
  const { pipeline } = startLife(world);
  await pipeline.recover();
  const say = async (id: string, over = {}) => {
    const { messageId } = await pipeline.receive(submission(id, `say ${id}`, over));
    await pipeline.outcome(messageId, { timeoutMs: 5000 });
    return messageId;
  };
  return { say, requested: async () => (await allEvents(world.log)).filter(ToolRequested.is).map(({ data }) => data) };
}

it('A5 a call names the untrusted texts that stood before the model: messages, and results of tools', async () => {
  const { say, requested } = await calling(2);
  const first = await say('1');
  const second = await say('2');
  const [one, two, three] = await requested();
  expect(one?.influences).toMatchObject([{ kind: 'message', messageId: first }]);
  expect(two?.influences).toMatchObject([{ messageId: first }, { kind: 'tool_result', callId: 'c1', tool: 'x' }]);
  expect(three?.influences?.map(({ messageId, callId }) => messageId ?? callId)).toEqual([first, 'c1', 'c2', second]);
});

it('A5 a message of somebody who is signed in is trusted, and begins anew', async () => {
  const { say, requested } = await calling(2);
  await say('1');
  await say('2', TRUSTED);
  const [, , third, fourth] = await requested();
  expect(third).not.toHaveProperty('influences');
  expect(fourth?.influences).toMatchObject([{ kind: 'tool_result' }]);
});

it('A5 of many the newest fifty are named, and how many there are besides', async () => {
  const { say, requested } = await calling(60);
  await say('1');
  const last = (await requested()).at(-1);
  expect(last?.influences).toHaveLength(50);
  expect(last?.moreInfluences).toBe(10);
  expect(last?.influences?.at(-1)).toMatchObject({ callId: 'c59' });
});
