/** The shape of a method. Methods translate between the protocol and the parts; they decide nothing. */
import type { z } from 'zod';
import type { Reach } from '../../access/permissions.ts';
import type { Parts } from '../../parts.ts';
import type { Connection, Member } from '../connection.ts';
import type { RunIndex } from '../runs.ts';
import type { Scope } from '../scopes.ts';

export type MethodContext = {
  readonly parts: Parts;
  readonly runs: RunIndex;
  readonly connection: Connection;
  readonly member: Member;
  /** Whose conversations the call reaches. */
  readonly reach: Reach;
  /** Sends a first answer to the same request; the returned payload is the last one. */
  readonly respond: (payload: object) => void;
};

export type Method = {
  readonly name: string;
  readonly scope: Scope;
  readonly params: z.ZodType;
  /** Throws a `GatewayError`, which becomes the error response. */
  readonly run: (params: never, context: MethodContext) => Promise<object>;
};

/** Declares a method with its parameters' type inferred. @example defineMethod({ name: 'status', scope: 'operator.read', params: z.strictObject({}), run: async () => ({}) }) */
export function defineMethod<S extends z.ZodType>(method: {
  readonly name: string;
  readonly scope: Scope;
  readonly params: S;
  readonly run: (params: z.output<S>, context: MethodContext) => Promise<object>;
}): Method {
  return method;
}
