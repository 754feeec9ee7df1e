import { describe, expect, test } from 'vitest';
import { guessTarget, kept, localForward, parseTarget, remoteForward } from './tunnel.ts';

const gateway = { host: '127.0.0.1', port: 18789 };
const own = { user: 'anna', hostname: 'desk' };

describe('E2 the command to type', () => {
  test('forwards a port of one’s own machine to the gateway, and one of another machine back to it', () => {
    const target = parseTarget('anna@server.example:2222');
    expect(localForward({ target, gateway, port: 18789 })).toBe('ssh -N -L 18789:127.0.0.1:18789 -p 2222 anna@server.example');
    expect(remoteForward({ target, gateway, port: 8080 })).toBe('ssh -N -R 8080:127.0.0.1:18789 -p 2222 anna@server.example');
    expect(localForward({ target: { host: 'desk' }, gateway: { host: '::', port: 1 }, port: 2 })).toBe('ssh -N -L 2:[::1]:1 desk');
    expect(kept('ssh -N -L 1:2:3 x')).toBe('ssh -N -o ExitOnForwardFailure=yes -o ServerAliveInterval=30 -L 1:2:3 x');
  });

  test('finds the machine by the connection one is signed in with, else by its names', () => {
    expect(guessTarget({ SSH_CONNECTION: '192.0.2.1 50022 198.51.100.7 22' }, own)).toEqual({ user: 'anna', host: '198.51.100.7' });
    expect(guessTarget({ SSH_CONNECTION: '2001:db8::1 50022 2001:db8::7 2222' }, own)).toEqual({
      user: 'anna',
      host: '2001:db8::7',
      port: 2222,
    });
    expect(guessTarget({ SSH_CONNECTION: 'UNKNOWN 65535 UNKNOWN 65535' }, own)).toEqual({ user: 'anna', host: 'desk' });
    expect(guessTarget({}, { ...own, publicHost: 'gateway.example.com' })).toEqual({ user: 'anna', host: 'gateway.example.com' });
  });

  test.each(['-oProxyCommand=x', 'a b', 'a;b', 'u@', '@h', 'u@h:70000', '$(x)', ''])('refuses %j', (text) => {
    expect(() => parseTarget(text)).toThrowError(expect.objectContaining({ code: 'USAGE' }));
  });

  test.each([
    ['host', { host: 'host' }],
    ['u.x@10.0.0.1', { user: 'u.x', host: '10.0.0.1' }],
    ['u@2001:db8::1', { user: 'u', host: '2001:db8::1' }],
    ['u@[2001:db8::1]:22', { user: 'u', host: '2001:db8::1', port: 22 }],
  ])('reads %s', (text, target) => expect(parseTarget(text)).toEqual(target));
});
