import { CspEvaluator } from 'csp_evaluator/dist/evaluator.js';
import { Severity } from 'csp_evaluator/dist/finding.js';
import { CspParser } from 'csp_evaluator/dist/parser.js';
import { expect, it } from 'vitest';
import { NO_PAGE } from './headers.ts';
import { contentPolicy } from './pages.ts';

const PAGE = '<html><script src="/a.js"></script><script>start("one")</script><style>p { color: red }</style><script></script></html>';

/** What is wrong with a policy, beyond what only might be; `'self'` is such a thing: the gateway serves no script that is not its own. */
const findings = (policy: string) =>
  new CspEvaluator(new CspParser(policy).csp)
    .evaluate()
    .filter(({ severity }) => severity <= Severity.MEDIUM)
    .map(({ directive, value, description }) => `${directive} ${value ?? ''}: ${description}`);

it('T18 the policy of a page stands before a judge of policies, and so does that of answers', () => {
  expect(findings(contentPolicy(PAGE))).toEqual([]);
  expect(findings(NO_PAGE)).toEqual([]);
  expect(findings("script-src 'unsafe-inline'")).not.toEqual([]);
});

it('T18 a page may run and show what is in it by its hash, and nothing else inline', () => {
  const policy = contentPolicy(PAGE);
  expect(policy).not.toContain('unsafe');
  expect(policy.match(/'sha256-/g)).toHaveLength(2);
  expect(policy).toMatch(/style-src 'self' 'sha256-\S+';/);
  expect(policy).toContain("frame-ancestors 'none'");
  expect(contentPolicy('<p>no script</p>')).toContain("script-src 'self';");
});
