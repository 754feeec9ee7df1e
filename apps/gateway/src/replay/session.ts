/** A recorded session run again: first unchanged, which must give the recording, then with what was changed. */
import { GatewayError, ModelRequested, RunStarted, type StoredEvent } from '@openclaw-gateway/events';
import { diff } from '@openclaw-gateway/events/json-patch';
import type { KnownTool } from '../tools/policy.ts';
import { digestOf, firstDivergence, Normaliser, type Shown } from './compare.ts';
import { RecordedConfigs, readDocument, withChange, withoutConfig } from './configs.ts';
import type { AskLive } from './effects.ts';
import { type Flow, isChange, takeApart } from './flows.ts';
import type { Change, Comparison, Divergence, Progress, SessionJob, SessionReport, TurnComparison } from './job.ts';
import { Spread } from './spread.ts';
import { type Played, Stage, type StageOptions } from './stage.ts';
import { compareTurn, type Used, usedIn } from './turns.ts';
import { unknownTools } from './unknown-tools.ts';
import { VirtualTime } from './virtual-time.ts';

const MAX_DIVERGENCES = 50;
const MAX_TURNS = 500;

type Run = { readonly played: ReadonlyMap<Flow, Played>; readonly stopped?: Stop };
type Stop = { readonly message: number; readonly of: number; readonly reason: string };

type Told = { readonly onProgress?: (progress: Progress) => void; readonly onInterim?: (report: SessionReport) => void };

/**
 * Replays a session; with `askLive` the changed run, as often as the job says, until the budget is spent. Throws
 * RECORDING_INCOMPLETE when data or configurations are missing, BAD_REQUEST for an answer of a tool that there is not.
 */
export async function replaySession(job: SessionJob, askLive?: AskLive, { onProgress, onInterim }: Told = {}): Promise<SessionReport> {
  const { recording, change = {}, runs = 1 } = job;
  const missing = recording.events.find((event) => event.erased === true);
  if (missing) throw erased(missing);
  const { flows, given } = takeApart(recording.events);
  const configs = new RecordedConfigs(recording.configs);
  const unknown = unknownTools(recording.events, job.tools);
  const base = { recording, flows, tools: [...job.tools, ...unknown] };
  demandTools(change, base.tools);
  const ignored = recording.masked || unknown.length > 0 ? ['requestHash'] : [];

  const counting = (of: Progress['run'], nth?: number) => (done: number) =>
    onProgress?.({ run: of, done, total: flows.length, ...(nth !== undefined && { nth }) });
  const baseOptions = { ...base, configAt: (position: number, hash: string | undefined) => inForce(configs, change, position, hash) };
  const unchanged = await run(baseOptions, given, counting('baseline'));
  const baseline = compare(flows, unchanged, ignored);
  const report = { sessionId: recording.sessionId, baseline: baseline.comparison, unknownTools: unknown.map(({ spec }) => spec.name) };
  if (!baseline.comparison.faithful || !(askLive || isChanged(change)))
    return { ...report, ...(job.detailed && { turns: baseline.turns }) };

  const changedOptions: Omit<StageOptions, 'time'> = {
    ...base,
    configAt: (position, hash) => {
      const before = change.document
        ? { config: readDocument(change.document), hash: '00000000' }
        : inForce(configs, change, position, hash);
      return { ...before, config: withChange(before.config, change) };
    },
    ...(askLive && { live: askLive }),
    toolAnswers: change,
  };
  const spread = new Spread(runs);
  let first: Comparison | undefined;
  for (let nth = 1; nth <= runs; nth++) {
    const changed = await run(changedOptions, given, counting('changed', runs > 1 ? nth : undefined));
    const { comparison, turns, used } = compare(flows, changed, ['configHash', ...ignored]);
    first ??= withRequests(comparison, flows, unchanged, changed);
    if (!askLive) return { ...report, changed: first, ...(job.detailed && { turns }) };
    spread.add(turns, used, changed.stopped);
    if (changed.stopped) break;
    if (nth < runs) onInterim?.(liveReport(report, first, spread, job));
  }
  return liveReport(report, first, spread, job);
}

function liveReport(report: SessionReport, changed: Comparison | undefined, spread: Spread, { detailed }: SessionJob): SessionReport {
  return { ...report, ...(changed && { changed }), runs: spread.runs(), ...(detailed && { turns: spread.turns() }) };
}

/** What becomes of a call without a recorded result changes nothing as long as there is none. */
const isChanged = ({ onMiss: _, ...change }: Change): boolean => Object.values(change).some((value) => value !== undefined);

function demandTools({ toolAnswers = {} }: Change, tools: readonly KnownTool[]): void {
  const names = tools.map(({ spec }) => spec.name);
  const unknown = Object.keys(toolAnswers).find((name) => name !== '*' && !names.includes(name));
  if (unknown === undefined) return;
  const message = `No tool is called ${JSON.stringify(unknown)}, so that nothing can be said of its calls; there are: ${names.join(', ')}.`;
  throw new GatewayError('BAD_REQUEST', { message, details: { tool: unknown } });
}

/** Where the log lacks a configuration, the one that was given is taken for it. */
function inForce(configs: RecordedConfigs, change: Change, position: number, hash: string | undefined) {
  const recorded = configs.at(position, hash);
  if (recorded) return recorded;
  if (!change.document) throw withoutConfig(position);
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
    else if (flow.end !== 'waiting') {
      const again = await stage.play(flow);
      const { spent } = stage;
      if (spent !== undefined) return { played, stopped: { message: index + 1, of: options.flows.length, reason: spent } };
      played.set(flow, again);
    }
  }
  return { played };
}

/** Where the model was first asked. */
const startOf = ({ events, received }: Flow): number => (events.find(RunStarted.is) ?? received).position;

function compare(
  flows: readonly Flow[],
  { played }: Run,
  ignored: readonly string[],
): { readonly comparison: Comparison; readonly turns: readonly TurnComparison[]; readonly used: Used } {
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
      turns.push(
        compareTurn(
          message,
          { events: flow.events, shown: recorded },
          { events: again.events, shown: events, missed: again.missed },
          !divergence,
        ),
      );
    }
    if (!divergence) continue;
    different += 1;
    if (divergences.length < MAX_DIVERGENCES) divergences.push(divergence);
  }
  const [recordedDigest, replayedDigest] = [digestOf(allRecorded), digestOf(allReplayed)];
  const comparison = {
    faithful: different === 0,
    messages: { identical: played.size - different, different, skipped: flows.filter(isLeftOut).length },
    events: allRecorded.length,
    recordedDigest,
    replayedDigest,
    divergences,
    misses: [...played.values()].reduce((total, { missed }) => total + missed.length, 0),
  };
  return { comparison, turns, used: usedIn([...played.values()].flatMap(({ events }) => events)) };
}

const isLeftOut = ({ end }: Flow): boolean => end === 'merged' || end === 'waiting';

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
