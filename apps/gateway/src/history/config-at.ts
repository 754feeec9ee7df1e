import { Config } from '@openclaw-gateway/events';
import type { Moment } from './moment.ts';
import { foldTo, type LogOfThePast } from './reader.ts';

/** The configuration that was in force: the hash of its file, and what was written in it with its secrets masked. */
export type ConfigAt = {
  /** Absent before the gateway recorded its first configuration. */
  readonly hash?: string;
  /** Absent where an older gateway recorded the hash alone. */
  readonly document?: Readonly<Record<string, unknown>>;
};

export function configAt(log: LogOfThePast, at: Moment): Promise<ConfigAt> {
  return foldTo(log, Config, 'config', at.position);
}
