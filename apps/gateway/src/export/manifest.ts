/** What an export says of itself, so that whoever receives it can tell that it is whole, and of what. */
import type { Actor } from '@openclaw-gateway/events';
import type { FormatName } from './formats/index.ts';
import type { MaskedFields, MaskingProfile } from './masking.ts';

export type Manifest = {
  readonly format: 'openclaw-audit-export';
  readonly formatVersion: 1;
  readonly eventFormat: FormatName;
  readonly createdAt: string;
  readonly createdBy: Actor;
  readonly gateway: { readonly id: string; readonly version: string };
  readonly query: string;
  /** Of the first and last event; absent where there is none. */
  readonly timeRange?: { readonly first: string; readonly last: string };
  /** The positions that were looked at. */
  readonly seqRange: { readonly first: number; readonly last: number };
  readonly count: number;
  readonly files: readonly ManifestFile[];
  readonly chain: ManifestChain;
  /** The newest signed statement about the log, as in checkpoint.txt. */
  readonly checkpoint?: string;
  readonly masking: { readonly profile: MaskingProfile; readonly fields: Readonly<Record<string, number>>; readonly count: number };
  /** The version of each event type's data. */
  readonly schemaVersions: Readonly<Record<string, number>>;
  /** What should be there and is not. */
  readonly omissions: readonly { readonly reason: 'erased'; readonly count: number }[];
  /** The key that signed this, as the log's checkpoints name it. */
  readonly signature?: { readonly algorithm: 'Ed25519'; readonly keyId: string; readonly verifierKey: string };
};

export type ManifestFile = { readonly name: string; readonly sha256: string; readonly bytes: number; readonly lines: number };

/** Hashes of the log's chain: of its first event, before the first exported event, and of the last one. */
export type ManifestChain = {
  readonly genesis: string;
  readonly first?: { readonly position: number; readonly previousHash: string };
  readonly last?: { readonly position: number; readonly hash: string };
};

/** A manifest as it is written: its bytes are what is hashed and signed. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

export function maskingReport(profile: MaskingProfile, fields: MaskedFields): Manifest['masking'] {
  const sorted = [...fields].sort(([a], [b]) => (a < b ? -1 : 1));
  return { profile, fields: Object.fromEntries(sorted), count: sorted.reduce((sum, [, times]) => sum + times, 0) };
}

/** The note to the person who opens the folder. */
export function readme(manifest: Manifest): string {
  const file = manifest.files[0]?.name ?? 'events';
  return `# Audit export

${manifest.count} events of OpenClaw Gateway ${manifest.gateway.id}, exported ${manifest.createdAt} as ${manifest.eventFormat}.
Query: ${manifest.query === '' ? 'everything' : manifest.query}
Masking: ${manifest.masking.profile} (${manifest.masking.count} values masked)

- \`${file}\`: the events, one a line, in the order of the log${file.endsWith('.gz') ? '; compressed with gzip' : ''}
- \`manifest.json\`: what was exported, with the SHA-256 of each file
- \`manifest.sig\`: the Ed25519 signature of manifest.json, 64 bytes${manifest.signature ? `, by key ${manifest.signature.keyId}` : ' (absent: this gateway had no signing key)'}
- \`gateway.pem\`: the public key of that signature. Compare it with the one that the gateway's owner gave you: whoever changes an export can change this, too
- \`checkpoint.txt\`: the newest signed statement of the gateway about its log${manifest.checkpoint === undefined ? ' (absent: there was none yet)' : ''}

To check it, compare \`sha256sum ${file}\` with the manifest, and the signature with the gateway's public key:

    openssl pkeyutl -verify -rawin -pubin -inkey gateway.pem -in manifest.json -sigfile manifest.sig

The event \`audit.exported\` in the gateway's log holds the SHA-256 of manifest.json.
`;
}
