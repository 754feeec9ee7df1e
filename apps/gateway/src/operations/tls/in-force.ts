import { join } from 'node:path';

/** The file in the state directory with the certificate in force, for those who must know it when they see it. */
export const inForceFile = (stateDir: string): string => join(stateDir, 'tls', 'in-force.pem');
