/** Does what was decided: the file first, whole or not at all, then the gateway, then the link. Ctrl+C ends it between two of them. */
import { setTimeout as delay } from 'node:timers/promises';
import { type ErrorBody, GatewayError, toGatewayError } from '@openclaw-gateway/events';
import { hashText, writeText } from '../../config/file.ts';
import { notePathIn, writeNote } from '../../config/note.ts';
import { type BroughtUp, bringUp } from '../../operations/onboard/bring-up.ts';
import { findPortHolder } from '../../operations/port.ts';
import { findRunning } from '../../operations/process.ts';
import { createApi, isReady } from '../api.ts';
import { makeLink, type SignInLink } from '../commands/dashboard.ts';
import { tryPort } from '../commands/gateway-run.ts';
import { type Context, createContext, findToken } from '../context.ts';
import { saveKeys } from './keys.ts';
import type { Decision, Situation } from './setup.ts';

export type ChannelOutcome = { readonly channel: string; readonly ok: boolean; readonly error?: ErrorBody };
export type Outcome = BroughtUp & {
  readonly written: boolean;
  readonly interrupted: boolean;
  readonly channel?: ChannelOutcome;
  readonly dashboard?: SignInLink;
};

const TAKE_OVER_MS = 5000;

/** Throws PORT_TAKEN before anything is written, CONFIG_UNREADABLE, and what `openclaw gateway start` throws. */
export async function carryOut(
  { context, options, present }: Situation,
  decision: Decision,
  step: (line: string) => void,
): Promise<Outcome> {
  const { plan } = decision;
  if (options.start) await checkPort(context, decision);
  const interrupts = holdInterrupts();
  try {
    await saveKeys(context, decision.saveKeys);
    const written = plan.text !== present && (plan.isNew || plan.changes.length > 0);
    if (written) await writeConfig(context, plan.text);
    const done = { written, interrupted: false };
    if (!options.start) return done;
    if (interrupts.isAsked()) return { ...done, interrupted: true };
    // A context of its own: the configuration is another now.
    const fresh = createContext({ json: context.out.json, env: context.env });
    const up = await bringUp({
      env: context.env,
      pidFile: context.paths.pidFile,
      installService: decision.installService,
      restartNeeded: written && (plan.restartNeeded.length > 0 || !(await isTakenUp(fresh, plan.text))),
      isReady,
      step,
      isInterrupted: interrupts.isAsked,
    });
    if (interrupts.isAsked() || !up.gateway) return { ...done, ...up, interrupted: true };
    const api = createApi(up.gateway.url, await findToken(fresh));
    const channel = decision.channel && (await probe(api, decision.channel));
    const dashboard = await makeLink(api, fresh, decision.open);
    return { ...done, ...up, dashboard, ...(channel && { channel }) };
  } finally {
    interrupts.release();
  }
}

/** Nobody may write the log of a stopped gateway: a note tells its next start who changed the configuration. */
async function writeConfig({ paths }: Context, text: string): Promise<void> {
  const running = await findRunning(paths.pidFile);
  if (!running) await writeNote(notePathIn(paths.dir), { hash: hashText(text), source: 'command', reason: 'openclaw onboard' });
  await writeText(paths.config, text);
}

/** Whether a gateway that runs has this text in force, which it reads by itself; yes where none runs. */
async function isTakenUp(context: Context, text: string): Promise<boolean> {
  const running = await findRunning(context.paths.pidFile);
  if (!running) return true;
  const api = createApi(running.url, await findToken(context));
  const deadline = Date.now() + TAKE_OVER_MS;
  while (Date.now() < deadline) {
    const { hash } = await api.get<{ hash: string }>('/api/config').catch(() => ({ hash: '' }));
    if (hash === hashText(text)) return true;
    await delay(100);
  }
  return false;
}

async function probe(api: ReturnType<typeof createApi>, channel: string): Promise<ChannelOutcome> {
  type Step = { readonly error?: ErrorBody };
  try {
    const { probes } = await api.get<{ probes: readonly { ok: boolean; steps: readonly Step[] }[] }>('/api/channels', {
      probe: 1,
      channel,
    });
    const error = probes.flatMap(({ steps }) => steps).find((one) => one.error)?.error;
    return { channel, ok: probes.every(({ ok }) => ok), ...(error && { error }) };
  } catch (thrown) {
    return { channel, ok: false, error: toGatewayError(thrown).toBody() };
  }
}

/** A gateway that cannot listen would leave a written configuration and nothing that runs. */
async function checkPort(context: Context, { plan }: Decision): Promise<void> {
  const { host, port } = plan.config.gateway.network;
  const running = await findRunning(context.paths.pidFile);
  if (running && Number(new URL(running.url).port) === port) return;
  if ((await tryPort(host, port)) !== 'EADDRINUSE') return;
  const holder = await findPortHolder(port);
  throw new GatewayError('PORT_TAKEN', {
    message: `Port ${port} is taken by ${holder ? `pid ${holder.pid}: ${holder.command}` : 'another process'}.`,
    details: {
      port,
      ...holder,
      remedy: `Nothing was changed. Take another port, for example with --port ${port + 1}, or stop that process.`,
    },
  });
}

/** From here on Ctrl+C is remembered instead of ending this process in the middle of a step. */
function holdInterrupts() {
  let asked = false;
  const onSignal = () => {
    asked = true;
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return { isAsked: () => asked, release: () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal) };
}
