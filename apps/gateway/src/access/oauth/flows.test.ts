import { expect, test } from 'vitest';
import { createFlows, FLOW_LIFETIME_MS, type Flow } from './flows.ts';

const flow: Flow = { nonce: 'n', codeVerifier: 'v', client: 'c', next: '/' };

test('a sign-in counts once, in the browser that began it', () => {
  const flows = createFlows();
  const { state, browserSecret } = flows.begin(flow, '192.0.2.1', 0);
  expect(state).toMatch(/^[\w-]{43}$/);
  expect(browserSecret).toMatch(/^[\w-]{43}$/);
  expect(flows.take(state, browserSecret, 1)).toEqual(flow);
  expect(flows.take(state, browserSecret, 2)).toBe('unknown');
});

test('another browser uses it up without getting anything', () => {
  const flows = createFlows();
  const one = flows.begin(flow, 'a', 0);
  const two = flows.begin(flow, 'a', 0);
  expect(flows.take(one.state, two.browserSecret, 1)).toBe('other_browser');
  expect(flows.take(one.state, one.browserSecret, 1)).toBe('unknown');
  expect(flows.take(two.state, undefined, 1)).toBe('other_browser');
});

test('it is over after ten minutes', () => {
  const flows = createFlows();
  const at = (ms: number) => {
    const { state, browserSecret } = flows.begin(flow, 'a', 0);
    return flows.take(state, browserSecret, ms);
  };
  expect(at(FLOW_LIFETIME_MS - 1)).toEqual(flow);
  expect(at(FLOW_LIFETIME_MS)).toBe('expired');
});

test('one address cannot push out the sign-ins of others, and all together are bounded', () => {
  const flows = createFlows();
  const mine = flows.begin(flow, 'mine', 0);
  const flood = Array.from({ length: 500 }, () => flows.begin(flow, 'flood', 1));
  expect(flows.take(mine.state, mine.browserSecret, 2)).toEqual(flow);
  expect(flood.filter(({ state, browserSecret }) => flows.take(state, browserSecret, 2) === flow)).toHaveLength(20);

  const many = Array.from({ length: 1500 }, (_, number) => flows.begin(flow, `address ${number}`, 3));
  expect(many.filter(({ state, browserSecret }) => flows.take(state, browserSecret, 4) === flow)).toHaveLength(1000);
});
