/** Every event the product knows, in one table. An event that is not here cannot be written. */
import type { EventDefinition } from '../define.ts';
import { GatewayError } from '../errors.ts';
import { Alert } from './alert.ts';
import { Audit } from './audit.ts';
import { Auth } from './auth.ts';
import { Backup } from './backup.ts';
import { Budget } from './budget.ts';
import { Certificate } from './certificate.ts';
import { Channel } from './channel.ts';
import { Command } from './command.ts';
import { Config } from './config.ts';
import { Data } from './data.ts';
import { Delivery } from './delivery.ts';
import { Extension } from './extension.ts';
import { Gateway } from './gateway.ts';
import { Message } from './message.ts';
import { Model } from './model.ts';
import { Network } from './network.ts';
import { Pairing } from './pairing.ts';
import { Push } from './push.ts';
import { Remote } from './remote.ts';
import { Route } from './route.ts';
import { Run } from './run.ts';
import { Schedule } from './schedule.ts';
import { Session } from './session.ts';
import { Tool } from './tool.ts';
import { User } from './user.ts';
import { SavedViews } from './view.ts';
import { Witness } from './witness.ts';

export const AGGREGATES = [
  Gateway,
  Remote,
  Channel,
  Message,
  Auth,
  User,
  Route,
  Session,
  Run,
  Model,
  Tool,
  Delivery,
  Config,
  Certificate,
  Data,
  Backup,
  Audit,
  Alert,
  Witness,
  Network,
  Budget,
  Extension,
  Pairing,
  Schedule,
  Command,
  SavedViews,
  Push,
] as const;

export const EVENTS: readonly EventDefinition[] = AGGREGATES.flatMap((aggregate) => aggregate.events as readonly EventDefinition[]);

const BY_TYPE: ReadonlyMap<string, EventDefinition> = new Map(EVENTS.map((event) => [event.type, event]));

/** The definition of an event type, if the catalog has it. */
export function eventDefinition(type: string): EventDefinition | undefined {
  return BY_TYPE.get(type);
}

/**
 * Data as it was stored, brought to the newest schema version. Not validated again: it was when it was written. Of a type that only a newer
 * program has it is as it was stored, since nothing here is folded from it; throws `LOG_TOO_NEW` for a known type in a version of a newer one.
 */
export function upcast(type: string, schemaVersion: number, data: unknown): unknown {
  const definition = BY_TYPE.get(type);
  if (!definition) return data;
  if (schemaVersion > definition.version)
    throw new GatewayError('LOG_TOO_NEW', { details: { type, schemaVersion, known: definition.version } });
  let current = data;
  for (let version = schemaVersion; version < definition.version; version++) {
    current = (definition.upcast[version] as (older: unknown) => unknown)(current);
  }
  return current;
}

/** One sentence about data in the newest schema version. Data that was erased has no sentence of its own. */
export function summarize(type: string, data: unknown): string {
  const definition = BY_TYPE.get(type);
  if (!definition) return ofNewer(type);
  if (data === null || (data as { erased?: boolean }).erased === true) return `${type} (erased)`;
  return definition.summary(data as never);
}

/** One sentence about a stored event, also of one that a newer program wrote. */
export function summaryOf(event: { readonly type: string; readonly schemaVersion: number; readonly data: unknown }): string {
  const { type, schemaVersion } = event;
  return schemaVersion > (BY_TYPE.get(type)?.version ?? 0) ? ofNewer(type) : summarize(type, event.data);
}

const ofNewer = (type: string): string => `${type} (of a newer version)`;
