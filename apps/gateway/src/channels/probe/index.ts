/**
 * What every adapter's probe has in common: the way to the service in its steps (dns, connect, tls), what its clock says, and
 * then the adapter's own questions (auth, permissions, receive), up to the first that fails. Nothing is sent to a user.
 */
import { GatewayError, toGatewayError } from '@openclaw-gateway/events';
import type { OnProbeStep, ProbeStep } from '@openclaw-gateway/sdk';
import { type Reach, reach, type Stage } from '../../operations/doctor/reach.ts';
import { type Egress, egress as ownEgress } from '../../operations/egress/index.ts';

/** Signed requests of most services are refused from about here on. */
export const MOST_SKEW_MS = 2 * 60_000;
const STAGE_DEADLINE_MS = 5_000;

/** One question of an adapter to its service. */
export type OwnStep = {
  readonly name: string;
  /** Resolves with what was found, in a few words; throws the `GatewayError` that names the cause. */
  readonly look: (signal: AbortSignal) => Promise<string | undefined>;
};

export type ProbeOptions = {
  /** An address of the service that may be asked without credentials: it may answer anything, its head says the time. */
  readonly url: string | URL;
  readonly signal: AbortSignal;
  readonly steps: readonly OwnStep[];
  readonly onStep?: OnProbeStep | undefined;
  /** For each step of the way, in milliseconds. */
  readonly deadlineMs?: number;
  readonly egress?: Egress;
};

/**
 * Takes the steps one after the other; a clock that is off fails its step and the others are taken all the same, because it may
 * be the reason why they fail. Never rejects.
 * @example probe: (signal) => probeService({ url: apiRoot, signal, steps: [{ name: 'auth', look: async () => (await whoAmI()).name }] })
 */
export async function probeService({
  url,
  signal,
  steps,
  onStep = () => undefined,
  deadlineMs = STAGE_DEADLINE_MS,
  egress = ownEgress,
}: ProbeOptions): Promise<ProbeStep[]> {
  const target = new URL(url);
  const reached = await reach(target, { egress, deadlineMs });
  const taken = reached.stages.filter(({ stage }) => stage !== 'http').map((stage) => ofStage(stage, target));
  const { failed } = reached;
  const way = failed && failed.stage !== 'http' ? taken : [...taken, ofClock(reached, target)];
  for (const step of way) onStep(step);
  return failed ? way : [...way, ...(await takeInOrder(steps, signal, onStep))];
}

/** Only an adapter's own questions, up to the first that fails. Never rejects. */
export async function takeInOrder(
  steps: readonly OwnStep[],
  signal: AbortSignal,
  onStep: OnProbeStep = () => undefined,
): Promise<ProbeStep[]> {
  const taken: ProbeStep[] = [];
  for (const { name, look } of steps) {
    const startedAt = performance.now();
    const durationMs = () => performance.now() - startedAt;
    const step = await look(signal).then(
      (detail): ProbeStep => ({ name, ok: true, durationMs: durationMs(), ...(detail !== undefined && { detail }) }),
      (thrown: unknown): ProbeStep => ({ name, ok: false, durationMs: durationMs(), error: toGatewayError(thrown) }),
    );
    taken.push(step);
    onStep(step);
    if (!step.ok) break;
  }
  return taken;
}

function ofStage({ stage, ok, durationMs, problem = '', refused }: Stage, { host }: URL): ProbeStep {
  const name = stage === 'tcp' ? 'connect' : stage;
  if (ok) return { name, ok, durationMs };
  if (refused) return { name, ok, durationMs, error: new GatewayError('EGRESS_REFUSED', { message: problem }) };
  const [code, what] =
    stage === 'tls' ? (['CHANNEL_TLS', 'No trusted encryption'] as const) : (['CHANNEL_NO_NETWORK', WHAT[name]] as const);
  return { name, ok, durationMs, error: new GatewayError(code, { message: `${what} for ${host}: ${problem}.`, details: { step: name } }) };
}

const WHAT: Readonly<Record<string, string>> = { dns: 'No address', connect: 'No connection' };

function ofClock({ stages, failed, date }: Reach, { host }: URL): ProbeStep {
  const durationMs = stages.at(-1)?.durationMs ?? 0;
  if (failed) {
    const message = `${host} does not answer a request: ${failed.problem}.`;
    return { name: 'answer', ok: false, durationMs, error: new GatewayError('CHANNEL_UNAVAILABLE', { message }) };
  }
  if (!date) return { name: 'clock', ok: true, durationMs, detail: 'the service does not say the time' };
  const aheadMs = date.heardAt - date.theirs;
  const words = `this clock is ${Math.round(Math.abs(aheadMs) / 1000)} s ${aheadMs >= 0 ? 'ahead of' : 'behind'} that of ${host}`;
  if (Math.abs(aheadMs) <= MOST_SKEW_MS) return { name: 'clock', ok: true, durationMs, detail: words };
  const message = `${words[0]?.toUpperCase()}${words.slice(1)}.`;
  return { name: 'clock', ok: false, durationMs, error: new GatewayError('CHANNEL_CLOCK_SKEW', { message, details: { aheadMs } }) };
}
