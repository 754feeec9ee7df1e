/** Records that somebody who is known was refused something. */
import { AuthForbidden, type GatewayError } from '@openclaw-gateway/events';
import { clientIn } from './client-event.ts';
import { foldRepeats } from './folding.ts';
import type { AccessRequest, Caller, RecordEvent } from './index.ts';

export type Refusal = {
  readonly door: 'http' | 'websocket' | 'dashboard';
  readonly caller: Caller;
  /** What was called, as the tables name it. */
  readonly target: string;
  /** The permission that is missing, or the rule that does not let in. */
  readonly rule: string;
  readonly error: GatewayError;
  readonly client: AccessRequest['socket'];
};

export type Refusals = { add(refusal: Refusal): void; close(): Promise<void> };

/** Refusals of one caller for one reason are folded, so that nobody can fill the log with them. */
export function createRefusals(options: {
  readonly record: RecordEvent;
  readonly pseudonym: (text: string) => Uint8Array;
  readonly logger: { warn(details: object, message: string): void };
}): Refusals {
  const folding = foldRepeats<Refusal>(async (_, { door, caller, target, rule, error, client }, times) => {
    const { subject, client: from } = clientIn(client, options.pseudonym);
    const event = AuthForbidden.create({
      method: caller.method,
      door,
      target,
      rule,
      roles: [...caller.roles],
      problem: { code: error.code, message: error.message },
      times,
      ...(from && { client: from }),
    });
    await options
      .record('auth', event, { actor: caller.actor, ...(subject && { subject }) })
      .catch((thrown: unknown) => options.logger.warn({ err: thrown, code: error.code }, 'a refusal was not recorded'));
  });
  const recorded = new WeakSet<GatewayError>();
  return {
    add(refusal) {
      // Who passes an error on may record it again.
      if (recorded.has(refusal.error)) return;
      recorded.add(refusal.error);
      folding.add(`${refusal.caller.actor.id}\0${refusal.rule}`, refusal);
    },
    close: folding.close,
  };
}
