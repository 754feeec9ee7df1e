/**
 * Who looked at what and who did what: recorded for every door in the same way; who was not allowed to is recorded by access. The doors say what a call
 * is (`http.ts` and its siblings in the doors); whether it is allowed is not decided here.
 */
import {
  type Actor,
  AuditAccessed,
  AuditActionEnded,
  AuditActionRequested,
  AuditRevealed,
  type EventMetadata,
  type GatewayError,
  type NewEvent,
  toGatewayError,
} from '@openclaw-gateway/events';
import { clientIn } from '../access/client-event.ts';
import type { AccessRequest, Caller, RecordEvent } from '../access/index.ts';
import { isProvedFresh, requireFreshProof } from '../access/people/step-up.ts';
import { mayDo } from '../access/roles.ts';
import { type AuditSettings, isOn, isRecorded } from './kinds.ts';
import { createBoundaryMask, maskedKeys } from './mask.ts';
import { AuditQueue, unavailable } from './queue.ts';
import { Windows } from './windows.ts';

export type AuditDoor = 'http' | 'websocket' | 'dashboard';
export type AuditTarget = { readonly kind: string; readonly id?: string };

/** Who asks, from where and at which door. */
export type Asker = { readonly caller: Caller; readonly socket: AccessRequest['socket']; readonly door: AuditDoor };

/** Somebody looks at what the log holds. */
export type Looking = {
  readonly operation: 'list' | 'read' | 'search' | 'follow' | 'fetch';
  readonly target: AuditTarget;
  readonly query?: string;
};

/** Somebody does something to the gateway. */
export type Acting = { readonly action: string; readonly target?: AuditTarget; readonly reason?: string };

/** Records how an action ended; resolves once it is durable or waits to be. */
export type Ended = (problem?: GatewayError) => Promise<void>;

export type Audit = {
  /** Records that somebody looks. Throws `AUDIT_UNAVAILABLE` while that cannot be recorded. */
  look(asker: Asker, looking: Looking): void;
  /** Records what is about to be done. Rejects with `AUDIT_UNAVAILABLE` when that cannot be recorded: then it must not be done. */
  begin(asker: Asker, acting: Acting): Promise<Ended>;
  /** Does something between recording that it was asked for and how it ended. */
  act<T>(asker: Asker, acting: Acting, perform: () => Promise<T>): Promise<T>;
  /**
   * What is shown of a value: masked, unless the asker may see what is masked, which is recorded. A login is shown what is masked only
   * where it asks for it (`revealed`), or with a fresh proof outside of the dashboard: somebody else may sit at the browser.
   */
  shown<T>(asker: Asker, target: AuditTarget, value: T): T;
  /** The value as it is, which is recorded. Throws `STEP_UP_REQUIRED`, for a login without a fresh proof. */
  revealed<T>(asker: Asker, target: AuditTarget, value: T): T;
  close(): Promise<void>;
};

export type AuditOptions = {
  readonly settings: () => AuditSettings;
  /** Appends to the log and gives the position. */
  readonly append: (streamId: string, event: NewEvent, metadata: EventMetadata) => Promise<number>;
  /** A keyed hash: stands for an address in events. */
  readonly pseudonym: (text: string) => Uint8Array;
  readonly logger: { warn(details: object, message: string): void };
};

const STREAM = 'audit';
const MOST_QUERY = 300;
const MOST_REASON = 500;
const MOST_NAME = 128;
const MOST_FIELDS = 20;

/** Appends only what the configuration wants recorded. */
export function recordIfOn(record: RecordEvent, settings: () => AuditSettings): RecordEvent {
  return async (streamId, event, metadata) => (isRecorded(event.type, settings()) ? await record(streamId, event, metadata) : undefined);
}

export function createAudit({ settings, append, pseudonym, logger }: AuditOptions): Audit {
  const queue = new AuditQueue(logger);
  const looks = new Windows<{ asker: Asker; looking: Looking }>(({ asker, looking }, times) => {
    const { client, metadata } = from(asker);
    const { query, ...rest } = looking;
    // What was searched for may name somebody: without an address there is no key to seal it with.
    const sealed = client && query ? { query: query.slice(0, MOST_QUERY) } : {};
    const data = { ...rest, target: named(looking.target), ...sealed, door: asker.door, times, ...client };
    queue.add(() => append(STREAM, AuditAccessed.create(data), metadata));
  });
  const reveals = new Windows<{ asker: Asker; target: AuditTarget; fields: readonly string[] }>(({ asker, target, fields }, times) => {
    const { client, metadata } = from(asker);
    const names = fields.slice(0, MOST_FIELDS).map(shortName);
    const data = { target: named(target), fields: names, door: asker.door, times, ...client };
    queue.add(() => append(STREAM, AuditRevealed.create(data), metadata));
  });

  function from({ caller, socket }: Asker): { readonly client: object | undefined; readonly metadata: EventMetadata } {
    const { subject, client } = clientIn(socket, pseudonym);
    const actor: Actor = caller.actor;
    return { client: client && { client }, metadata: { actor, ...(subject && { subject }) } };
  }

  function recordReveal<T>(asker: Asker, target: AuditTarget, value: T): T {
    const { masking } = settings();
    const fields = masking.enabled && isOn(settings(), 'data_access') ? maskedKeys(masking, value) : [];
    if (fields.length > 0) reveals.add(keyOf(asker, 'reveal', target), { asker, target, fields });
    return value;
  }

  const audit: Audit = {
    look(asker, looking) {
      if (!isOn(settings(), 'data_access')) return;
      const refusal = queue.refusal();
      if (refusal) throw refusal;
      looks.add(keyOf(asker, looking.operation, looking.target, looking.query), { asker, looking });
    },
    async begin(asker, acting) {
      if (!isOn(settings(), 'admin_action')) return async () => undefined;
      const refusal = queue.refusal();
      if (refusal) throw refusal;
      const { client, metadata } = from(asker);
      const what = { action: shortName(acting.action), ...targetOf(acting), door: asker.door };
      const reason = acting.reason ? { reason: acting.reason.slice(0, MOST_REASON) } : {};
      const requestedAt = await append(STREAM, AuditActionRequested.create({ ...what, ...reason, ...client }), metadata).catch(
        (error: unknown) => {
          throw unavailable(error);
        },
      );
      return async (problem) => {
        const outcome = problem ? 'failure' : 'success';
        const said = problem ? { problem: { code: problem.code, message: problem.message.slice(0, 2000) } } : {};
        const event = AuditActionEnded.create({ ...what, outcome, ...said, requestedAt, ...client });
        await append(STREAM, event, metadata).catch(() => queue.add(() => append(STREAM, event, metadata)));
      };
    },
    async act(asker, acting, perform) {
      const ended = await audit.begin(asker, acting);
      try {
        const result = await perform();
        await ended();
        return result;
      } catch (thrown) {
        await ended(toGatewayError(thrown));
        throw thrown;
      }
    },
    shown(asker, target, value) {
      const { masking } = settings();
      if (!masking.enabled) return value;
      const { caller, door } = asker;
      const sees = mayDo(caller, 'content.reveal') && (caller.method !== 'session' || (door !== 'dashboard' && isProvedFresh(caller)));
      return sees ? recordReveal(asker, target, value) : createBoundaryMask(masking)(value);
    },
    revealed(asker, target, value) {
      requireFreshProof(asker.caller);
      return recordReveal(asker, target, value);
    },
    async close() {
      looks.close();
      reveals.close();
      await queue.close();
    },
  };
  return audit;
}

/** Records nothing and masks nothing: for tests of what stands behind a door. */
export const NO_AUDIT: Audit = {
  look: () => undefined,
  begin: async () => async () => undefined,
  act: (_asker, _acting, perform) => perform(),
  shown: (_asker, _target, value) => value,
  revealed: (_asker, _target, value) => value,
  close: async () => undefined,
};

function keyOf({ caller, socket, door }: Asker, what: string, target: AuditTarget | undefined, more = ''): string {
  return JSON.stringify([caller.actor.id, socket?.remoteAddress, door, what, target?.kind, target?.id, more]);
}

function targetOf({ target }: Acting): { readonly target?: AuditTarget } {
  return target ? { target: named(target) } : {};
}

function named({ kind, id }: AuditTarget): AuditTarget {
  return { kind: shortName(kind), ...(id && { id: shortName(id) }) };
}

function shortName(text: string): string {
  return text.slice(0, MOST_NAME);
}
