import { expect, test } from 'vitest';
import { judgeOrigin } from './origin.ts';

const closed = { enabled: true, origins: [] };

test.each([
  [undefined, 'gw:1', closed, 'none'],
  ['http://gw:1', 'gw:1', closed, 'same'],
  ['https://GW:1', 'gw:1', closed, 'same'],
  ['http://gw:2', 'gw:1', closed, 'refused'],
  ['http://gw.evil.example', 'gw', closed, 'refused'],
  ['null', 'gw:1', closed, 'refused'],
  ['no url', undefined, closed, 'refused'],
  ['https://a.example', 'gw:1', { enabled: true, origins: ['https://a.example/'] }, 'listed'],
  ['https://a.example.evil.example', 'gw:1', { enabled: true, origins: ['https://a.example'] }, 'refused'],
  ['https://b.example', 'gw:1', { enabled: true, origins: ['https://a.example', '*'] }, 'any'],
  ['https://a.example', 'gw:1', { enabled: false, origins: ['*', 'https://a.example'] }, 'refused'],
  ['http://gw:1', 'gw:1', { enabled: false, origins: [] }, 'same'],
  ['https://gate.example', '127.0.0.1:1', { ...closed, publicUrl: 'https://gate.example/' }, 'same'],
  ['https://gate.example:8443', '127.0.0.1:1', { ...closed, publicUrl: 'https://gate.example:8443' }, 'same'],
  ['http://gate.example', '127.0.0.1:1', { ...closed, publicUrl: 'https://gate.example' }, 'refused'],
] as const)('C4 a page of %s at host %s is judged as gateway.auth.cors.{enabled,origins} say', (origin, host, rules, verdict) => {
  expect(judgeOrigin(origin, host, rules)).toBe(verdict);
});
