/** A recorded session run again: first unchanged, which must give the recording, then with what was changed. */
import { GatewayError, ModelRequested, RunStarted, type StoredEvent } from '@openclaw-gateway/events';
import { diff } from '@openclaw-gateway/events/json-patch';
import { digestOf, firstDivergence, Normaliser, type Shown } from './compare.ts';
import { RecordedConfigs, readDocument, withChange, withoutConfig } from './configs.ts';
import type { AskLive } from './effects.ts';
import { type Flow, isChange, takeApart } from './flows.ts';
import type { Change, Comparison, Divergence, Progress, SessionJob, SessionReport, TurnComparison } from './job.ts';
import { type Played, Stage, type StageOptions } from './stage.ts';
import { compareTurn } from './turns.ts';
import { unknownTools } from './unknown-tools.ts';
import { VirtualTime } from './virtual-time.ts';

const MAX_DIVERGENCES = 50;
const MAX_TURNS = 500;

type Run = { readonly played: ReadonlyMap<Flow, Played>; readonly misses: number };

/** Replays a session. Throws RECORDING_INCOMPLETE when data or configurations are missing. */
export async function replaySession(
  job: SessionJob,
  askLive?: AskLive,
  onProgress: (progress: Progress) => void = () => undefined,
): Promise<SessionReport> {
  const { recording, change } = job;
  const missing = recording.events.find((event) => event.erased === true);
  if (missing) throw erased(missing);
  const { flows, given } = takeApart(recording.events);
  const configs = new RecordedConfigs(recording.configs);
  const unknown = unknownTools(recording.events, job.tools);
  const base = { recording, flows, tools: [...job.tools, ...unknown] };
  const ignored = recording.masked || unknown.length > 0 ? ['requestHash'] : [];

  const counting = (of: Progress['run']) => (done: number) => onProgress({ run: of, done, total: flows.length });
  const baseOptions = { ...base, configAt: (position: number, hash: string | undefined) => inForce(configs, change, position, hash) };
  const unchanged = await run(baseOptions, given, counting('baseline'));
  const baseline = compare(flows, unchanged, ignored);
  const report = { sessionId: recording.sessionId, baseline: baseline.comparison, unknownTools: unknown.map(({ spec }) => spec.name) };
  const isChanged = change !== undefined && (change.document !== undefined || !isEmpty(change));
  if (!baseline.comparison.faithful || !isChanged) return { ...report, ...(job.detailed && { turns: baseline.turns }) };

  const changed = await run(
    {
      ...base,
      configAt: (position, hash) => {
        const before = change.document
          ? { config: readDocument(change.document), hash: '00000000' }
          : inForce(configs, change, position, hash);
        return { ...before, config: withChange(before.config, change) };
      },
      ...(askLive && { live: askLive }),
    },
    given,
    counting('changed'),
  );
  const { comparison, turns } = compare(flows, changed, ['configHash', ...ignored]);
  return { ...report, changed: withRequests(comparison, flows, unchanged, changed), ...(job.detailed && { turns }) };
}

const isEmpty = ({ agentId, systemPrompt, model, tools }: Change) =>
  agentId === undefined && systemPrompt === undefined && model === undefined && tools === undefined;

/** Where the log lacks a configuration, the one that was given is taken for it. */
function inForce(configs: RecordedConfigs, change: Change | undefined, position: number, hash: string | undefined) {
  const recorded = configs.at(position, hash);
  if (recorded) return recorded;
  if (!change?.document) throw withoutConfig(position);
  return { config: readDocument(change.document), hash: hash ?? '00000000' };
}

async function run(options: Omit<StageOptions, 'time'>, given: readonly StoredEvent[], onDone: (messages: number) => void): Promise<Run> {
  using time = new VirtualTime();
  const stage = new Stage({ ...options, time });
  const played = new Map<Flow, Played>();
  let gave = 0;
  for (const [index, flow] of options.flows.entries()) {
    onDone(index);
    const until = given.findIndex(
      (event, index) => index >= gave && event.position > (isChange(event) ? startOf(flow) : flow.received.position),
    );
    const next = until === -1 ? given.length : until;
    await stage.give(given.slice(gave, next));
    gave = next;
    if (flow.end === 'merged') await stage.give(flow.events);
    else if (flow.end !== 'waiting') played.set(flow, await stage.play(flow));
  }
  return { played, misses: stage.misses };
}

/** Where the model was first asked. */
const startOf = ({ events, received }: Flow): number => (events.find(RunStarted.is) ?? received).position;

function compare(
  flows: readonly Flow[],
  { played, misses }: Run,
  ignored: readonly string[],
): { readonly comparison: Comparison; readonly turns: readonly TurnComparison[] } {
  const [recordedNames, replayedNames] = [new Normaliser(ignored), new Normaliser(ignored)];
  const [allRecorded, allReplayed]: [Shown[], Shown[]] = [[], []];
  const divergences: Divergence[] = [];
  const turns: TurnComparison[] = [];
  let different = 0;
  for (const [index, flow] of flows.entries()) {
    const again = played.get(flow);
    if (!again) continue;
    const recorded = flow.events.map((event) => recordedNames.show(event));
    const events = again.events.map((event) => replayedNames.show(event));
    // The recording of an unfinished message ends somewhere; what a replay has beyond it is no difference.
    const replayed = flow.end === 'open' ? events.slice(0, recorded.length) : events;
    allRecorded.push(...recorded);
    allReplayed.push(...replayed);
    const message = {
      number: index + 1,
      messageId: flow.received.metadata.correlationId ?? '',
      positions: flow.events.map((event) => event.metadata.origin?.position ?? event.position),
    };
    const divergence = firstDivergence(message, recorded, replayed);
    if (turns.length < MAX_TURNS) {
      const place = { ...message, position: message.positions[0] ?? 0 };
      turns.push(compareTurn(place, { events: flow.events, shown: recorded }, { events: again.events, shown: replayed }, !divergence));
    }
    if (!divergence) continue;
    different += 1;
    if (divergences.length < MAX_DIVERGENCES) divergences.push(divergence);
  }
  const [recordedDigest, replayedDigest] = [digestOf(allRecorded), digestOf(allReplayed)];
  const comparison = {
    faithful: different === 0,
    messages: { identical: played.size - different, different, skipped: flows.length - played.size },
    events: allRecorded.length,
    recordedDigest,
    replayedDigest,
    divergences,
    misses,
  };
  return { comparison, turns };
}

/** Of a request the log keeps the hash; what differs in it is known because both runs asked here. */
function withRequests(comparison: Comparison, flows: readonly Flow[], unchanged: Run, changed: Run): Comparison {
  const divergences = comparison.divergences.map((divergence): Divergence => {
    const flow = flows[divergence.message - 1];
    const step = (divergence.replayed?.data as { step?: number } | undefined)?.step;
    if (!flow || divergence.replayed?.type !== 'model.requested' || step === undefined) return divergence;
    const nth = requestsBefore(flow, divergence);
    const [before, after] = [unchanged.played.get(flow)?.requests[nth], changed.played.get(flow)?.requests[nth]];
    return before && after ? { ...divergence, requestPatch: diff(before, after) } : divergence;
  });
  return { ...comparison, divergences };
}

function requestsBefore(flow: Flow, { position = Number.POSITIVE_INFINITY }: Divergence): number {
  return flow.events.filter(
    (event) =>
      ModelRequested.is(event) && event.data.because === undefined && (event.metadata.origin?.position ?? event.position) < position,
  ).length;
}

function erased(event: StoredEvent): GatewayError {
  const message = `The data of the event at position ${event.position} is no longer kept, so that the session cannot be replayed.`;
  return new GatewayError('RECORDING_INCOMPLETE', { message, details: { position: event.position } });
}
