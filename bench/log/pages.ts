/** How long a page of 50 events takes, from anywhere in the log, for every kind of question. Needs complete views. */

import type { EventFilter } from '@openclaw-gateway/db';
import { openViewsReadOnly } from '@openclaw-gateway/db/projections/open-views';
import { openReadOnly } from '@openclaw-gateway/db/sqlite/connection';
import { EVENTS_FILE, stateFiles } from '@openclaw-gateway/db/sqlite/files';
import { LogReader } from '@openclaw-gateway/db/sqlite/reads';
import { PipelineReader } from '@openclaw-gateway/db/views/pipeline-reads';
import { ViewReader } from '@openclaw-gateway/db/views/view-reads';
import type { Result } from '../report.ts';
import { median, quantile } from '../statistics.ts';
import { type History, randomSource } from './history.ts';

const SAMPLES = 200;
const ROWS = 50;

export async function measurePages(history: History): Promise<Result[]> {
  const events = openReadOnly(stateFiles(history.dir).events, EVENTS_FILE);
  const views = openViewsReadOnly(stateFiles(history.dir));
  const log = new LogReader(events);
  const pipeline = new PipelineReader(log, views);
  const reader = new ViewReader(events, views, log, pipeline);
  const random = randomSource(11);
  const pick = (items: readonly string[]): string => items[random(items.length)] ?? '';
  const questions: Readonly<Record<string, () => EventFilter>> = {
    'every event': () => ({}),
    'one type': () => ({ types: ['message.received'] }),
    'a family of types': () => ({ types: ['run.*'] }),
    'warnings and errors': () => ({ severities: ['warn', 'error'] }),
    'one session among many': () => ({ sessionId: pick(history.sessions) }),
    'one message': () => ({ correlationId: pick(history.messageIds) }),
    'agent and channel': () => ({ agentIds: ['helper'], channels: ['telegram'] }),
    'query: a word': () => ({ query: 'refund' }),
    'query: a rare word': () => ({ query: `word${random(20_000)}` }),
    'query: two words of one text': () => ({ query: 'invoice tomorrow type:message.received' }),
    'query: a phrase': () => ({ query: '"account balance"' }),
    'query: a Chinese word in a sentence': () => ({ query: '发票' }),
    'query: types, not an agent': () => ({ query: 'type:model.* -agent:main channel:http' }),
    'query: a failure by its code': () => ({ query: 'data.problem.code:MODEL_TIMEOUT' }),
    'query: session or type': () => ({ query: `session:${pick(history.sessions)} OR type:message.dead_lettered` }),
    'query: duration': () => ({ query: 'dur:>=2 type:(model.responded,run.completed)' }),
  };
  const results: Result[] = [];
  for (const [name, question] of Object.entries(questions)) {
    const tookMs: number[] = [];
    for (let sample = 0; sample < SAMPLES; sample++) {
      const filter = question();
      const at = 1 + random(history.events);
      const startedAt = performance.now();
      if (sample % 2) await reader.eventsAfter(filter, { after: at, limit: ROWS });
      else await reader.events(filter, { before: at, limit: ROWS });
      tookMs.push(performance.now() - startedAt);
    }
    results.push(
      { name: `page of 50, ${name}, p50`, value: median(tookMs), unit: 'ms' },
      { name: `page of 50, ${name}, p95`, value: quantile(tookMs, 0.95), unit: 'ms', limit: { atMost: 5 }, scales: true },
    );
  }
  const states = Array.from({ length: SAMPLES }, () => {
    const startedAt = performance.now();
    pipeline.sessionState(history.longSession, 1 + random(history.events), Number.POSITIVE_INFINITY);
    return performance.now() - startedAt;
  });
  log.close();
  events.close();
  views.close();
  return [
    ...results,
    {
      name: 'state of a session of 1,000 events at any position, p99',
      value: quantile(states, 0.99),
      unit: 'ms',
      limit: { atMost: 50 },
      scales: true,
    },
  ];
}
