/**
 * Gets the certificate of a domain from Let's Encrypt, or another authority that speaks ACME, and renews it for as long as it
 * runs. Whatever fails, it tries again later, within the authority's limits, and the gateway goes on with what it has.
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  CertificateFailed,
  CertificateIssued,
  CertificateRenewed,
  CertificateRequested,
  GatewayError,
  type NewEvent,
  toGatewayError,
} from '@openclaw-gateway/events';
import type { Config } from '../../../config/index.ts';
import type { Logger } from '../../logs.ts';
import type { Credentials } from '../certificate.ts';
import { type AcmeFiles, acmeFiles } from './files.ts';
import { orderCertificate } from './order.ts';
import { allowedFrom, failuresInARow, namedRetryTime, renewalTime, retryTime, withCertificate, withFailure } from './schedule.ts';

/** A machine that was asleep, or whose clock was put right, is noticed this soon. */
const LOOK_AGAIN_MS = 6 * 60 * 60_000;
const HOUR_MS = 60 * 60_000;

export type AcmeSettings = Config['gateway']['network']['https']['letsEncrypt'];

export type RenewalStatus = {
  readonly domain: string;
  readonly authority: string;
  /** `ordering` now, or waiting until `nextAttemptAt`. */
  readonly ordering: boolean;
  readonly nextAttemptAt?: number;
  /** Why the last order failed, as long as none succeeded since. */
  readonly problem?: string;
};

export type RenewalOptions = {
  readonly stateDir: string;
  readonly settings: AcmeSettings & { readonly domain: string };
  readonly record: (event: NewEvent) => Promise<void>;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly challenges: Map<string, string>;
  /** Called when there is a new certificate on disk. */
  readonly onIssued: () => void;
  readonly now: () => number;
  readonly random: () => number;
};

export type Renewal = {
  readonly settings: RenewalOptions['settings'];
  readonly files: AcmeFiles;
  readonly status: () => RenewalStatus;
  /** Begins; a certificate that is missing or old is ordered at once. */
  readonly start: () => void;
  /** Looks again now, and after failures tries as soon as the authority's limits allow. */
  readonly hurry: () => void;
  readonly stop: () => Promise<void>;
};

export function createRenewal(options: RenewalOptions): Renewal {
  const { settings, record, logger, now, random, stateDir } = options;
  const { domain, directoryUrl } = settings;
  const authority = new URL(directoryUrl).host;
  const files = acmeFiles(stateDir, authority, domain);
  const stopped = new AbortController();
  // One throw of the dice for each certificate, lest looking again and again makes it come early.
  const jitter = random();
  let status: RenewalStatus = { domain, authority, ordering: false };
  let running: Promise<void> = Promise.resolve();
  /** After a failure: when to try again, and what the authority itself named as the earliest moment. */
  let retryAt = 0;
  let namedAt = 0;
  /** Ends the waiting; a new one for each look, so that nothing that is asked meanwhile is missed. */
  let woken = new AbortController();

  const attempt = async (current: Credentials | undefined): Promise<void> => {
    const renewal = current !== undefined;
    status = { domain, authority, ordering: true, ...(status.problem !== undefined && { problem: status.problem }) };
    try {
      await record(CertificateRequested.create({ domain, authority, renewal }));
      logger.info({ domain, authority, renewal }, 'a certificate is being ordered');
      const issued = await orderCertificate({
        directoryUrl,
        domain,
        ...(settings.email !== undefined && { email: settings.email }),
        files,
        challenges: options.challenges,
        signal: stopped.signal,
      });
      await files.saveCredentials(issued);
      await files.saveHistory(withCertificate(await files.history(), now()));
      const facts = (await files.credentials())?.facts;
      if (!facts) throw new GatewayError('CERTIFICATE_NOT_ISSUED', { message: `${authority} sent something that is no certificate.` });
      const { fingerprint, expiresAt } = facts;
      status = { domain, authority, ordering: false };
      await record((renewal ? CertificateRenewed : CertificateIssued).create({ domain, authority, fingerprint, expiresAt }));
      logger.info(
        { domain, authority, expiresAt: new Date(expiresAt).toISOString() },
        renewal ? 'certificate renewed' : 'certificate issued',
      );
      options.onIssued();
    } catch (thrown) {
      if (stopped.signal.aborted) return;
      await fail(toGatewayError(thrown), renewal);
    }
  };

  const fail = async (error: GatewayError, renewal: boolean): Promise<void> => {
    const history = withFailure(await files.history(), now());
    await files.saveHistory(history);
    namedAt = namedRetryTime(error.message) ?? 0;
    retryAt = Math.round(Math.max(retryTime(history, random()), namedAt));
    status = { domain, authority, ordering: false, nextAttemptAt: retryAt, problem: error.message };
    const facts = { domain, authority, renewal, failures: failuresInARow(history), nextAttemptAt: retryAt };
    logger.error(
      { ...facts, code: error.code, problem: error.message, err: error.cause },
      'the authority issued no certificate; it is tried again',
    );
    await record(CertificateFailed.create({ ...facts, problem: { code: error.code, message: error.message.slice(0, 2000) } }));
  };

  const run = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      woken = new AbortController();
      const [current, history] = await Promise.all([files.credentials(), files.history()]);
      const wanted = current ? renewalTime(current.facts, jitter) : 0;
      const due = Math.round(Math.max(wanted, retryAt, namedAt, allowedFrom(history)));
      if (due > now()) {
        status = { ...status, nextAttemptAt: due };
        await delay(Math.min(due - now(), LOOK_AGAIN_MS), undefined, { ref: false, signal: woken.signal }).catch(() => undefined);
        continue;
      }
      // What cannot even be recorded is tried again like everything else.
      await attempt(current).catch((error: unknown) => {
        retryAt = now() + HOUR_MS;
        status = { ...status, ordering: false };
        logger.error({ err: error }, 'what became of a certificate could not be kept');
      });
    }
  };

  return {
    settings,
    files,
    status: () => status,
    start: () => {
      running = run();
    },
    hurry: () => {
      retryAt = 0;
      woken.abort();
    },
    stop: async () => {
      stopped.abort();
      woken.abort();
      await running;
    },
  };
}
