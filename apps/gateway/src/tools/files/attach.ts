/** Sending a file of the workspace along with the answer. */
import { basename } from 'node:path';
import { GatewayError } from '@openclaw-gateway/events';
import { defineTool } from '@openclaw-gateway/sdk';
import { z } from 'zod';
import type { ToolHost } from '../host.ts';
import { pathParameter } from '../workspace/paths.ts';

const PART_BYTES = 1024 * 1024;

export const attachTool = (workspace: ToolHost['workspace']) =>
  defineTool({
    name: 'files.attach',
    description: 'Sends a file of the workspace along with your answer. Call it once for each file.',
    parameters: z.strictObject({ path: pathParameter('The file, from the workspace on, such as "reports/june.pdf".') }),
    effect: 'write',
    sandbox: 'workspace',
    run: async ({ path }, { agentId, attach }) => {
      if (!attach) throw new GatewayError('TOOL_FAILED', { message: 'Files cannot be sent from here.' });
      const files = await workspace(agentId);
      const { sizeBytes } = await files.read(path, 0);
      async function* parts() {
        for (let offset = 0; offset < sizeBytes; ) {
          const { bytes } = await files.read(path, PART_BYTES, offset);
          if (bytes.length === 0) return;
          yield bytes;
          offset += bytes.length;
        }
      }
      return { path, attached: await attach({ name: basename(path), size: sizeBytes, open: async () => parts() }) };
    },
  });
