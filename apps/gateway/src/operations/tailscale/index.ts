/**
 * Keeps the gateway published by Tailscale as the configuration says: at the start, after a change, when Tailscale comes up later
 * than the gateway, and when the machine gets another name. What it did is in a file, so that it can be taken back by a later
 * process; what others did is left alone. The gateway itself goes on listening where it did.
 */
import {
  GatewayError,
  type NewEvent,
  RemoteExposed,
  RemoteFailed,
  RemoteRequested,
  RemoteUnexposed,
  toGatewayError,
} from '@openclaw-gateway/events';
import type { Config } from '../../config/index.ts';
import type { Address, Driver, RemoteOptions, RemoteStatus } from '../remote.ts';
import { type Tailscale, tailscaleProgram } from './command.ts';
import { type Machine, type Preferences, readMachine, readPreferences, readServeConfig, writePreferences } from './machine.ts';
import { openMemory } from './memory.ts';
import { checkFree, isPublished, isThere, type Plan, planOf, publishArgs, withdrawArgs } from './plan.ts';
import { exposureWarning } from './rules.ts';

const TIMING = { firstRetryMs: 5_000, maxRetryMs: 5 * 60_000, checkMs: 5 * 60_000 };
/** A name is given by Tailscale's servers, a moment after it was asked for. */
const RENAME_MS = 5_000;
const RENAME_STEP_MS = 250;
const FAREWELL_MS = 5_000;

type Wanted = { readonly plan: Plan; readonly preferences: Preferences; readonly warning?: string };

export function createTailscale(options: RemoteOptions & { readonly file: string }): Driver {
  const { logger, timing = TIMING } = options;
  const closing = new AbortController();
  const tailscale = tailscaleProgram(options.env ?? process.env, closing.signal);
  const farewell = tailscaleProgram(options.env ?? process.env);
  const memory = openMemory(options.file);
  let wanted: Wanted | undefined;
  let status: RemoteStatus = { state: 'off' };
  let requested = '';
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let queue: Promise<void> = Promise.resolve();

  /** One thing at a time; `act` reports its own failures. */
  const enqueue = (act: () => Promise<void>): Promise<void> => {
    queue = queue.then(act).catch((error: unknown) => logger.error({ err: error }, 'Tailscale could not be looked after'));
    return queue;
  };
  const lookAgain = (afterMs: number): void => {
    clearTimeout(timer);
    if (closing.signal.aborted) return;
    timer = setTimeout(() => void enqueue(publish), afterMs);
    timer.unref();
  };
  const record = (event: NewEvent): Promise<void> => options.record(event);

  async function publish(): Promise<void> {
    if (!wanted || closing.signal.aborted) return;
    const { plan, preferences, warning } = wanted;
    try {
      await request(plan, preferences);
      let machine = await readMachine(tailscale);
      if (status.state !== 'exposed') machine = await prefer(preferences, machine);
      const config = await readServeConfig(tailscale);
      if (!isPublished(config, plan, machine.name)) await serve(plan, config);
      if (plan.kind === 'https' && !machine.hasCertificate) await refuseWithoutCertificate(plan);
      await exposed(plan, machine, warning);
      failures = 0;
      lookAgain(timing.checkMs);
    } catch (thrown) {
      if (closing.signal.aborted) return;
      await failed(plan, toGatewayError(thrown));
      lookAgain(Math.min(timing.firstRetryMs * 2 ** failures++, timing.maxRetryMs));
    }
  }

  /** What is about to be done is in the log before it is done. */
  async function request({ via, target, auth }: Plan, { hostname }: Preferences): Promise<void> {
    const key = JSON.stringify([via, target, auth, hostname]);
    if (requested === key) return;
    await record(RemoteRequested.create({ via, hostname, target, ...(auth && { auth }) }));
    requested = key;
  }

  /** Sets what the configuration says of the machine, keeping what was there before; resolves with the machine under its new name. */
  async function prefer(preferences: Preferences, machine: Machine): Promise<Machine> {
    // Where they cannot be read they cannot be put back, which is no reason not to publish.
    const before = memory.get().before ?? (await readPreferences(tailscale).catch(() => undefined));
    await memory.set({ ...memory.get(), before });
    await writePreferences(tailscale, preferences);
    const isNamed = ({ name }: Machine) => isNameOf(name, preferences.hostname);
    let named = machine;
    for (let waitedMs = 0; !isNamed(named) && waitedMs < RENAME_MS && !closing.signal.aborted; waitedMs += RENAME_STEP_MS) {
      await new Promise((resolve) => setTimeout(resolve, RENAME_STEP_MS));
      named = await readMachine(tailscale);
    }
    return named;
  }

  async function serve(plan: Plan, config: Awaited<ReturnType<typeof readServeConfig>>): Promise<void> {
    const { published, ...rest } = memory.get();
    checkFree(config, plan, published);
    // Web and raw connections cannot share the port, so the one must go before the other comes.
    if (published && published.kind !== plan.kind && isThere(config, published)) await tailscale(withdrawArgs(published));
    await memory.set({ ...rest, published: { kind: plan.kind, target: plan.target } });
    await tailscale(publishArgs(plan));
  }

  async function refuseWithoutCertificate(plan: Plan): Promise<never> {
    await tailscale(withdrawArgs(plan)).catch(() => undefined);
    throw new GatewayError('TAILSCALE_HTTPS_OFF');
  }

  async function exposed({ via }: Plan, { name, addresses }: Machine, warning: string | undefined): Promise<void> {
    const url = `https://${name}`;
    const isNew = status.state !== 'exposed' || status.url !== url || status.via !== via;
    status = { state: 'exposed', via, url, addresses, ...(warning && { warning }) };
    if (!isNew) return;
    await record(RemoteExposed.create({ via, url }));
    logger.info({ via, url }, 'the gateway is published by Tailscale');
    if (warning) logger.warn({ via, url }, warning);
  }

  async function failed({ via }: Plan, error: GatewayError): Promise<void> {
    const before = status;
    status = { state: 'failed', via, error };
    if (before.state === 'failed' && before.error?.code === error.code) return;
    if (before.state === 'exposed') await unexposed(before, error.code);
    logger.warn({ code: error.code, remedy: error.details?.['remedy'] ?? error.remedy }, error.message);
    await record(RemoteFailed.create({ via, problem: { code: error.code, message: error.message } }));
  }

  async function unexposed(before: RemoteStatus, reason: string): Promise<void> {
    if (before.state !== 'exposed' || before.url === undefined) return;
    await record(RemoteUnexposed.create({ via: before.via, url: before.url, reason }));
    logger.info({ url: before.url, reason }, 'the gateway is no longer published by Tailscale');
  }

  /** Takes off what this gateway, or its predecessor, published. */
  async function withdraw(reason: string, by: Tailscale): Promise<void> {
    const { published, ...rest } = memory.get();
    const before = status;
    if (published) {
      if (isThere(await readServeConfig(by), published)) await by(withdrawArgs(published));
      await memory.set(rest);
    }
    status = { state: 'off' };
    await unexposed(before, reason);
  }

  async function turnOff(): Promise<void> {
    requested = '';
    try {
      await withdraw('turned off', tailscale);
      const { before } = memory.get();
      if (before) await writePreferences(tailscale, before);
      await memory.remove();
    } catch (thrown) {
      const error = toGatewayError(thrown);
      const remedy = 'Take it back yourself: `tailscale serve status` shows what is published, `tailscale serve --https=443 off` ends it.';
      logger.error({ code: error.code, remedy }, `What Tailscale publishes of the gateway could not be taken back: ${error.message}`);
      status = { state: 'off' };
    }
  }

  return {
    apply: (config, address) =>
      enqueue(async () => {
        const next = wantedOf(config, address);
        if (JSON.stringify(next) === JSON.stringify(wanted) && next !== undefined) return;
        clearTimeout(timer);
        wanted = next;
        failures = 0;
        if (!next) return turnOff();
        // What is set of the machine is set anew, too.
        await unexposed(status, 'changed');
        status = { state: 'starting', via: next.plan.via };
        await publish();
      }),
    status: () => status,
    close: () => {
      closing.abort();
      clearTimeout(timer);
      return enqueue(async () => {
        await withdraw('gateway stopping', (args) => farewell(args, { timeoutMs: FAREWELL_MS })).catch((thrown: unknown) => {
          const { code, message } = toGatewayError(thrown);
          logger.warn({ code }, `what Tailscale publishes stays published: ${message}`);
        });
      });
    },
  };
}

/** Whether a machine's name is this host name, or has a number after it because another machine was first. */
function isNameOf(name: string, hostname: string): boolean {
  const [label = ''] = name.toLowerCase().split('.', 1);
  const wanted = hostname.toLowerCase();
  return label === wanted || (label.startsWith(`${wanted}-`) && /^\d+$/.test(label.slice(wanted.length + 1)));
}

function wantedOf(config: Config, address: Address): Wanted | undefined {
  const plan = planOf(config, address);
  if (!plan) return undefined;
  const { hostname, acl } = config.gateway.tailscale;
  const warning = exposureWarning(config);
  return { plan, preferences: { hostname, acceptRoutes: acl.subnetRoutes, exitNode: acl.exitNode }, ...(warning && { warning }) };
}
