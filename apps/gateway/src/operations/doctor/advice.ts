/** What is unwise about a configuration that is not in force yet: the checks of `doctor` that need nothing else. */
import type { Config } from '../../config/index.ts';
import type { ConfigCheck } from './check.ts';
import { unreachable } from './config.ts';
import { anyOrigin, noSignIn, openFunnel, plainHttp } from './exposure.ts';
import type { Severity } from './report.ts';

export type Advice = {
  readonly id: string;
  readonly severity: Severity;
  readonly found: string;
  readonly remedy: string;
  /** The key that it is about, where it is about one. */
  readonly path?: string;
};

const CHECKS: readonly (readonly [ConfigCheck, string | undefined])[] = [
  [noSignIn, 'gateway.auth.type'],
  [plainHttp, 'gateway.network.host'],
  [anyOrigin, 'gateway.auth.cors.origins'],
  [openFunnel, 'gateway.tailscale.funnel.auth'],
  [unreachable, undefined],
];

/** The gravest first. */
export async function adviceOn(config: Config): Promise<readonly Advice[]> {
  const machine = { config: async () => config };
  const found = await Promise.all(
    CHECKS.map(async ([check, key]) =>
      (await check.look(machine)).map(({ found: text, severity = check.severity, remedy = check.remedy, details }): Advice => {
        const path = key ?? (typeof details?.['path'] === 'string' ? details['path'] : undefined);
        return { id: check.id, severity, found: text, remedy, ...(path !== undefined && { path }) };
      }),
    ),
  );
  return found.flat().sort((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'));
}
