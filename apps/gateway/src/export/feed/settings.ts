import type { Config } from '../../config/index.ts';
import { type EgressRules, egressRules } from '../../operations/egress/index.ts';
import { chosenClasses, typesOfClasses } from '../audit-classes.ts';
import type { FormatName } from '../formats/index.ts';
import type { MaskingProfile } from '../masking.ts';
import type { FileRules } from './file.ts';

/** What the continuous export does, as plain data for its thread. */
export type FeedSettings = {
  readonly format: FormatName;
  /** A path, `https://…`, `http://…`, `syslog://host:port` or `syslog+tcp://host:port`. */
  readonly destination: string;
  /** Signs what is sent to a webhook. */
  readonly secret?: string;
  /** What the thread may connect to. */
  readonly egress: EgressRules;
  /** For a path: when it is set aside. */
  readonly file: FileRules;
  readonly types: readonly string[];
  readonly masking: { readonly profile: MaskingProfile; readonly fields: readonly string[]; readonly charsToKeep: number };
};

/** The settings that `gateway.logging.audit` makes; nothing where nothing is to be exported. */
export function feedSettings(config: Config): FeedSettings | undefined {
  const { audit } = config.gateway.logging;
  const types = typesOfClasses(chosenClasses(audit));
  if (!audit.export || types.length === 0) return undefined;
  const { format, destination, secret, maxSize, maxFiles } = audit.export;
  return {
    format: format === 'json' ? 'jsonl' : format,
    destination,
    ...(secret !== undefined && { secret }),
    egress: egressRules(config),
    file: { maxSizeBytes: maxSize, maxFiles },
    types,
    masking: maskingOf(audit.masking),
  };
}

/** The masking of everything that is exported without saying how. */
export function maskingOf(masking: Config['gateway']['logging']['audit']['masking']): FeedSettings['masking'] {
  return { profile: masking.enabled ? 'default' : 'none', fields: masking.fields, charsToKeep: masking.charsToMask };
}
