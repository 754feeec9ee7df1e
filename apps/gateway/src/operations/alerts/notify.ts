/**
 * Tells destinations of alerts. There is no queue: what a destination still has to hear is read off the state of the alerts, so a
 * restart loses nothing and an alert that is over before it could be told is not told late. One notice at a time to each.
 */
import { createHash } from 'node:crypto';
import { type AlertState, GatewayError, idFromBytes, type KnownAlert } from '@openclaw-gateway/events';
import { signWebhook } from '../../channels/webhook/verify.ts';
import type { AlertDestination } from '../../config/schema/alerts.ts';
import type { Senders } from '../../parts.ts';
import { backoffMs, describeFailure, sendTo, shownEndpoint } from '../endpoint.ts';
import type { Logger } from '../logs.ts';
import { counter } from '../metrics/registry.ts';

const TIMEOUT_MS = 15_000;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 5 * 60_000;

const notifications = counter('openclaw_alert_notifications_total');

export type Notice = 'fired' | 'repeated' | 'resolved';

export type DestinationStatus = {
  readonly name: string;
  readonly state: 'well' | 'failing';
  /** In a row. */
  readonly failures: number;
  readonly problem?: string;
};

export type NotifierOptions = {
  readonly gatewayId: string;
  readonly version: string;
  readonly senders: Pick<Senders, 'send'>;
  readonly pseudonym: (text: string) => Uint8Array;
  readonly state: () => AlertState;
  /** Records that a destination was told. */
  readonly told: (alert: string, destination: string, notice: Notice) => Promise<void>;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  readonly now: () => number;
  readonly random: () => number;
};

type Line = {
  readonly id: string;
  readonly destination: AlertDestination;
  readonly stopped: AbortController;
  sending: Promise<void> | undefined;
  status: DestinationStatus;
  notBefore: number;
};

export class Notifier {
  readonly #options: NotifierOptions;
  #lines = new Map<string, Line>();
  #repeatMs = Number.POSITIVE_INFINITY;

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  apply(destinations: readonly AlertDestination[], repeatMs: number): void {
    this.#repeatMs = repeatMs;
    const lines = new Map<string, Line>();
    for (const destination of destinations) {
      const id = this.#idOf(destination);
      lines.set(id, this.#lines.get(id) ?? newLine(id, destination));
    }
    for (const [id, line] of this.#lines) if (!lines.has(id)) line.stopped.abort();
    this.#lines = lines;
  }

  status(): readonly DestinationStatus[] {
    return [...this.#lines.values()].map(({ status }) => status);
  }

  /** Begins to tell what is to be told now. Does not wait for it. */
  look(): void {
    for (const line of this.#lines.values()) {
      if (line.sending || this.#options.now() < line.notBefore) continue;
      line.sending = this.#tellAll(line).finally(() => {
        line.sending = undefined;
      });
    }
  }

  async close(): Promise<void> {
    for (const { stopped } of this.#lines.values()) stopped.abort();
    await Promise.all([...this.#lines.values()].map(({ sending }) => sending));
  }

  async #tellAll(line: Line): Promise<void> {
    while (!line.stopped.signal.aborted) {
      const next = this.#due(line.id);
      if (!next) return;
      if (!(await this.#tell(line, ...next))) return;
    }
  }

  /** What a destination has to hear next. */
  #due(id: string): readonly [name: string, alert: KnownAlert, notice: Notice] | undefined {
    const { state, now } = this.#options;
    const { alerts, silences } = state();
    for (const [name, alert] of alerts) {
      if ((silences.get(alert.rule) ?? 0) > now()) continue;
      const told = alert.told.get(id);
      if (alert.resolvedAt !== undefined) {
        if (told && told.notice !== 'resolved') return [name, alert, 'resolved'];
      } else if (!told) return [name, alert, 'fired'];
      else if (now() - told.at >= this.#repeatMs) return [name, alert, 'repeated'];
    }
    return undefined;
  }

  /** Whether it could be told, and that could be recorded. */
  async #tell(line: Line, name: string, alert: KnownAlert, notice: Notice): Promise<boolean> {
    const { type } = line.destination;
    try {
      await this.#send(line, name, alert, notice);
      notifications.inc({ type, result: 'succeeded' });
      await this.#options.told(name, line.id, notice);
      if (line.status.failures > 0) this.#options.logger.info({ destination: line.status.name }, 'alerts can be told again');
      line.status = { name: line.status.name, state: 'well', failures: 0 };
      return true;
    } catch (error) {
      if (line.stopped.signal.aborted) return false;
      notifications.inc({ type, result: 'failed' });
      const problem = error instanceof GatewayError ? `${error.code}: ${error.message}` : describeFailure(error);
      const failures = line.status.failures + 1;
      if (failures === 1)
        this.#options.logger.warn({ destination: line.status.name, problem }, 'an alert could not be told; it is tried again');
      line.status = { name: line.status.name, state: 'failing', failures, problem };
      line.notBefore = this.#options.now() + backoffMs(failures, FIRST_RETRY_MS, MAX_RETRY_MS, this.#options.random);
      return false;
    }
  }

  async #send({ destination, id, stopped }: Line, name: string, alert: KnownAlert, notice: Notice): Promise<void> {
    const { gatewayId, version, senders, now } = this.#options;
    const signal = AbortSignal.any([stopped.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    // The same for the same notice, so that a receiver can drop what comes twice.
    const key = `${gatewayId}:${name}:${alert.firedPosition}:${notice}:${notice === 'repeated' ? (alert.told.get(id)?.at ?? 0) : 0}`;
    if (destination.type === 'webhook') {
      const { url, secret } = destination;
      const body = JSON.stringify(webhookBody(name, alert, notice, { id: gatewayId, version }));
      const timestamp = String(Math.floor(now() / 1000));
      const headers = {
        'content-type': 'application/json',
        'user-agent': `OpenClaw-Gateway/${version}`,
        'idempotency-key': key,
        'x-openclaw-gateway': gatewayId,
        'x-openclaw-timestamp': timestamp,
        ...(secret !== undefined && { 'x-openclaw-signature': signWebhook(secret, timestamp, body) }),
      };
      return sendTo(url, { method: 'POST', headers, body, signal });
    }
    const { channel, account, to, kind } = destination;
    const bytes = createHash('sha256').update(key).digest().subarray(0, 16);
    const outbound = { deliveryId: idFromBytes('delivery', bytes), messageId: idFromBytes('message', bytes), attempt: 1 };
    await senders.send(channel, account, { ...outbound, to: { kind, id: to }, text: sentence(name, alert, notice) }, signal);
  }

  /** Whom it writes to is no secret of the log's, but a person's number is nobody's business there. */
  #idOf(destination: AlertDestination): string {
    const { type } = destination;
    const parts = type === 'webhook' ? [destination.url] : [destination.channel, destination.account, destination.kind, destination.to];
    const hash = Buffer.from(this.#options.pseudonym(`alert-destination:${JSON.stringify(parts)}`)).toString('hex');
    return `${type}:${hash.slice(0, 16)}`;
  }
}

function newLine(id: string, destination: AlertDestination): Line {
  const name =
    destination.type === 'webhook' ? `webhook ${shownEndpoint(destination.url)}` : `channel ${destination.channel}/${destination.account}`;
  return {
    id,
    destination,
    stopped: new AbortController(),
    sending: undefined,
    status: { name, state: 'well', failures: 0 },
    notBefore: 0,
  };
}

/** What a person reads. */
export function sentence(name: string, alert: KnownAlert, notice: Notice): string {
  const { severity, what, firedAt, resolvedAt } = alert;
  if (notice === 'resolved') {
    const minutes = Math.max(1, Math.round(((resolvedAt ?? firedAt) - firedAt) / 60_000));
    return `Over after ${minutes} min: ${name}`;
  }
  const since = notice === 'repeated' ? ` (since ${new Date(firedAt).toISOString()})` : '';
  return `${severity === 'info' ? 'Note' : severity === 'warning' ? 'Warning' : 'Critical'}: ${name}${since}\n${what}`;
}

function webhookBody(name: string, alert: KnownAlert, notice: Notice, gateway: { readonly id: string; readonly version: string }) {
  const { rule, labels, severity, what, value, threshold, firedAt, resolvedAt } = alert;
  return {
    type: 'alert',
    notice,
    text: sentence(name, alert, notice),
    alert: {
      name,
      rule,
      labels,
      severity,
      what,
      value,
      ...(threshold !== undefined && { threshold }),
      firedAt: new Date(firedAt).toISOString(),
      ...(resolvedAt !== undefined && { resolvedAt: new Date(resolvedAt).toISOString() }),
    },
    gateway,
  };
}
