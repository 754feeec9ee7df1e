/** The gateway as a unit of the user's systemd. */

import { EXIT_FINAL, EXIT_RESTART } from '../exit-codes.ts';
import type { ServiceDefinition } from './definition.ts';

/** RestartSteps= came with this version; an older one would complain of it. */
const BACKOFF_SINCE = 254;

/**
 * The text of the unit file. `version` is systemd's.
 *
 * Only such hardening is in it that a user's systemd can do and that the gateway and its tools bear: no memory protection
 * (JavaScript is compiled at run time), no namespaces of its own (they need privileges), none forbidden (browsers use them).
 */
export function renderUnit(definition: ServiceDefinition, version: number): string {
  const { program, args, environment, environmentFile, stopTimeoutS } = definition;
  const backoff = version >= BACKOFF_SINCE ? ['RestartSteps=6', 'RestartMaxDelaySec=60'] : [];
  return `${[
    '# Written by `openclaw gateway install`, which overwrites it. For changes of your own: `systemctl --user edit openclaw-gateway`.',
    '[Unit]',
    'Description=OpenClaw Gateway',
    '# A gateway that keeps crashing goes into safe mode by itself; systemd need not give it up.',
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    'Type=exec',
    `ExecStart=${[program, ...args].map(quoteArgument).join(' ')}`,
    'ExecReload=/bin/kill -HUP $MAINPID',
    'WorkingDirectory=~',
    ...Object.entries(environment).map(([name, value]) => `Environment=${quote(`${name}=${value}`)}`),
    '# Keys of model providers and the like, one NAME=value a line. The file need not exist.',
    `EnvironmentFile=-${environmentFile.replaceAll('%', '%%')}`,
    'UMask=0077',
    '',
    'Restart=on-failure',
    'RestartSec=2',
    ...backoff,
    `# ${EXIT_FINAL}: somebody must correct something first. ${EXIT_RESTART}: a restart was asked for.`,
    `RestartPreventExitStatus=${EXIT_FINAL}`,
    `RestartForceExitStatus=${EXIT_RESTART}`,
    `SuccessExitStatus=${EXIT_RESTART}`,
    '# Longer than gateway.shutdown.drainTimeout.',
    `TimeoutStopSec=${stopTimeoutS}`,
    'KillMode=mixed',
    '# When memory runs out and a tool is killed for it, the gateway goes on.',
    'OOMPolicy=continue',
    'LimitNOFILE=65536',
    '',
    'NoNewPrivileges=yes',
    'LockPersonality=yes',
    'RestrictRealtime=yes',
    'RestrictSUIDSGID=yes',
    'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
    'SystemCallArchitectures=native',
    '',
    '[Install]',
    'WantedBy=default.target',
  ].join('\n')}\n`;
}

/** Quotes as systemd reads them: backslash and quote are escaped, and a percent sign begins a specifier. */
function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('\n', '\\n')}"`;
}

/** In a command line a dollar sign begins a variable, too. */
const quoteArgument = (text: string): string => quote(text.replaceAll('$', '$$$$'));
