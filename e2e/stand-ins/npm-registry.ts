/** A local registry of npm: what it says of a package, and the tarballs, as `npm` asks for them; wrong ones on request. */
import { createHash } from 'node:crypto';
import { startHttpServer } from './http-server.ts';

export type PublishedPackage = {
  /** What package.json says. */
  readonly manifest: { readonly name: string; readonly version: string };
  readonly tarball: Buffer;
};

export type NpmRegistry = AsyncDisposable & {
  /** For `npm_config_registry`. */
  readonly url: string;
  readonly publish: (published: PublishedPackage) => void;
  /** From now on sends this in place of the tarball that was published, whose hash it still announces. */
  readonly tamper: (name: string, tarball: Buffer) => void;
  /** The paths that were asked for. */
  readonly asked: readonly string[];
};

export async function startNpmRegistry(): Promise<NpmRegistry> {
  const packages = new Map<string, PublishedPackage[]>();
  const tarballs = new Map<string, Buffer>();
  const asked: string[] = [];
  const pathOf = ({ name, version }: PublishedPackage['manifest']) => `/${name}/-/${name.split('/').at(-1)}-${version}.tgz`;

  const packument = (name: string): object | undefined => {
    const versions = packages.get(name);
    if (!versions) return undefined;
    const described = versions.map(({ manifest, tarball }) => {
      const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
      const shasum = createHash('sha1').update(tarball).digest('hex');
      return [manifest.version, { ...manifest, dist: { tarball: `${server.origin}${pathOf(manifest)}`, integrity, shasum } }] as const;
    });
    return { name, 'dist-tags': { latest: versions.at(-1)?.manifest.version }, versions: Object.fromEntries(described) };
  };

  const server = await startHttpServer(({ url = '/' }, _, response) => {
    const path = decodeURIComponent(url);
    asked.push(path);
    const tarball = tarballs.get(path);
    if (tarball) return void response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(tarball);
    const found = packument(path.slice(1));
    const type = found ? 'application/vnd.npm.install-v1+json' : 'application/json';
    response.writeHead(found ? 200 : 404, { 'content-type': type }).end(JSON.stringify(found ?? { error: 'Not found' }));
  });
  return {
    url: `${server.origin}/`,
    asked,
    publish: (published) => {
      const { manifest, tarball } = published;
      packages.set(manifest.name, [...(packages.get(manifest.name) ?? []), published]);
      tarballs.set(pathOf(manifest), tarball);
    },
    tamper: (name, tarball) => {
      for (const { manifest } of packages.get(name) ?? []) tarballs.set(pathOf(manifest), tarball);
    },
    [Symbol.asyncDispose]: server.close,
  };
}
