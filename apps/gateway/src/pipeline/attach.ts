/** Files that a tool gives to go out with the answer: stored before the call's end is in the log, which refers to them. */
import { type Attachment, type ErrorCode, GatewayError } from '@openclaw-gateway/events';
import type { InboundAttachment, OutboundAttachment, ToolContext } from '@openclaw-gateway/sdk';
import type { PipelineContext } from './context.ts';

/** A file of a tool, for the model alone to see where it says so. */
type GivenFile = Attachment & { readonly toModel?: boolean };

export type FilesOfCall = {
  readonly attach: NonNullable<ToolContext['attach']>;
  readonly show: NonNullable<ToolContext['show']>;
  readonly given: () => GivenFile[];
  /** Once the call's end is committed, or never will be. */
  readonly release: () => void;
};

/** `already`: how many files go out with the answer so far. */
export function filesOfCall({ attachments, config }: Pick<PipelineContext, 'attachments' | 'config'>, already: number): FilesOfCall {
  const given: GivenFile[] = [];
  const releases: (() => void)[] = [];
  const keep = async (file: InboundAttachment, toModel: boolean) => {
    const { maxPerMessage } = config().config.attachments;
    const before = given.filter((other) => (other.toModel ?? false) === toModel).length;
    if (before + (toModel ? 0 : already) >= maxPerMessage) {
      throw new GatewayError('ATTACHMENTS_TOO_MANY', {
        message: `An answer may have ${maxPerMessage} files (attachments.maxPerMessage).`,
      });
    }
    if (!attachments) throw new GatewayError('ATTACHMENT_UNAVAILABLE', { message: 'No files are kept here.' });
    const taken = await attachments.take([file]);
    releases.push(taken.release);
    const [attachment] = taken.attachments;
    const problem = attachment?.problem;
    if (!attachment || problem)
      throw GatewayError.fromBody({ code: (problem?.code ?? 'INTERNAL') as ErrorCode, message: problem?.message ?? '' });
    given.push(toModel ? { ...attachment, toModel } : attachment);
    const { name, mimeType, size } = attachment;
    return { name, mimeType, size };
  };
  return {
    attach: (file) => keep(file, false),
    show: (file) => keep(file, true),
    given: () => given,
    release: () => releases.forEach((release) => void release()),
  };
}

/** The files of a delivery as a channel takes them. */
export function outboundFiles(
  { attachments }: Pick<PipelineContext, 'attachments'>,
  files: readonly Attachment[] = [],
): { readonly attachments?: readonly OutboundAttachment[] } {
  if (!attachments || files.length === 0) return {};
  return {
    attachments: files.map((file) => ({ name: file.name, mimeType: file.mimeType, size: file.size, bytes: () => attachments.read(file) })),
  };
}
