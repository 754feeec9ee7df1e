/** Real certificates with any dates and names, made by openssl. */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureProgram } from '../../scripts/programs.mjs';

const run = promisify(execFile);
const DAY_MS = 86_400_000;

export type CertificateOptions = {
  /** Days from now. */
  readonly from?: number;
  readonly to?: number;
  /** As openssl writes them: `DNS:example.com`, `IP:127.0.0.1`. */
  readonly names?: string;
};

/** Makes a self-signed certificate and its key in a folder, which is made. */
export async function makeCertificate(
  folder: string,
  { from = -1, to = 90, names = 'DNS:gateway.example.com,IP:127.0.0.1' }: CertificateOptions = {},
): Promise<{ readonly certFile: string; readonly keyFile: string }> {
  await ensureProgram('openssl');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const [certFile, keyFile, settings] = ['cert.pem', 'key.pem', 'ca.cnf'].map((name) => join(folder, name)) as [string, string, string];
  const request = join(folder, 'request.pem');
  await writeFile(join(folder, 'index.txt'), '');
  await writeFile(
    settings,
    `[ca]\ndefault_ca=own\n[own]\ndatabase=${join(folder, 'index.txt')}\nnew_certs_dir=${folder}\nrand_serial=yes\ndefault_md=sha256\npolicy=any\nx509_extensions=names\n[any]\ncommonName=supplied\n[names]\nsubjectAltName=${names}\n`,
  );
  await run('openssl', [
    ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-keyout', keyFile, '-out', request, '-subj', '/CN=stand-in'],
  ]);
  await run('openssl', [
    ...['ca', '-batch', '-notext', '-selfsign', '-config', settings, '-keyfile', keyFile, '-in', request, '-out', certFile],
    ...['-startdate', dateIn(from), '-enddate', dateIn(to)],
  ]);
  return { certFile, keyFile };
}

/** As openssl wants it: YYYYMMDDHHMMSSZ. */
function dateIn(days: number): string {
  return `${new Date(Date.now() + days * DAY_MS).toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`;
}
