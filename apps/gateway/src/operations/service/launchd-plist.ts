/** The gateway as an agent of launchd. */
import type { ServiceDefinition } from './definition.ts';

export const LAUNCHD_LABEL = 'ai.openclaw.gateway';

/** Between two starts, in seconds. */
const THROTTLE_S = 10;

/**
 * The text of the property list. launchd starts anew whatever does not exit with 0, so that the gateway, started by launchd, exits
 * with 0 where it must not be started again.
 */
export function renderPlist(definition: ServiceDefinition): string {
  const { program, args, environment, stopTimeoutS, outputFile } = definition;
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- Written by \`openclaw gateway install\`, which overwrites it. -->
<plist version="1.0">
${dictionary({
  Label: LAUNCHD_LABEL,
  ProgramArguments: [program, ...args],
  EnvironmentVariables: environment,
  RunAtLoad: true,
  KeepAlive: { SuccessfulExit: false },
  ThrottleInterval: THROTTLE_S,
  ExitTimeOut: stopTimeoutS,
  ProcessType: 'Interactive',
  Umask: 0o077,
  SoftResourceLimits: { NumberOfFiles: 65_536 },
  StandardOutPath: outputFile,
  StandardErrorPath: outputFile,
})}
</plist>
`;
}

type Value = string | number | boolean | readonly string[] | { readonly [key: string]: Value };

function dictionary(entries: Readonly<Record<string, Value>>, indent = ''): string {
  const lines = Object.entries(entries).map(
    ([key, value]) => `${indent}  <key>${escapeXml(key)}</key>\n${indent}  ${element(value, `${indent}  `)}`,
  );
  return `<dict>\n${lines.join('\n')}\n${indent}</dict>`;
}

function element(value: Value, indent: string): string {
  if (typeof value === 'string') return `<string>${escapeXml(value)}</string>`;
  if (typeof value === 'number') return `<integer>${value}</integer>`;
  if (typeof value === 'boolean') return value ? '<true/>' : '<false/>';
  if (Array.isArray(value))
    return `<array>\n${value.map((item: string) => `${indent}  <string>${escapeXml(item)}</string>`).join('\n')}\n${indent}</array>`;
  return dictionary(value as Readonly<Record<string, Value>>, indent);
}

const escapeXml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
