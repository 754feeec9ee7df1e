/** What a start does with what an earlier process left: it records itself, and takes up what is unfinished. */
import type { Store } from '@openclaw-gateway/db';
import {
  type Actor,
  type AggregateDefinition,
  Config,
  Gateway,
  GatewayCrashRecovered,
  GatewayError,
  GatewaySafeModeEntered,
  GatewaySafeModeLeft,
  GatewayStarted,
  type NewEvent,
} from '@openclaw-gateway/events';
import type { SafeMode } from './operations/boot-record.ts';
import type { Parts } from './parts.ts';
import type { RunningPipeline } from './pipeline/index.ts';

/** Who does what nobody asked for. */
export const SYSTEM: Actor = { type: 'system', id: 'gateway' };

const VIEWS_CATCH_UP_MS = 10 * 60_000;
const NEEDED_VIEWS: ReadonlySet<string> = new Set(['sessions', 'messages']);
const PAGE = 1000;

/** Records the start and takes up what an earlier process left unfinished. */
export async function takeUp(
  { gatewayId, version, store, config, data, safeMode, logger }: Parts,
  pipeline: RunningPipeline,
  record: (streamId: string, event: NewEvent) => Promise<void>,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  if (!safeMode) await awaitViews(store, logger);
  const stream = `gateway/${gatewayId}`;
  const [before, configBefore] = await Promise.all([foldStream(store, Gateway, stream), foldStream(store, Config, 'config')]);
  const configHash = config.current().hash;
  await record(
    stream,
    GatewayStarted.create({ gatewayId, programVersion: version, nodeVersion: process.version, pid: process.pid, host, port, configHash }),
  );
  await config.recordStart(configBefore);
  if (safeMode) {
    await record(stream, safeModeEntered(safeMode));
    return;
  }
  if (before.safeMode) await record(stream, GatewaySafeModeLeft.create({}));
  await data.recover(SYSTEM);
  const recovery = await pipeline.recover();
  if (before.running) await record(stream, GatewayCrashRecovered.create(recovery));
}

/** Without the views that say what is unfinished nothing can be taken up; another that stopped holds up nobody. */
async function awaitViews(store: Store, logger: Parts['logger']): Promise<void> {
  try {
    await store.waitForViews(store.log.head(), VIEWS_CATCH_UP_MS);
  } catch (error) {
    const stopped = store.projections().filter((view) => view.stopped);
    if (!(error instanceof GatewayError) || error.code !== 'VIEW_STOPPED' || stopped.some(({ name }) => NEEDED_VIEWS.has(name)))
      throw error;
    logger.error({ views: stopped.map(({ name }) => name) }, 'a view stopped at an event that it could not take');
  }
}

function safeModeEntered({ asked, crashes, problem }: SafeMode): NewEvent {
  const { code, message } = problem ?? {};
  return GatewaySafeModeEntered.create({ asked, crashes, ...(code && message && { problem: { code, message } }) });
}

/** The state of an aggregate that is small, from its stream. */
async function foldStream<State>({ log }: Store, aggregate: AggregateDefinition<State>, stream: string): Promise<State> {
  let state = aggregate.initial();
  let afterVersion = 0;
  while (log.head() > 0) {
    const page = await log.readStream(stream, { afterVersion, limit: PAGE });
    for (const event of page) state = aggregate.evolve(state, event);
    afterVersion += page.length;
    if (page.length < PAGE) break;
  }
  return state;
}
