/** Files that a tool gives to go out with the answer: stored before the call's end is in the log, which refers to them. */
import { type Attachment, type ErrorCode, GatewayError } from '@openclaw-gateway/events';
import type { OutboundAttachment, ToolContext } from '@openclaw-gateway/sdk';
import type { PipelineContext } from './context.ts';

export type FilesOfCall = {
  readonly attach: NonNullable<ToolContext['attach']>;
  readonly given: () => Attachment[];
  /** Once the call's end is committed, or never will be. */
  readonly release: () => void;
};

/** `already`: how many files go out with the answer so far. */
export function filesOfCall({ attachments, config }: Pick<PipelineContext, 'attachments' | 'config'>, already: number): FilesOfCall {
  const given: Attachment[] = [];
  const releases: (() => void)[] = [];
  return {
    attach: async (file) => {
      const { maxPerMessage } = config().config.attachments;
      if (already + given.length >= maxPerMessage) {
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
      given.push(attachment);
      const { name, mimeType, size } = attachment;
      return { name, mimeType, size };
    },
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
