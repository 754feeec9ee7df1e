/** `service.env`: what a service has of the environment, because it does not see the shell's. Pure. */
import { parseEnv } from 'node:util';
import { GatewayError } from '@openclaw-gateway/events';
import { substitute } from '../../config/environment.ts';

/** Means the same to systemd and to Node without quotes. */
const PLAIN = /^[\w.:+/=@~-]+$/;
const QUOTABLE = /^[^'\\\p{Cc}]+$/u;

/** The variables that the configuration names, that are set here, and that the text of service.env does not have. */
export function variablesToSave(document: unknown, text: string, env: NodeJS.ProcessEnv): readonly string[] {
  const present = parseEnv(text);
  const named = new Set(substitute(document, {}).missing.map(({ variable }) => variable));
  return [...named].filter((variable) => env[variable] && !present[variable]);
}

/** The text with these variables as they are set here. Throws USAGE where a value cannot be written in one line. */
export function withVariables(text: string, variables: readonly string[], env: NodeJS.ProcessEnv): string {
  const lines = variables.map((variable) => `${variable}=${quoted(variable, env[variable] ?? '')}\n`);
  const before = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  return before + lines.join('');
}

function quoted(variable: string, value: string): string {
  if (PLAIN.test(value)) return value;
  if (QUOTABLE.test(value)) return `'${value}'`;
  throw new GatewayError('USAGE', {
    message: `The value of ${variable} holds a quote, a backslash or a line break, so it is not kept for the service.`,
    details: { remedy: `Put ${variable} into service.env in the state directory yourself.` },
  });
}
