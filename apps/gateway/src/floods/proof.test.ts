import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { bitsFor, createProofs, PASS_MS, zeroBits } from './proof.ts';
import { PROOF_PAGE_POLICY, proofPage } from './proof-page.ts';

function solve(challenge: string, bits: number): string {
  for (let answer = 0; ; answer++) if (zeroBits(challenge, String(answer)) >= bits) return String(answer);
}

test('a solution earns a pass that is good for its address, its difficulty and its time', () => {
  let now = 1_000_000;
  const proofs = createProofs({ now: () => now });
  const { challenge, bits } = proofs.puzzle('a', 8);
  const redeemed = proofs.redeem('a', challenge, solve(challenge, bits));
  if (!('pass' in redeemed)) throw new Error(redeemed.problem);
  expect([8, 9, 10].map((wanted) => proofs.accepts('a', redeemed.pass, wanted))).toEqual([true, true, false]);
  expect(proofs.accepts('b', redeemed.pass, 8)).toBe(false);
  expect(proofs.accepts('a', `${redeemed.pass.slice(0, -1)}${redeemed.pass.endsWith('A') ? 'B' : 'A'}`, 8)).toBe(false);
  expect(proofs.accepts('a', challenge, 8)).toBe(false);
  expect(createProofs({ now: () => now }).accepts('a', redeemed.pass, 8)).toBe(false);
  now += PASS_MS;
  expect(proofs.accepts('a', redeemed.pass, 8)).toBe(false);
});

test('a wrong answer, another address, a forged puzzle and one that is too old earn nothing', () => {
  let now = 1_000_000;
  const proofs = createProofs({ now: () => now });
  const { challenge } = proofs.puzzle('a', 8);
  const answer = solve(challenge, 8);
  const wrong = Array.from({ length: 1000 }, (_, at) => String(at)).find((each) => zeroBits(challenge, each) < 8) ?? '';
  const problemOf = (network: string, puzzle: string, given: string) => 'problem' in proofs.redeem(network, puzzle, given);
  expect(problemOf('a', challenge, wrong)).toBe(true);
  expect(problemOf('b', challenge, answer)).toBe(true);
  expect(problemOf('a', challenge.replace(/\.8\./, '.1.'), answer)).toBe(true);
  for (const puzzle of ['', 'x', '....', '9'.repeat(200), `${challenge}\n`]) expect(problemOf('a', puzzle, answer)).toBe(true);
  now += 5 * 60_000;
  expect(problemOf('a', challenge, answer)).toBe(true);
});

test('a puzzle is harder the more unusual the traffic is', () => {
  expect([0, 0.5, 1].map(bitsFor)).toEqual([14, 17, 20]);
});

test('the page speaks the language of the browser, and its policy allows its own script and nothing from elsewhere', () => {
  const puzzle = createProofs().puzzle('a', 14);
  expect(proofPage(puzzle, 'de, en')).toContain('<html lang="en">');
  const chinese = proofPage(puzzle, 'zh-CN,zh;q=0.9');
  expect(chinese).toContain('<html lang="zh-CN">');
  expect(chinese).toContain('请稍候');
  expect(chinese).not.toMatch(/(src|href)=|https?:/);
  expect(PROOF_PAGE_POLICY).toMatch(/^default-src 'none'; script-src 'sha256-[\w+/=]+'; style-src 'sha256-[\w+/=]+'; connect-src 'self';/);
  for (const said of ['role="status"', 'aria-label=', '<noscript>', 'name="viewport"', '<title>']) expect(chinese).toContain(said);
});

test.each([1, 8, 24, 40])(
  'the script of the page finds an answer that solves the puzzle, whatever the length of it (%i more)',
  async (more) => {
    const { challenge } = createProofs().puzzle('a', 10);
    const puzzle = { challenge: challenge + 'x'.repeat(more), bits: 10 };
    const script = /<script>([\s\S]*)<\/script>/.exec(proofPage(puzzle, 'en'))?.[1] ?? '';
    const sent = Promise.withResolvers<{ challenge: string; answer: string }>();
    const element = { textContent: '', value: 0, dataset: { challenge: puzzle.challenge, bits: '10' } };
    runInNewContext(script, {
      document: { querySelector: () => element, getElementById: () => element },
      location: { reload: () => undefined },
      performance,
      setTimeout,
      TextEncoder,
      fetch: async (_: string, { body }: { body: string }) => {
        sent.resolve(JSON.parse(body));
        return { ok: true };
      },
    });
    const { answer } = await sent.promise;
    expect(zeroBits(puzzle.challenge, answer)).toBeGreaterThanOrEqual(10);
  },
);
