import { type Check, FAMILIES } from '../../apps/gateway/src/operations/doctor/index.ts';
import { code, generated, table } from './markdown.ts';

/** docs/doctor.md: everything that `openclaw doctor` looks for, why it happens and what to do. */
export function doctorPage(): string {
  const introduction = `\`openclaw doctor\` looks for everything below, says what it found and why, and what to do about it. It works whether the gateway runs or not,
and changes nothing without \`--fix\`.

\`\`\`console
$ openclaw doctor
Looked at ~/.openclaw, whose gateway is stopped.

✗ Port 18789 is taken by pid 4711: python3 -m http.server 18789.  [error: port.taken]
  Why  Only one program can listen on a port. Until that one ends, or the gateway gets another port, the gateway cannot start.
  Do   End that program, or take another port: openclaw config set gateway.network.port 18790

1 error found by ${Object.values(FAMILIES).flat().length} checks in 0.7 s.
\`\`\`

| Option | Does |
| --- | --- |
| \`--verbose\` | Shows every check and how long it took. |
| \`--network\`, \`--config\`, \`--security\` | Only the checks of that scope, more thoroughly: longer deadlines, API keys that are really tried, more of the log. |
| \`--fix\` | Repairs what can be repaired without losing anything, as *Fix* says. |
| \`--json\` | \`{ok, running, stateDir, findings: [{id, severity, found, cause, remedy, fix, fixed, details}], checks: [{id, findings, durationMs, error}]}\` |

The exit code is 0 when nothing is wrong (notes do not count), 1 when something is, and 2 when a check itself failed. The ids stay as they are: scripts may
rely on them.

## By what you see

| What you see | Look for |
| --- | --- |
| It does not start | \`port.*\`, \`config.*\`, \`state.*\`, \`log.damaged\`, \`tls.*\` |
| Connection refused | \`gateway.*\`, \`port.*\` |
| Authentication failed | \`token.*\` |
| It uses much memory | \`memory.high\`, \`limits.memory\` |
| It runs, but nobody gets a reply | \`messages.stuck\`, \`deliveries.held\`, \`deliveries.dead-letters\`, \`sessions.quarantined\`, \`channels.*\`, \`config.model\`, \`network.*\` |
| It crashes again and again | \`gateway.crash-loop\`, \`limits.*\`, \`disk.*\` |
`;
  const families = Object.entries(FAMILIES).map(([name, checks]) => `## ${name}\n\n${table(HEADER, checks.map(row))}\n`);
  return `${generated('Doctor', introduction, '`apps/gateway/src/operations/doctor`')}\n${families.join('\n')}`;
}

const HEADER = ['Id', 'Severity', 'Finds', 'Cause', 'What to do', 'Fix', 'Scopes'];

function row({ id, severity, finds, cause, remedy, fix, scopes }: Check): readonly string[] {
  return [code(id), severity, finds, cause, remedy, fix ?? '', (scopes ?? []).join(', ')];
}
