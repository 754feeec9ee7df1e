import { describe, expect, test } from 'vitest';
import type { RouteQuestion, RouterDefinition } from '../router.ts';

export type RouterExamples = { readonly decides: readonly { readonly text: string; readonly agentId: string | undefined }[] };

const IN_TIME_MS = 500;

/** Runs the contract of a router. @example routerContract(byWord, { decides: [{ text: 'refund', agentId: 'billing' }] }) */
export function routerContract(router: RouterDefinition, { decides }: RouterExamples): void {
  describe(`router contract: ${router.name}`, () => {
    const question = (text: string): RouteQuestion => ({
      ...{ channel: 'telegram', account: 'default', peer: { kind: 'direct', id: '42' }, senderId: '42', text },
      agentIds: [...new Set(decides.flatMap(({ agentId }) => agentId ?? []))],
    });

    test('A3 it has a short name', () => expect(router.name).toMatch(/^[a-z][a-z0-9-]{0,31}$/));

    test.each(decides)('A3 $text goes to $agentId', async ({ text, agentId }) => {
      const startedAt = performance.now();
      const answer = await router.route(question(text));
      expect(answer.agentId).toBe(agentId);
      expect(answer.reason).toMatch(/\S/);
      expect(performance.now() - startedAt).toBeLessThan(IN_TIME_MS);
      expect(await router.route(question(text))).toEqual(answer);
    });

    test('A3 it takes any text', async () => {
      for (const text of ['', '\u0000', 'x'.repeat(100_000)]) expect(typeof (await router.route(question(text))).reason).toBe('string');
    });
  });
}
