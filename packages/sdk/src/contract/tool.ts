import { GatewayError } from '@openclaw-gateway/events';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { ToolDefinition } from '../tool.ts';

export type ToolExamples = {
  /** Arguments that the tool takes, with what it then returns or a part of it. */
  readonly valid: readonly { readonly args: unknown; readonly result: Readonly<Record<string, unknown>> }[];
  /** Arguments that it refuses, by its parameters or with TOOL_BAD_ARGUMENTS. */
  readonly invalid: readonly unknown[];
};

const MOST_RESULT_BYTES = 64 * 1024;

/** Runs the contract of a tool. @example toolContract(clockNow, { valid: [{ args: {}, result: { timezone: 'UTC' } }], invalid: [{ timezone: 3 }] }) */
export function toolContract(tool: ToolDefinition, examples: ToolExamples): void {
  describe(`tool contract: ${tool.name}`, () => {
    const context = { agentId: 'main', sessionId: 'ses_1', runId: 'run_1', callId: 'call_1', signal: new AbortController().signal };

    test('A5 it is described for a model', () => {
      expect(tool.name).toMatch(/^[a-z][a-z0-9]*(\.[a-z][a-z0-9_]*)+$/);
      expect(tool.description.length).toBeGreaterThan(20);
      expect(z.toJSONSchema(tool.parameters, { io: 'input' })).toMatchObject({ type: 'object' });
    });

    test.each(examples.valid)('A5 it takes $args', async ({ args, result }) => {
      const returned = await tool.run(tool.parameters.parse(args), context);
      expect(JSON.parse(JSON.stringify(returned))).toEqual(returned);
      expect(Buffer.byteLength(JSON.stringify(returned))).toBeLessThanOrEqual(MOST_RESULT_BYTES);
      expect(returned).toMatchObject(result);
    });

    test.each(examples.invalid.map((args) => ({ args })))('A5 it refuses $args', async ({ args }) => {
      const parsed = tool.parameters.safeParse(args);
      if (!parsed.success) return;
      const error = await tool.run(parsed.data, context).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(GatewayError);
      expect(error).toMatchObject({ code: 'TOOL_BAD_ARGUMENTS' });
    });
  });
}
