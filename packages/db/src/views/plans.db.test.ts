import { expect, test } from 'vitest';
import type { Connection } from '../sqlite/connection.ts';
import { LogReader } from '../sqlite/reads.ts';
import { configChange, messageFlow, OUTCOMES } from '../testing/flows.ts';
import { InThreadStore } from '../testing/in-thread.ts';
import { PipelineReader } from './pipeline-reads.ts';
import { ViewReader } from './view-reads.ts';

test('no query of a view or of the log reads a whole table', async () => {
  using store = new InThreadStore();
  for (const outcome of OUTCOMES) store.append(...messageFlow('ses_a', { outcome, opens: true, requestId: outcome }).commits);
  store.append(configChange('gateway.port'));
  const views = store.project('views');
  const asked = [recordQueries(store.events), recordQueries(views)];

  const log = new LogReader(store.events);
  const pipeline = new PipelineReader(log, views);
  const reader = new ViewReader(store.events, views, log, pipeline);
  const [first] = reader.messages({}, { limit: 1 }).rows;
  const messageId = first?.messageId ?? '';
  const filters = [
    {},
    { types: ['message.*'] },
    { types: ['run.started', 'run.failed'], severities: ['error'] },
    { channels: ['http', 'hook'], agentIds: ['main'] },
    { sessionId: 'ses_a' },
    { correlationId: messageId, fromTime: 1, toTime: Date.now() },
    { query: 'hello -agent:main time:-1h..now' },
    { query: '(session:ses_a OR "hello there" OR hel*) sev:>=info' },
    { query: 'type:run.* -type:run.started dur:>1ms seq:1..100 -channel:(hook,telegram)' },
    { query: `in:message/${messageId} OR near:5~3 OR subject:sub_x OR tool:clock.now` },
    { query: 'data.text:~*hello* has:error -(corr:msg_x OR has:session)' },
  ] as const;
  for (const filter of filters) {
    await reader.events(filter, { limit: 10 });
    await reader.eventsAfter(filter, { after: 0, limit: 10 });
  }
  for (const sessionId of [undefined, 'ses_a']) {
    for (const status of [undefined, 'held', 'delivered'] as const) {
      for (const settled of [undefined, true, false]) {
        reader.messages(
          { ...(sessionId !== undefined && { sessionId }), ...(status && { status }), ...(settled !== undefined && { settled }) },
          { limit: 5 },
        );
      }
    }
  }
  reader.overview(Date.now());
  reader.activity(Date.now(), 5);
  reader.traffic({ channel: 'http', account: 'default' }, Date.now());
  reader.messages({ status: 'dead_lettered', channel: 'http', account: 'default' }, { limit: 5 });
  await reader.slowest({ fromTime: 0, toTime: Date.now() }, 5);
  reader.facets({ fromTime: 0, toTime: Date.now() }, {});
  reader.histogram({ fromTime: 0, toTime: Date.now(), buckets: 10 }, { types: ['run.*'] });
  for (const filter of [{}, { agentId: 'main' }, { channel: 'http' }, { openOnly: true }, { keyPrefixes: ['agent:main:user:usr_a:'] }])
    reader.sessions(filter, { limit: 5 });
  for (const filter of [{}, { sessionId: 'ses_a' }, { status: 'held' as const }])
    reader.messages({ ...filter, keyPrefixes: ['agent:main:user:usr_a:'] }, { limit: 5 });
  reader.session('ses_a');
  reader.sessionByKey('x');
  await reader.configHistory({ limit: 5 });
  await reader.messageEvents(messageId);
  reader.event(5);
  pipeline.message(messageId);
  pipeline.messageByRequestId('held');
  pipeline.unsettledSessions({ limit: 5 });
  pipeline.sessionState('ses_a', undefined, Number.MAX_SAFE_INTEGER);

  for (const { db, texts } of asked) {
    expect(texts.size).toBeGreaterThan(5);
    for (const text of [...texts]) expect(fullScans(db, text), text).toEqual([]);
  }
});

/** Every text that is prepared on this connection from now on. */
function recordQueries(db: Connection): { db: Connection; texts: Set<string> } {
  const texts = new Set<string>();
  const prepare = db.prepare.bind(db);
  Object.defineProperty(db, 'prepare', {
    configurable: true,
    value: (text: string) => {
      texts.add(text);
      return prepare(text);
    },
  });
  return { db, texts };
}

/** A walk over a table or a whole index. Checkpoints are a handful of rows, and a full-text index that is asked for words is no walk. */
const WHOLE = /^SCAN (?!(words\.)?projections|CONSTANT|\(|words\.search__v1 VIRTUAL TABLE INDEX \d+:M)|\(session_id>\?\)/;

function fullScans(db: Connection, text: string): string[] {
  const parameters = Array.from({ length: text.match(/\?/g)?.length ?? 0 }, () => null);
  const steps = db.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${text}`).all(...parameters);
  return steps.map((step) => step.detail).filter((detail) => WHOLE.test(detail));
}
