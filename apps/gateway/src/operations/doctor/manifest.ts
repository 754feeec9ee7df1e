/** All checks, in the order in which their findings are shown: one line a family. */
import { CERTIFICATE_CHECKS } from './certificate.ts';
import type { Check } from './check.ts';
import { CONFIG_CHECKS } from './config.ts';
import { DESTINATION_CHECKS } from './destinations.ts';
import { EXPOSURE_CHECKS } from './exposure.ts';
import { GATEWAY_CHECKS } from './gateway.ts';
import { ISOLATION_CHECKS } from './isolation.ts';
import { LEFT_BEHIND_CHECKS } from './left-behind.ts';
import { LOG_CHECKS } from './log.ts';
import { MESSAGE_CHECKS } from './messages.ts';
import { PERMISSION_CHECKS } from './permissions.ts';
import { RUNTIME_CHECKS } from './runtime.ts';
import { SERVICE_MANAGER_CHECKS } from './service.ts';
import { SERVICE_CHECKS } from './services.ts';
import { SIGN_IN_CHECKS } from './sign-in.ts';
import { STATE_CHECKS } from './state.ts';
import { TOOL_CHECKS } from './tools.ts';

export const FAMILIES: Readonly<Record<string, readonly Check[]>> = {
  'The gateway': GATEWAY_CHECKS,
  Configuration: CONFIG_CHECKS,
  'State directory': STATE_CHECKS,
  Permissions: PERMISSION_CHECKS,
  'Log and views': LOG_CHECKS,
  'Messages and channels': [...MESSAGE_CHECKS, ...LEFT_BEHIND_CHECKS],
  'Model providers and chat services': SERVICE_CHECKS,
  Tools: TOOL_CHECKS,
  'TLS certificate': CERTIFICATE_CHECKS,
  Exposure: EXPOSURE_CHECKS,
  'Sign-in by a provider': SIGN_IN_CHECKS,
  'Networks and firewall': ISOLATION_CHECKS,
  Destinations: DESTINATION_CHECKS,
  'The machine': RUNTIME_CHECKS,
  'Installed service': SERVICE_MANAGER_CHECKS,
};

export const CHECKS: readonly Check[] = Object.values(FAMILIES).flat();
