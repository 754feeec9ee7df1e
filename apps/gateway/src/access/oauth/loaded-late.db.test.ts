import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const LIBRARIES = /node_modules\/(openid-client|oauth4webapi|jose)\//;

/** What a process has loaded once it has run this code. */
async function loadedBy(code: string): Promise<readonly string[]> {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    ${code}
    console.log(JSON.stringify(loaded));
    process.exit(0);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { maxBuffer: 1e7 });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '[]') as string[];
}

const at = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);

test('a gateway loads neither library of sign-in before somebody signs in', async () => {
  const gateway = await loadedBy(`await import(${at('../../gateway.ts')});`);
  expect(gateway.some((url) => url.endsWith('/access/oauth/provider.ts'))).toBe(true);
  expect(gateway.filter((url) => LIBRARIES.test(url))).toEqual([]);
  const used = await loadedBy(`
    const { createAccessTokens } = await import(${at('../access-tokens.ts')});
    await createAccessTokens({ gatewayId: 'gw_1', settings: () => ({ secret: 'x'.repeat(32), expiry: 1000 }) }).read('a.b.c');`);
  expect(used.some((url) => LIBRARIES.test(url))).toBe(true);
});
