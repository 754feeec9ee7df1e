import { expect, test } from 'vitest';
import { pathOf } from './head.ts';

test.each([
  ['/healthz?x=1', '/healthz?x=1'],
  ['http://gate.example/healthz', '/healthz'],
  ['HTTPS://gate.example:8443?x=1', '/?x=1'],
  ['http://gate.example', '/'],
  ['*', '*'],
])('the path of the target %s is %s', (target, path) => {
  expect(pathOf(target)).toBe(path);
});
