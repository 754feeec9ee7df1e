/** A state directory with a long past: conversations that overlap, with the words of many people in two languages, sealed. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppendRequest } from '@openclaw-gateway/db';
import { Checkpointer } from '@openclaw-gateway/db/integrity/checkpointer';
import { createSigner, originOf } from '@openclaw-gateway/db/integrity/note';
import { Redactor } from '@openclaw-gateway/db/redact/redactor';
import { SubjectKeys } from '@openclaw-gateway/db/sealing/subject-keys';
import { openWritable } from '@openclaw-gateway/db/sqlite/connection';
import { EVENTS_FILE, stateFiles } from '@openclaw-gateway/db/sqlite/files';
import { loadKeys } from '@openclaw-gateway/db/sqlite/keys';
import { serialise } from '@openclaw-gateway/db/sqlite/wire';
import { LogWriter } from '@openclaw-gateway/db/sqlite/writer';
import { type FlowOutcome, messageFlow } from '@openclaw-gateway/db/testing/flows';
import { newId } from '@openclaw-gateway/events';

export type History = Disposable & {
  /** What a gateway would be given as its state directory. */
  readonly stateDir: string;
  /** Where the databases are. */
  readonly dir: string;
  readonly events: number;
  /** A conversation of about a thousand events, among the others. */
  readonly longSession: string;
  readonly sessions: readonly string[];
  readonly messageIds: readonly string[];
  /** Bytes of the data and metadata that were written. */
  readonly payloadBytes: number;
  /** How many events a second were written at the first tenth, and at the last. */
  readonly rates: { readonly first: number; readonly last: number };
};

const FLOWS_AT_ONCE = 40;
const EVENTS_A_CHECKPOINT = 1_000;
const ACTIVE_SESSIONS = 500;
const LONG_SESSION_TURNS = 83;
/** How a message ends that is not simply answered. The past has no open ends: a gateway that starts on it has nothing to take up. */
const OTHER_ENDS: readonly FlowOutcome[] = ['delivered_after_retry', 'dead_lettered', 'aborted', 'rejected', 'duplicated'];
const CHANNELS = ['http', 'telegram', 'hook'] as const;
const WORDS =
  'the refund for your order was sent yesterday please check account balance and tell me whether weather in shenzhen will be fine tomorrow because our team plans travel meeting invoice number project deadline budget report customer support'.split(
    ' ',
  );
const SENTENCES = ['今天天气很好', '请把发票发给我', '会议改到明天下午', '我想退款', '谢谢你的帮助'];

/** Writes a log of about so many events. Each commit is what the pipeline would write; none waits for the disk. */
export function makeHistory(wanted: number): History {
  const stateDir = mkdtempSync(join(tmpdir(), 'openclaw-bench-log-'));
  const dir = join(stateDir, 'state');
  mkdirSync(dir);
  const random = randomSource(7);
  const pick = <T>(items: readonly T[]): T => items[random(items.length)] as T;
  const sessions = Array.from({ length: Math.max(ACTIVE_SESSIONS, Math.round(wanted / 200)) }, () => newId('session'));
  const longSession = newId('session');
  const opened = new Set<string>();
  const messageIds: string[] = [];
  const rates: number[] = [];
  let payloadBytes = 0;
  let events = 0;
  let longTurns = 0;

  const flowOf = (sessionId: string, index: number): AppendRequest[] => {
    const opens = !opened.has(sessionId);
    opened.add(sessionId);
    const outcome = index === 7 ? pick(OTHER_ENDS) : 'delivered';
    const text = [
      ...Array.from({ length: 8 + random(20) }, () => (random(40) === 0 ? `word${random(20_000)}` : pick(WORDS))),
      ...(random(4) === 0 ? [pick(SENTENCES)] : []),
    ].join(' ');
    const subject = `sub_${sessionId.slice('ses_'.length)}`;
    const agentId = index % 5 === 0 ? 'helper' : 'main';
    const { messageId, commits } = messageFlow(sessionId, {
      opens,
      outcome,
      text,
      subject,
      agentId,
      channel: CHANNELS[index % 3] ?? 'http',
    });
    if (random(50) === 0) messageIds.push(messageId);
    return [...commits];
  };

  const { gatewayId, checkpointSeed } = loadKeys(stateFiles(dir).keys);
  const db = openWritable(stateFiles(dir).events, { ...EVENTS_FILE, synchronous: 'NORMAL' });
  const keys = new SubjectKeys(stateFiles(dir).keys);
  const writer = new LogWriter(db, keys);
  const redactor = new Redactor([]);
  const origin = originOf(gatewayId);
  const checkpointer = new Checkpointer(db, origin, createSigner(origin, checkpointSeed));
  let checkpointed = 0;
  while (events < wanted) {
    const oldest = Math.floor((events / wanted) * (sessions.length - ACTIVE_SESSIONS));
    const isLong = longTurns < LONG_SESSION_TURNS * (events / wanted);
    if (isLong) longTurns += 1;
    const flows = Array.from({ length: FLOWS_AT_ONCE }, (_, index) =>
      flowOf(isLong && index === 0 ? longSession : (sessions[oldest + random(ACTIVE_SESSIONS)] ?? longSession), index),
    );
    const batch: AppendRequest[] = [];
    while (flows.length > 0) {
      const at = random(flows.length);
      const next = flows[at]?.shift();
      if (next) batch.push(next);
      else flows.splice(at, 1);
    }
    const serialised = batch.map((request, id) => serialise(id, request, redactor));
    const startedAt = performance.now();
    writer.append(serialised.map(({ wire }) => wire));
    const written = batch.reduce((sum, request) => sum + request.events.length, 0);
    rates.push((written / (performance.now() - startedAt)) * 1000);
    payloadBytes += serialised
      .flatMap(({ wire }) => wire.events)
      .reduce((sum, event) => sum + Buffer.byteLength(event[4]) + Buffer.byteLength(event[5]), 0);
    events = writer.head;
    if (events - checkpointed < EVENTS_A_CHECKPOINT) continue;
    while (checkpointer.step(events, true));
    checkpointed = events;
  }
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
  keys.close();
  const tenth = Math.ceil(rates.length / 10);
  return {
    stateDir,
    dir,
    events,
    longSession,
    sessions,
    messageIds,
    payloadBytes,
    rates: { first: middle(rates.slice(0, tenth)), last: middle(rates.slice(-tenth)) },
    [Symbol.dispose]: () => rmSync(stateDir, { recursive: true }),
  };
}

/** Whole numbers below a bound, the same ones in each run. */
export function randomSource(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 16_807) % 2_147_483_647;
    return Math.floor((state / 2_147_483_647) * below);
  };
}

function middle(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[Math.floor(samples.length / 2)] ?? 0;
}
