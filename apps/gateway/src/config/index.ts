/**
 * The configuration: what a file may say, what is in force, and how it is changed. Nothing here knows what the keys do.
 * Keys have the names of the file; durations are milliseconds and sizes bytes.
 */

export type { ConfigKey } from './keys.ts';
export { configKeys, writtenDefaults } from './keys.ts';
export { loadConfig } from './load.ts';
export type { ReadConfig, ReadOptions } from './read.ts';
export { readConfig, sentence } from './read.ts';
export type { AgentConfig } from './schema/agents.ts';
export type { GatewayToken } from './schema/auth.ts';
export type { ChannelAccountConfig, ChannelConfig } from './schema/channels.ts';
export { isTls13Suite } from './schema/cipher-suites.ts';
export type { HookConfig } from './schema/hooks.ts';
export type { Config } from './schema/index.ts';
export type { ModelPrices, ModelProviderConfig } from './schema/models.ts';
export type { Certificate } from './schema/network.ts';
export type { Bytes, Milliseconds } from './schema/values.ts';
export { maskSecrets, secrets } from './secrets.ts';
export type { ConfigStoreOptions } from './store.ts';
export { openConfigStore } from './store.ts';
export type {
  ConfigChange,
  ConfigEdit,
  ConfigListener,
  ConfigSnapshot,
  ConfigSource,
  ConfigStore,
  ConfigUpdate,
  FileChange,
  Finding,
  RecordConfigEvent,
  Unapplied,
} from './types.ts';
