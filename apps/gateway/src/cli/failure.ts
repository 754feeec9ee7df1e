/** How a command fails: what, where, what was expected, what to do; with --json the same as one document on stdout. */
import { type GatewayError, toGatewayError } from '@openclaw-gateway/events/errors';
import type { Finding } from '../config/index.ts';
import { EXIT_FINAL } from '../operations/exit-codes.ts';
import { jsonText, paint, pairs, shortPath, withoutControls } from './output.ts';

/** Bad usage. */
const EXIT_USAGE = 2;

const CONFIG_CODES: ReadonlySet<string> = new Set([
  'CONFIG_SYNTAX',
  'CONFIG_INVALID',
  'CONFIG_ENV_MISSING',
  'CONFIG_SECRET_FILE',
  'CONFIG_UNREADABLE',
  'CERTIFICATE_INVALID',
]);

export type FailureContext = { readonly json: boolean; readonly configPath: string };

/** Prints why the command failed and gives its exit code. */
export function reportFailure(thrown: unknown, context: FailureContext): number {
  const error = toGatewayError(thrown);
  if (context.json) process.stdout.write(`${jsonText({ ok: false, error: { ...error.toBody(), remedy: remedyOf(error) } })}\n`);
  else process.stderr.write(`${withoutControls(describe(error, context).join('\n'))}\n`);
  if (process.env['OPENCLAW_DEBUG'] && error.cause instanceof Error) process.stderr.write(`${error.cause.stack}\n`);
  if (error.code === 'USAGE') return EXIT_USAGE;
  return CONFIG_CODES.has(error.code) ? EXIT_FINAL : 1;
}

function describe(error: GatewayError, { configPath }: FailureContext): string[] {
  const findings = (error.details?.['findings'] as readonly Finding[] | undefined) ?? [];
  const remedy = remedyOf(error);
  const where = CONFIG_CODES.has(error.code) ? [`  in ${shortPath((error.details?.['path'] as string | undefined) ?? configPath)}`] : [];
  const what = error.code === 'INTERNAL' && error.cause instanceof Error ? `${error.message} ${error.cause.message}` : error.message;
  if (findings.length === 0) return [`${paint('red', 'error:')} ${what}`, ...where, `What to do: ${remedy}`];
  const count = findings.length === 1 ? 'a problem' : `${findings.length} problems`;
  return [
    `${paint('red', 'error:')} ${error.code === 'CONFIG_DIFFERS' ? error.message : `The configuration has ${count}.`}`,
    ...where,
    '',
    ...findings.flatMap(describeFinding),
    `What to do: ${remedy}`,
  ];
}

/** What to do in this very case, where whoever failed could say, else what the registry says of the code. */
function remedyOf(error: GatewayError): string {
  const remedy = error.details?.['remedy'];
  return typeof remedy === 'string' ? remedy : error.remedy;
}

function describeFinding(finding: Finding): string[] {
  const entries: [string, string][] = [['expected', finding.expected]];
  if (finding.value !== undefined) entries.unshift(['found', finding.value]);
  if (finding.hint) entries.push(['hint', finding.hint]);
  return [`  ${paint('bold', finding.path || 'the file')}`, ...pairs(entries).map((line) => `  ${line}`), ''];
}
