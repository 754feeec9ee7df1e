import { MessageReceived } from '@openclaw-gateway/events';
import { expect, test } from 'vitest';
import { collectDecisions } from '../replay/collect.ts';
import { createRecorder, says } from '../replay/recording-fixture.ts';
import { estimateOf } from './estimate.ts';

/** Two messages, each answered for 3 tokens in and 5 out. */
async function recorded() {
  const recorder = await createRecorder(() => says('yes'));
  await recorder.say('one');
  await recorder.say('two');
  const recording = await recorder.recording();
  const positions = recording.events.filter(MessageReceived.is).map(({ position }) => position);
  const messages = await collectDecisions(recorder.log, positions);
  return { recording, messages, configs: recording.configs, range: { messages: 2, events: 0, first: 0, last: 0, hash: '' } };
}

const priceOf = (model: string) => (model === 'other/two' ? { input: 1_000_000, output: 2_000_000 } : undefined);

test("B16 live runs are estimated by the recording's tokens, the prices of the model that would be asked, and their number", async () => {
  expect(await estimateOf(await recorded(), { model: 'other/two' }, { runs: 3, priceOf })).toEqual({
    runs: 3,
    requests: 6,
    inputTokens: 18,
    outputTokens: 30,
    costUsd: 78,
    models: [{ model: 'other/two', requests: 6, inputTokens: 18, outputTokens: 30, costUsd: 78 }],
    unknown: 0,
  });
});

test('B16 of a model without a price the estimate says tokens and no cost', async () => {
  const { costUsd, models } = await estimateOf(await recorded(), {}, { runs: 1, priceOf });
  expect(costUsd).toBeUndefined();
  expect(models).toEqual([{ model: 'scripted/one', requests: 2, inputTokens: 6, outputTokens: 10 }]);
});

test('B16 messages that a changed configuration would refuse are not in the estimate', async () => {
  const document = { agents: { defaults: { model: 'other/two' } }, channels: { telegram: { botToken: '***', dmPolicy: 'disabled' } } };
  expect(await estimateOf(await recorded(), { document }, { runs: 2, priceOf })).toMatchObject({ requests: 0, costUsd: 0, models: [] });
});
