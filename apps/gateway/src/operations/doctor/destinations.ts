/** Where logs, the audit trail and checkpoints are written to. */
import { resolve } from 'node:path';
import { logFilePath } from '../state-dir.ts';
import type { Check, Found } from './check.ts';
import { whyNotAppendable } from './folders.ts';
import type { Machine } from './machine.ts';
import { reach } from './reach.ts';

const SYSLOG_PORT = '514';

const logFile: Check = {
  id: 'log-file.unwritable',
  severity: 'error',
  finds: 'a log file that cannot be written',
  cause: 'The folder of gateway.logging.file.path is missing its permissions, is read-only, or is a file.',
  remedy:
    'Make the folder writable for the user of the gateway, or name another file: `openclaw config set gateway.logging.file.path <path>`.',
  look: async (machine) => {
    const config = await machine.config();
    if (!config.gateway.logging.file.enabled) return [];
    const problem = await whyNotAppendable(logFilePath(config, machine.paths.dir));
    return problem === undefined ? [] : [{ found: problem }];
  },
};

const auditExport: Check = {
  id: 'audit-export.unreachable',
  severity: 'error',
  scopes: ['network'],
  finds: 'a destination of the continuous audit export that cannot be written to or reached',
  cause:
    'The folder or the server of gateway.logging.audit.export.destination is not there. What is not sent stays in the log and is sent later.',
  remedy: 'Make the folder writable or start the server; `openclaw health --detailed` shows how far the export came.',
  look: async (machine) => {
    const { audit } = (await machine.config()).gateway.logging;
    return audit.enabled && audit.export ? await destinationProblem(machine, audit.export.destination) : [];
  },
};

const witness: Check = {
  id: 'witness.unreachable',
  severity: 'error',
  scopes: ['network', 'security'],
  finds: 'a witness of the log that cannot be written to or reached',
  cause: 'The folder or the server of gateway.logging.audit.witnesses is not there. Until it is back, a cut of the log could go unseen.',
  remedy: 'Mount the disk or start the server. Checkpoints that were missed are sent then.',
  look: async (machine) => {
    const { witnesses } = (await machine.config()).gateway.logging.audit;
    return (await Promise.all(witnesses.map(({ destination }) => destinationProblem(machine, destination)))).flat();
  },
};

async function destinationProblem({ deadlineMs, egress, paths }: Machine, destination: string): Promise<Found[]> {
  const scheme = /^([a-z][a-z+]*):\/\//.exec(destination)?.[1];
  if (scheme === undefined) {
    const problem = await whyNotAppendable(resolve(paths.dir, destination));
    return problem === undefined ? [] : [{ found: problem, details: { destination } }];
  }
  const url = new URL(scheme.startsWith('syslog') ? destination.replace(scheme, 'http') : destination);
  if (scheme.startsWith('syslog') && url.port === '') url.port = SYSLOG_PORT;
  // Nobody answers what is sent over UDP; that the name has an address is all that can be said.
  const until = scheme === 'syslog' ? 'dns' : scheme === 'https' ? 'tls' : 'tcp';
  const { failed } = await reach(url, { egress: await egress(), deadlineMs, until });
  // What was refused has a check of its own.
  if (!failed || failed.refused) return [];
  const shown = `${scheme}://${url.host}`;
  return [
    { found: `${shown} cannot be reached: ${failed.stage.toUpperCase()}: ${failed.problem}.`, details: { destination: shown, failed } },
  ];
}

export const DESTINATION_CHECKS: readonly Check[] = [logFile, auditExport, witness];
