/** Which keys take effect at once and which after a restart; the longest prefix decides. */
import type { KeyPath } from './path.ts';

export type Reload = 'hot' | 'restart';

const RELOAD: Readonly<Record<string, Reload>> = {
  $schema: 'hot',
  gateway: 'restart',
  'gateway.network.https': 'hot',
  'gateway.network.https.enabled': 'restart',
  'gateway.network.connections': 'hot',
  'gateway.network.rateLimit': 'hot',
  'gateway.auth.type': 'hot',
  'gateway.network.publicUrl': 'hot',
  'gateway.network.trustedProxies': 'hot',
  'gateway.tailscale': 'hot',
  'gateway.auth.token': 'hot',
  'gateway.auth.tokenExpiry': 'hot',
  'gateway.auth.cors': 'hot',
  'gateway.auth.acl': 'hot',
  'gateway.auth.oauth': 'hot',
  'gateway.auth.oauth.redirectUri': 'restart',
  'gateway.auth.sessions': 'hot',
  'gateway.security.networkIsolation': 'hot',
  'gateway.security.firewall': 'hot',
  'gateway.sessions': 'hot',
  'gateway.limits': 'hot',
  'gateway.shutdown': 'hot',
  'gateway.safeMode': 'hot',
  'gateway.retention': 'hot',
  'gateway.security.ddos': 'hot',
  'gateway.logging.level': 'hot',
  'gateway.logging.audit': 'hot',
  'gateway.monitoring': 'hot',
  'gateway.monitoring.metrics.endpoint': 'restart',
  agents: 'hot',
  bindings: 'hot',
  models: 'hot',
  budgets: 'hot',
  session: 'hot',
  messages: 'hot',
  attachments: 'hot',
  channels: 'hot',
  hooks: 'hot',
  'hooks.path': 'restart',
  schedules: 'hot',
  tools: 'hot',
  extensions: 'hot',
};

/** Whether a change of this key takes effect at once or after a restart. */
export function reloadOf(path: KeyPath): Reload {
  for (let length = path.length; length > 0; length--) {
    const found = RELOAD[path.slice(0, length).join('.')];
    if (found) return found;
  }
  return 'restart';
}
