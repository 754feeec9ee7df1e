/**
 * The HTTP door: the gateway's own API, OpenAI's, webhooks, probes and the dashboard, with tRPC and WebSocket on the same
 * port. It checks who calls and what they sent, calls the parts and words the answer; no decision about messages is made here.
 */
import type { AddressInfo } from 'node:net';
import fastify, { type FastifyInstance, LogController } from 'fastify';
import { watchConnections, watchWebSockets } from '../operations/metrics/index.ts';
import type { Parts } from '../parts.ts';
import { registerTrpc } from '../trpc/index.ts';
import { registerWebSocket } from '../ws/index.ts';
import { recordCalls } from './audit.ts';
import { requireCaller } from './authenticate.ts';
import { requireListing } from './authorise.ts';
import { answerBrokenRequest } from './broken-request.ts';
import { limitConnections } from './connections.ts';
import { sendError } from './errors.ts';
import { guardFloods } from './floods.ts';
import { findClients, trustOf } from './forwarded.ts';
import { guardFunnel } from './funnel.ts';
import { guardOrigins } from './guard.ts';
import { checkHeads, pathOf } from './head.ts';
import { addSecurityHeaders } from './headers.ts';
import { isolateInbound } from './isolation.ts';
import { parseJson } from './json.ts';
import { BODY_LIMIT_BYTES, HISTORY_BODY_LIMIT_BYTES } from './limits.ts';
import { shedLoad } from './load-shed.ts';
import { answerUnknown } from './not-found.ts';
import { servePages } from './pages.ts';
import { limitRate } from './rate-limit.ts';
import { logRequests } from './request-log.ts';
import { accessRoutes, tokenRefreshRoute } from './routes/access.ts';
import { alertRoutes } from './routes/alerts.ts';
import { approvalRoutes } from './routes/approvals.ts';
import { attachmentRoutes } from './routes/attachments.ts';
import { auditRoutes } from './routes/audit.ts';
import { backupRoutes } from './routes/backups.ts';
import { banRoutes } from './routes/bans.ts';
import { bundleRoutes } from './routes/bundles.ts';
import { channelCallRoutes } from './routes/channel-calls.ts';
import { checkpointRoutes } from './routes/checkpoints.ts';
import { configRoutes, configSchemaRoute } from './routes/config.ts';
import { dataRoutes } from './routes/data.ts';
import { deadLetterRoutes } from './routes/dead-letters.ts';
import { exportRoutes } from './routes/exports.ts';
import { extensionRoutes } from './routes/extensions.ts';
import { firewallRoutes } from './routes/firewall.ts';
import { historyRoutes } from './routes/history.ts';
import { hookRoutes } from './routes/hooks.ts';
import { logRoutes } from './routes/log.ts';
import { logFileRoutes } from './routes/log-file.ts';
import { messageRoutes } from './routes/messages.ts';
import { modelRoutes } from './routes/models.ts';
import { oauthRoutes } from './routes/oauth.ts';
import { operateRoutes } from './routes/operate.ts';
import { ownLoginRoutes } from './routes/own-login.ts';
import { pairingRoutes } from './routes/pairing.ts';
import { peopleRoutes } from './routes/people.ts';
import { probeRoutes } from './routes/probes.ts';
import { proofRoute } from './routes/proof.ts';
import { replayRoutes } from './routes/replays.ts';
import { routeRoutes } from './routes/route.ts';
import { savedViewRoutes } from './routes/saved-views.ts';
import { scheduleRoutes } from './routes/schedules.ts';
import { sessionRoutes } from './routes/sessions.ts';
import { signInLinkRoute, signInRoutes } from './routes/sign-in.ts';
import { v1Routes } from './routes/v1.ts';
import { KEEP_ALIVE_MS, serverLimits } from './server-limits.ts';
import { closeStalledReaders } from './stalled-readers.ts';
import { challengeRoute, rememberHttps } from './tls.ts';

/** A batch of tRPC calls names its procedures in the path. */
const MAX_PATH_PARAMETER = 5000;

export type HttpDoor = {
  readonly app: FastifyInstance;
  listen(at: { readonly host: string; readonly port: number }): Promise<void>;
  /** Where it listens; nothing before it does. */
  address(): AddressInfo | undefined;
  /** Takes no more requests, lets what runs be answered for a moment, and closes every connection. */
  close(): Promise<void>;
};

export type HttpOptions = {
  /** Where the dashboard's files are; where `npm run build` puts them when left out. */
  readonly dashboardDir?: string;
};

/** Makes the door; it does not listen yet. */
export async function createHttp(parts: Parts, options: HttpOptions = {}): Promise<HttpDoor> {
  const app = createApp(parts);
  const isApi = (path: string) => isApiPath(path, parts);
  // A logger for each request would cost more than the line it writes.
  app.setChildLoggerFactory((logger) => logger);
  app.decorateRequest('caller', null);
  app.decorateRequest('reach', null);
  app.decorateRequest('logged', null);
  app.setErrorHandler((error, request, reply) => sendError(error, request, reply));
  requireListing(app, parts);
  findClients(app.server, parts);
  logRequests(app);
  rememberHttps(app);
  addSecurityHeaders(app);
  isolateInbound(app, parts);
  guardFloods(app, parts);
  checkHeads(app);
  closeStalledReaders(app, parts);
  limitConnections(app, parts);
  await limitRate(app, parts);
  shedLoad(app, parts);
  guardOrigins(app, parts);
  guardFunnel(app, parts);
  answerUnknown(app, isApi, options.dashboardDir);
  readJsonBodies(app);

  challengeRoute(app, parts);
  probeRoutes(app, parts);
  configSchemaRoute(app);
  signInRoutes(app, parts);
  tokenRefreshRoute(app, parts);
  proofRoute(app, parts);
  await app.register(async (api) => {
    requireCaller(api, parts);
    recordCalls(api, parts);
    messageRoutes(api, parts);
    attachmentRoutes(api, parts);
    logRoutes(api, parts);
    logFileRoutes(api, parts);
    historyRoutes(api, parts);
    sessionRoutes(api, parts);
    await replayRoutes(api, parts);
    operateRoutes(api, parts);
    routeRoutes(api, parts);
    pairingRoutes(api, parts);
    savedViewRoutes(api, parts);
    deadLetterRoutes(api, parts);
    configRoutes(api, parts);
    alertRoutes(api, parts);
    approvalRoutes(api, parts);
    modelRoutes(api, parts);
    scheduleRoutes(api, parts);
    extensionRoutes(api, parts);
    auditRoutes(api, parts);
    checkpointRoutes(api, parts);
    backupRoutes(api, parts);
    firewallRoutes(api, parts);
    bundleRoutes(api, parts);
    exportRoutes(api, parts);
    dataRoutes(api, parts);
    signInLinkRoute(api, parts);
    ownLoginRoutes(api, parts);
    peopleRoutes(api, parts);
    accessRoutes(api, parts);
    banRoutes(api, parts);
  });
  await app.register(async (v1) => {
    requireCaller(v1, parts);
    v1Routes(v1, parts);
  });
  await app.register(async (hooks) => hookRoutes(hooks, parts));
  await app.register(async (calls) => channelCallRoutes(calls, parts));
  await registerTrpc(app, parts, HISTORY_BODY_LIMIT_BYTES);
  const webSockets = await registerWebSocket(app, parts);
  watchWebSockets(webSockets.connections);
  watchConnections(app.server);
  app.addHook('preClose', () => webSockets.stop('gateway stopping'));
  // After all others: its path is the configuration's, and must not take one of theirs.
  oauthRoutes(app, parts);
  await servePages(app, isApi, options.dashboardDir);
  await app.ready();

  return {
    app,
    async listen(at) {
      const scheme = parts.tls.enabled ? 'https' : 'http';
      await app.listen({ ...at, listenTextResolver: (address) => `listening at ${address.replace(/^http/, scheme)}` });
    },
    address() {
      const address = app.server.address();
      return typeof address === 'object' && address !== null ? address : undefined;
    },
    close: () => app.close(),
  };
}

function createApp(parts: Parts): FastifyInstance {
  const { network } = parts.config.current().config.gateway;
  const trusts = trustOf(parts);
  const { requestTimeout } = network.connections;
  const server = serverLimits(requestTimeout);
  const options = {
    loggerInstance: parts.logger,
    // request-log.ts writes the one line.
    logController: new LogController({ disableRequestLogging: true }),
    // Who the client is was found out before (forwarded.ts), so there is one step to take.
    trustProxy: (address: string | undefined, hop: number) => hop === 0 && trusts(address),
    bodyLimit: BODY_LIMIT_BYTES,
    rewriteUrl: ({ url = '/' }: { url?: string | undefined }) => pathOf(url),
    requestTimeout,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    genReqId: requestIds(),
    routerOptions: { maxParamLength: MAX_PATH_PARAMETER },
    frameworkErrors: sendError,
    clientErrorHandler: answerBrokenRequest,
  } as const;
  if (parts.tls.enabled) {
    const serverOptions = { ...server, requestTimeout, keepAliveTimeout: KEEP_ALIVE_MS };
    return fastify({
      ...options,
      serverFactory: (handler) => parts.tls.createServer(serverOptions, handler),
    }) as unknown as FastifyInstance;
  }
  return fastify({ ...options, http: server }) as unknown as FastifyInstance;
}

/** Ids that differ between requests and between starts of the process. */
function requestIds(): () => string {
  const start = Date.now().toString(36);
  let count = 0;
  return () => `req_${start}_${(++count).toString(36)}`;
}

function readJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(/^application\/([\w.-]+\+)?json\b/, { parseAs: 'string' }, (_, body, done) => {
    try {
      done(null, parseJson(String(body)));
    } catch (error) {
      done(error as Error);
    }
  });
}

/** Paths that programs use: what is missing there is answered in JSON. */
function isApiPath(path: string, parts: Parts): boolean {
  const roots = ['/api', '/auth', '/v1', '/trpc', '/webhooks', parts.config.current().config.hooks.path];
  return roots.some((root) => path === root || path.startsWith(`${root}/`));
}
