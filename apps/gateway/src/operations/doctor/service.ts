/** The installed service: whether it would start what is installed now. */
import type { Check } from './check.ts';
import type { Machine } from './machine.ts';

const drift: Check = {
  id: 'service.drift',
  severity: 'error',
  finds: 'an installed service that is not as `openclaw gateway install` would write it now',
  cause: 'The program was moved or replaced after the service was installed, or its file was changed or deleted.',
  remedy: '`openclaw gateway install` writes the service anew.',
  look: async (machine) => {
    const found = await driftOf(machine);
    return found === undefined ? [] : [{ found }];
  },
};

/** Looks only: nothing is started. */
async function driftOf({ paths, env, config }: Machine): Promise<string | undefined> {
  const { installedService, serviceDrift } = await import('../service/index.ts');
  const { drainTimeout } = (await config()).gateway.shutdown;
  const context = { paths, env, drainMs: drainTimeout, launch: () => Promise.reject(new TypeError('the doctor starts nothing')) };
  const installed = await installedService(context);
  const drift = installed && (await serviceDrift(context, installed));
  return drift && `The service of ${installed.manager.name} is out of date: ${drift}.`;
}

export const SERVICE_MANAGER_CHECKS: readonly Check[] = [drift];
