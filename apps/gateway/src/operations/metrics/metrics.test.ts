import { MemoryLog } from '@openclaw-gateway/db';
import {
  AuthDenied,
  MessageDelivered,
  MessageQueued,
  MessageRejected,
  ModelFailed,
  ModelRequested,
  ModelResponded,
  type NewEvent,
  ToolDenied,
} from '@openclaw-gateway/events';
import { expect, test } from 'vitest';
import { instrumentLog, metrics } from './index.ts';

const ids = { messageId: 'msg_1', sessionId: 'ses_1', agentId: 'main', runId: 'run_1' };
const problem = { code: 'MODEL_TIMEOUT', message: 'late' };

async function count(...events: NewEvent[]): Promise<string> {
  const log = instrumentLog(new MemoryLog());
  await log.append({ events: events.map((event) => ({ streamId: 'session/ses_1', event, metadata: { channel: 'telegram' } })) });
  return await metrics.text();
}

test('C2 messages are counted by channel and end', async () => {
  const text = await count(
    MessageQueued.create(ids),
    MessageRejected.create({ messageId: 'msg_2', problem }),
    MessageDelivered.create({ messageId: 'msg_1', deliveryId: 'dlv_1', totalMs: 150 }),
  );
  expect(text).toContain('openclaw_messages_received_total{channel="telegram",outcome="accepted"} 1');
  expect(text).toContain('openclaw_messages_received_total{channel="telegram",outcome="rejected"} 1');
  expect(text).toContain('openclaw_messages_settled_total{channel="telegram",status="delivered"} 1');
  expect(text).toContain('openclaw_reply_duration_seconds_sum{channel="telegram"} 0.15');
  expect(text).toContain('openclaw_events_appended_total{type="message.queued"} 1');
});

test('C2 model calls are counted under the model that was asked', async () => {
  const call = { runId: 'run_1', provider: 'openai', model: 'gpt' };
  const text = await count(
    ModelRequested.create({ ...call, step: 1, requestHash: 'c0ffee00', messages: 1, tools: [] }),
    ModelResponded.create({
      runId: 'run_1',
      step: 1,
      text: 'x',
      toolCalls: [],
      finishReason: 'stop',
      usage: { inputTokens: 10, outputTokens: 4, costUsd: 0.25 },
      durationMs: 500,
    }),
    ModelFailed.create({ ...call, step: 2, problem, retryable: true, durationMs: 20 }),
  );
  expect(text).toContain('openclaw_model_requests_total{provider="openai",model="gpt",result="ok"} 1');
  expect(text).toContain('openclaw_model_requests_total{provider="openai",model="gpt",result="MODEL_TIMEOUT"} 1');
  expect(text).toContain('openclaw_model_tokens_total{provider="openai",model="gpt",type="input"} 10');
  expect(text).toContain('openclaw_model_cost_usd_total{provider="openai",model="gpt"} 0.25');
});

test('folded denials count as many, and tool names that a model invents are no labels', async () => {
  const text = await count(
    AuthDenied.create({ method: 'token', rule: 'http.token', problem, door: 'http', times: 40 }),
    ToolDenied.create({ runId: 'run_1', callId: 'c', tool: 'invented.by.model', rule: 'tools.allow', problem }),
  );
  expect(text).toContain('openclaw_auth_attempts_total{method="token",result="denied"} 40');
  expect(text).toContain('openclaw_tool_calls_total{tool="unknown",result="denied"} 1');
  expect(text).not.toContain('invented');
});
