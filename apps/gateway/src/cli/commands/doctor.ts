import { type CheckResult, type Diagnosis, type DoctorFinding, diagnose, type Severity } from '../../operations/doctor/index.ts';
import type { Context } from '../context.ts';
import { paint, plain, shortPath } from '../output.ts';
import { VERSION } from '../version.ts';

export type DoctorCommandOptions = {
  readonly verbose?: true;
  readonly network?: true;
  readonly config?: true;
  readonly security?: true;
  readonly fix?: true;
};

const FAILED = 2;
const ASK_MS = 3000;
const GRACE_MS = 100;
const SIGNS: Readonly<Record<Severity, string>> = { error: '✗', warning: '!', note: '·' };
const COLOURS = { error: 'red', warning: 'yellow', note: 'dim' } as const;
const SCOPES = ['network', 'config', 'security'] as const;

/**
 * Says what is wrong and what to do about it; with --fix does it. The exit code is 0 when nothing is wrong (notes do not count),
 * 1 when something is, and 2 when a check itself failed.
 */
export async function doctor(context: Context, options: DoctorCommandOptions): Promise<number> {
  const diagnosis = await diagnose({
    paths: context.paths,
    env: context.env,
    version: VERSION,
    ask: async <T>(path: string) => (await context.api()).get<T>(path, {}, ASK_MS),
    scopes: SCOPES.filter((scope) => options[scope]),
    fix: options.fix === true,
  });
  const { ok, running, findings, checks, durationMs } = diagnosis;
  const report = { ok, running, stateDir: context.paths.dir, findings, checks, durationMs };
  context.out.result(report, () => describe(diagnosis, context, options));
  const code = checks.some(({ error }) => error !== undefined) ? FAILED : ok ? 0 : 1;
  // What is still being waited for, such as a name server, is of no interest any more.
  setTimeout(() => process.stdout.write('', () => process.exit(code)), GRACE_MS).unref();
  return code;
}

function describe(diagnosis: Diagnosis, context: Context, { verbose, fix }: DoctorCommandOptions): string[] {
  const { findings, checks, running } = diagnosis;
  const failed = checks.filter(({ error }) => error !== undefined);
  return [
    `Looked at ${shortPath(context.paths.dir)}, whose gateway is ${running ? 'running' : 'stopped'}.`,
    ...(verbose ? ['', ...checks.map(describeCheck)] : []),
    ...findings.flatMap((finding) => ['', ...describeFinding(finding)]),
    ...failed.flatMap(({ id, error }) => ['', `${paint('red', '?')} ${paint('bold', id)} could not be checked: ${plain(error ?? '')}`]),
    '',
    ...summary(diagnosis, fix === true),
  ];
}

function describeFinding({ id, severity, found, cause, remedy, fixed, fixError }: DoctorFinding): string[] {
  const head = `${paint(COLOURS[severity], SIGNS[severity])} ${plain(found)}  ${paint('dim', `[${severity}: ${id}]`)}`;
  if (fixed) return [head, `  ${paint('green', '✓ repaired')}`];
  return [
    head,
    `  ${paint('dim', 'Why')}  ${plain(cause)}`,
    `  ${paint('dim', 'Do ')}  ${plain(remedy)}`,
    ...(fixError === undefined ? [] : [`  ${paint('red', `Not repaired: ${plain(fixError)}`)}`]),
  ];
}

function describeCheck({ id, findings, durationMs, error }: CheckResult): string {
  const sign = error !== undefined ? paint('red', '?') : findings > 0 ? paint('yellow', '!') : paint('green', '✓');
  return `  ${sign} ${id.padEnd(28)} ${paint('dim', `${durationMs} ms`)}`;
}

function summary({ findings, checks, durationMs }: Diagnosis, fix: boolean): string[] {
  const count = (severity: Severity) => findings.filter((finding) => finding.severity === severity && !finding.fixed).length;
  const open = [plural(count('error'), 'error'), plural(count('warning'), 'warning')].filter((text) => text !== '');
  const made = `${checks.length} checks in ${(durationMs / 1000).toFixed(1)} s`;
  const repaired = findings.filter(({ fixed }) => fixed).length;
  const repairable = findings.filter((finding) => finding.fix !== undefined && finding.fixed === undefined).length;
  return [
    open.length === 0 ? `${paint('green', '✓')} No problem found: ${made}.` : `${paint('bold', open.join(', '))} found by ${made}.`,
    ...(repaired > 0 ? [`Repaired: ${repaired}. Run \`openclaw doctor\` again to see whether all is well.`] : []),
    ...(!fix && repairable > 0 ? [`\`openclaw doctor --fix\` repairs ${repairable} of these.`] : []),
  ];
}

function plural(count: number, word: string): string {
  return count === 0 ? '' : `${count} ${word}${count === 1 ? '' : 's'}`;
}
