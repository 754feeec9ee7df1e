/**
 * TLS of the gateway's own port: which certificate is in force, where it comes from (files, or Let's Encrypt), and how another
 * one takes its place while connections are open. What is wrong with a new certificate never harms the one in force.
 */
import { createHash } from 'node:crypto';
import type { RequestListener } from 'node:http';
import type { Server, ServerOptions } from 'node:https';
import { dirname, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { CertificateRefused, CertificateReplaced, GatewayError, type NewEvent, toGatewayError } from '@openclaw-gateway/events';
import { writeText } from '../../config/file.ts';
import type { Config } from '../../config/index.ts';
import type { Logger } from '../logs.ts';
import { createRenewal, type Renewal, type RenewalStatus } from './acme/index.ts';
import { type CertificateFacts, type Credentials, expiresIn, problemOfTime, readCredentials } from './certificate.ts';
import { cipherList } from './cipher-list.ts';
import { inForceFile } from './in-force.ts';
import { createPlainServer } from './plain-http.ts';
import { createRedirects } from './redirects.ts';
import { createTlsServer } from './server.ts';
import { type WatchTimes, watchFiles } from './watch-files.ts';

type Https = Config['gateway']['network']['https'];

export type TlsOptions = {
  readonly stateDir: string;
  /** The configuration file: paths in it begin in its folder. */
  readonly configPath: string;
  readonly config: Config;
  /** Appends an event to the stream `certificate`. */
  readonly record: (event: NewEvent) => Promise<void>;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly now?: () => number;
  readonly random?: () => number;
  readonly watch?: WatchTimes;
};

export type TlsStatus =
  | { readonly state: 'off' }
  | {
      /** `waiting`: there is no certificate yet, and HTTPS is not served. */
      readonly state: 'active' | 'waiting';
      readonly source: 'files' | 'letsEncrypt';
      readonly certificate?: CertificateFacts & { readonly expires: string };
      /** What someone has to look after. */
      readonly problems: readonly string[];
      readonly renewal?: RenewalStatus;
    };

export type Tls = {
  /** Whether this process serves HTTPS; it stays as it was at the start. */
  readonly enabled: boolean;
  /** A server for the gateway's port. Plain HTTP that comes to it is sent on to HTTPS. */
  createServer(options: ServerOptions, handler: RequestListener): Server;
  /** The answer to an authority's check. */
  challenge(token: string): string | undefined;
  /** Watches the files, and gets the certificate where that is wanted. `at` is where the gateway listens. */
  start(at: { readonly host: string; readonly port: number }): Promise<void>;
  /** Takes up another configuration. */
  apply(config: Config): Promise<void>;
  /** Reads the files again, and tries again what failed. */
  reload(): Promise<void>;
  /** Why HTTPS cannot be served yet. */
  pending(): GatewayError | undefined;
  status(): TlsStatus;
  close(): Promise<void>;
};

const WATCH: WatchTimes = { settleMs: 1000, pollMs: 60_000 };

/** Reads the certificate where TLS is on. Throws CERTIFICATE_INVALID when the configuration's own cannot be used. */
export async function createTls(options: TlsOptions): Promise<Tls> {
  const { stateDir, configPath, record, logger, now = Date.now, random = Math.random } = options;
  const { enabled } = options.config.gateway.network.https;
  const folder = dirname(configPath);
  const watchTimes = options.watch ?? WATCH;
  const closing = new AbortController();
  const servers = new Set<Server>();
  const challenges = new Map<string, string>();
  let settings: Https = options.config.gateway.network.https;
  let inForce: Credentials | undefined;
  let renewal: Renewal | undefined;
  let listening: { readonly host: string; readonly port: number } | undefined;
  let refused: { readonly problem: string; readonly seen: string } | undefined;
  let unwatch = () => {};
  let saidProblems = '';
  let turn: Promise<void> = Promise.resolve();

  const source = () => (settings.letsEncrypt.enabled ? 'letsEncrypt' : 'files');
  const inTurn = (task: () => Promise<void>): Promise<void> => {
    turn = turn.then(task).catch((error: unknown) => logger.error({ err: error }, 'TLS could not take up a change'));
    return turn;
  };
  const tell = (event: NewEvent): Promise<void> =>
    record(event).catch((error: unknown) =>
      logger.error({ err: error, type: event.type }, 'what became of a certificate could not be recorded'),
    );

  const load = async (): Promise<Credentials | undefined> => {
    if (settings.letsEncrypt.enabled) return await renewal?.files.credentials();
    if (settings.certificate) return await readCredentials(settings.certificate, folder);
    throw new GatewayError('CONFIG_INVALID', { message: 'gateway.network.https is enabled but names no certificate and key.' });
  };

  const contextOf = (credentials: Credentials | undefined): SecureContextOptions => {
    const { minVersion, cipherSuites } = settings;
    return {
      // An empty list, because what the whole world trusts is nobody whose clients are let in.
      ...(credentials && { cert: credentials.cert, key: credentials.key, ca: credentials.ca ?? [] }),
      minVersion: minVersion === '1.3' ? 'TLSv1.3' : 'TLSv1.2',
      ciphers: cipherList(cipherSuites),
    };
  };
  const askForCertificates = () => inForce?.ca !== undefined;

  const takeUp = async (credentials: Credentials): Promise<void> => {
    const context = contextOf(credentials);
    createSecureContext(context);
    const previous = inForce?.facts.fingerprint;
    inForce = credentials;
    for (const server of servers) {
      server.setSecureContext(context);
      // The server looks these two up anew for each connection.
      Object.assign(server, { requestCert: askForCertificates() });
    }
    const { fingerprint, names, expiresAt } = credentials.facts;
    if (fingerprint === previous) return;
    await writeText(inForceFile(stateDir), ownPart(credentials.cert)).catch((error: unknown) =>
      logger.error({ err: error }, 'commands cannot be told which certificate is in force'),
    );
    if (servers.size === 0) return;
    const facts = {
      source: source(),
      names: names.slice(0, 100),
      fingerprint,
      expiresAt,
      ...(previous !== undefined && { previousFingerprint: previous }),
    } as const;
    logger.info({ ...facts, expiresAt: new Date(expiresAt).toISOString() }, 'another certificate is in force');
    await tell(CertificateReplaced.create(facts));
  };

  /** What is read in the middle of being written is read again before anything is said of it. */
  const loadSettled = (): Promise<Credentials | undefined> =>
    load().catch(async () => {
      await delay(watchTimes.settleMs, undefined, { ref: false, signal: closing.signal });
      return load();
    });

  /** Reads what is there and takes it up; what cannot be used is said once. */
  const refresh = async (read = load): Promise<void> => {
    try {
      const credentials = await read();
      if (credentials) await takeUp(credentials);
      refused = undefined;
    } catch (thrown) {
      if (closing.signal.aborted) return;
      const error = toGatewayError(thrown);
      const problem = error.code === 'INTERNAL' && error.cause instanceof Error ? error.cause.message : error.message;
      const seen = createHash('sha256')
        .update(JSON.stringify(error.details ?? problem))
        .digest('hex');
      if (refused?.seen === seen) return;
      refused = { problem, seen };
      logger.error({ code: error.code, problem, details: error.details }, 'the new certificate cannot be used; the old one stays in force');
      const facts = inForce && { inForce: inForce.facts.fingerprint };
      await tell(CertificateRefused.create({ source: source(), problem: { code: error.code, message: problem.slice(0, 2000) }, ...facts }));
    }
  };

  const problems = (): readonly string[] => {
    const time = inForce && problemOfTime(inForce.facts, now());
    // A certificate that renews itself is looked after until its renewal fails.
    const isLookedAfter = renewal !== undefined && renewal.status().problem === undefined && inForce && inForce.facts.expiresAt > now();
    return [
      ...(refused ? [`the changed certificate cannot be used: ${refused.problem}`] : []),
      ...(time && !isLookedAfter ? [time] : []),
      ...(inForce?.warnings ?? []),
      ...(renewal?.status().problem !== undefined
        ? [`no certificate from ${renewal.status().authority}: ${renewal.status().problem}`]
        : []),
      ...[redirects.problem() ?? []].flat(),
    ];
  };
  const sayProblems = (): void => {
    const said = problems().join('; ');
    if (said !== '' && said !== saidProblems) logger.warn({ problems: problems() }, 'the certificate needs looking after');
    saidProblems = said;
  };

  const pending = (): GatewayError | undefined => {
    if (inForce) return undefined;
    const why = renewal?.status().problem;
    const when = renewal?.status().nextAttemptAt;
    const state = renewal?.status().ordering
      ? 'It is being ordered now.'
      : when === undefined
        ? ''
        : `The next attempt is at ${new Date(when).toISOString()}.`;
    return new GatewayError('CERTIFICATE_PENDING', {
      message: [
        `The gateway has no certificate for ${settings.letsEncrypt.domain ?? 'its name'} yet.`,
        why && `The last attempt failed: ${why}`,
        state,
      ]
        .filter(Boolean)
        .join(' '),
    });
  };

  const redirects = createRedirects({ challenge: (token) => challenges.get(token), pending }, logger);
  const openRedirects = async () => listening && (await redirects.apply(settings.letsEncrypt, listening));

  const manageRenewal = async (): Promise<void> => {
    const { letsEncrypt } = settings;
    const { domain } = letsEncrypt;
    const wanted = letsEncrypt.enabled && domain !== undefined ? { ...letsEncrypt, domain } : undefined;
    if (renewal && JSON.stringify(renewal.settings) === JSON.stringify(wanted)) return renewal.hurry();
    await renewal?.stop();
    renewal = undefined;
    if (!wanted) return;
    renewal = createRenewal({ stateDir, settings: wanted, record, logger, challenges, onIssued: () => void inTurn(refresh), now, random });
    if (listening) renewal.start();
  };

  const watch = (): void => {
    unwatch();
    const { certificate } = settings;
    const files = settings.letsEncrypt.enabled || !certificate ? [] : [certificate.certFile, certificate.keyFile, certificate.caFile];
    const paths = files.filter((file) => file !== undefined).map((file) => resolve(folder, file));
    unwatch = watchFiles(paths, watchTimes, () => {
      void inTurn(async () => {
        await refresh(loadSettled);
        if (redirects.problem() !== undefined) await openRedirects();
        sayProblems();
      });
    });
  };

  if (enabled) {
    await manageRenewal();
    const credentials = await load();
    if (credentials) await takeUp(credentials);
  }

  return {
    enabled,
    createServer(serverOptions, handler) {
      const plain = createPlainServer({ challenge: (token) => challenges.get(token), pending });
      const server = createTlsServer({ ...serverOptions, ...contextOf(inForce), requestCert: askForCertificates() }, handler, plain, {
        clients: () => (askForCertificates() ? settings.clientCertificates : 'none'),
        onRefused: (address, reason) => logger.info({ address, reason }, 'a client was refused for its certificate'),
      });
      servers.add(server);
      return server;
    },
    challenge: (token) => challenges.get(token),
    pending: () => (enabled ? pending() : undefined),
    async start(at) {
      if (!enabled) return;
      listening = at;
      await inTurn(async () => {
        await openRedirects();
        watch();
        if (!inForce) logger.warn({ domain: settings.letsEncrypt.domain }, 'there is no certificate yet: HTTPS is served once it is there');
        sayProblems();
        renewal?.start();
      });
    },
    async apply(config) {
      if (!enabled) return;
      const { https } = config.gateway.network;
      // Turning it off, like turning it on, waits for the restart.
      if (!https.enabled || JSON.stringify(https) === JSON.stringify(settings)) return;
      await inTurn(async () => {
        settings = https;
        await manageRenewal();
        await openRedirects();
        watch();
        await refresh();
      });
    },
    async reload() {
      if (!enabled) return;
      await inTurn(async () => {
        refused = undefined;
        await refresh();
        await openRedirects();
        renewal?.hurry();
      });
    },
    status() {
      if (!enabled) return { state: 'off' };
      return {
        state: inForce ? 'active' : 'waiting',
        source: source(),
        ...(inForce && { certificate: { ...inForce.facts, expires: expiresIn(inForce.facts.expiresAt, now()) } }),
        problems: problems(),
        ...(renewal && { renewal: renewal.status() }),
      };
    },
    async close() {
      closing.abort();
      unwatch();
      await turn;
      await renewal?.stop();
      await redirects.close();
      servers.clear();
    },
  };
}

/** The first certificate of a chain. */
function ownPart(chain: string): string {
  const end = '-----END CERTIFICATE-----';
  return `${chain.slice(0, chain.indexOf(end) + end.length)}\n`;
}
