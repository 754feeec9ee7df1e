import type { BundleManifest } from './format.ts';

/** What someone reads who has only this file. */
export function readme(manifest: BundleManifest): string {
  const { session, gateway, masking, count, positions, checkpoint } = manifest;
  const masks = {
    none: 'Nothing is masked: whoever has this file can read the whole conversation.',
    default: `Who took part is masked: ${masking.people} names and addresses are written as person-1, person-2 and so on. What was written can be read.`,
    strict: 'Who took part and what was written are masked; what happened, when and in which order can be read.',
  } as const;
  const proof = checkpoint
    ? `\`checkpoint.txt\` is the signed statement of the gateway about its log of ${checkpoint.size} events, and \`proofs.json\` shows for ${checkpoint.covered} of the events here that they are in it. Compare the verifier key with one that you have from somewhere else.`
    : 'There was no checkpoint: the hashes show that the file is whole, not which log it is from.';
  return `# A session of an OpenClaw gateway

Session \`${session.sessionId}\` of gateway \`${gateway.id}\` (version ${gateway.version}): ${count} events, from position ${positions.first} to ${positions.last}.

${masks[masking.profile]}

Files that came or went with messages are left out: the events say what they were.

## Check it

    sha256sum -c SHA256SUMS
    openclaw events import case.ocb --verify

${proof}

## Look at it and run it again

    openclaw events import case.ocb --into ./case
    OPENCLAW_STATE_DIR=./case openclaw sessions show ${session.sessionId}
    OPENCLAW_STATE_DIR=./case openclaw replay session ${session.sessionId}

A replay has no channel, no credential and no network: it sends nothing and asks no model.
`;
}
