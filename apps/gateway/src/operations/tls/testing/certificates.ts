/** Real certificates for tests, made by openssl. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureProgram } from '../../../../../../scripts/programs.mjs';

const run = promisify(execFile);
const DAY_MS = 86_400_000;

export type Made = { readonly certFile: string; readonly keyFile: string };

export type MakeOptions = {
  readonly names?: readonly string[];
  /** Who signs it; without one it signs itself. */
  readonly by?: Made;
  readonly isAuthority?: boolean;
  readonly notBefore?: number;
  readonly expiresAt?: number;
  /** As `openssl genpkey` takes it. */
  readonly key?: readonly string[];
};

const EC = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'];

export async function openssl(args: readonly string[]): Promise<string> {
  await ensureProgram('openssl');
  const { stdout } = await run('openssl', [...args]);
  return stdout;
}

/** Makes `<name>.crt` and `<name>.key` in the folder. */
export async function makeCertificate(dir: string, name: string, options: MakeOptions = {}): Promise<Made> {
  await mkdir(dir, { recursive: true });
  const { names = ['localhost', '127.0.0.1'], by, isAuthority = false, key = EC } = options;
  const { notBefore = Date.now() - DAY_MS, expiresAt = Date.now() + 90 * DAY_MS } = options;
  const work = await mkdtemp(join(dir, '.making-'));
  const made = { certFile: join(dir, `${name}.crt`), keyFile: join(dir, `${name}.key`) };
  const [request, conf, extensions] = [join(work, 'request'), join(work, 'conf'), join(work, 'extensions')];
  await writeFile(join(work, 'index'), '');
  await writeFile(
    conf,
    `[ca]\ndefault_ca=one\n[one]\nnew_certs_dir=${work}\ndatabase=${join(work, 'index')}\nrand_serial=yes\ndefault_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n[req]\ndistinguished_name=dn\n[dn]\n`,
  );
  const alternatives = names.map((each) => `${/^[\d.]+$|:/.test(each) ? 'IP' : 'DNS'}:${each}`).join(',');
  await writeFile(extensions, `basicConstraints=critical,CA:${isAuthority ? 'TRUE' : 'FALSE'}\nsubjectAltName=${alternatives}\n`);
  await openssl(['genpkey', ...key, '-out', made.keyFile]);
  await openssl([
    'req',
    '-new',
    '-config',
    conf,
    '-key',
    made.keyFile,
    '-subj',
    `/CN=${isAuthority ? name : (names[0] ?? name)}`,
    '-out',
    request,
  ]);
  const signer = by ? ['-cert', by.certFile, '-keyfile', by.keyFile] : ['-selfsign', '-keyfile', made.keyFile];
  const dates = ['-startdate', asn1Time(notBefore), '-enddate', asn1Time(expiresAt)];
  await openssl([
    'ca',
    '-batch',
    '-notext',
    '-config',
    conf,
    ...signer,
    ...dates,
    '-extfile',
    extensions,
    '-in',
    request,
    '-out',
    made.certFile,
  ]);
  return made;
}

/** Puts another pair in the place of one, the key a moment after the certificate, as copying them does. */
export async function replacePair(place: Made, made: Made): Promise<void> {
  await writeFile(place.certFile, await readFile(made.certFile));
  await writeFile(place.keyFile, await readFile(made.keyFile), { mode: 0o600 });
}

const asn1Time = (ms: number) =>
  `${new Date(ms)
    .toISOString()
    .replaceAll(/[-:T]|\.\d+/g, '')
    .slice(0, 14)}Z`;
