/** Why a key of OpenClaw's own file was not taken over; the longest prefix decides. */
import type { KeyPath } from '../path.ts';

const NOT_NEEDED = 'It is not needed here.';
const REASONS: Readonly<Record<string, string>> = {
  $schema: NOT_NEEDED,
  acp: 'There are no agents of other programs here.',
  agents: 'Agents have no such setting here: they have no workspace, sandbox or identity.',
  'agents.defaults.models': 'Models are named where they are used: "provider/model".',
  auth: 'Keys of model providers are in the environment or in models.providers.<name>.apiKey here.',
  broadcast: 'One agent answers a message here.',
  browser: 'There is no such tool here.',
  channels: 'The channel has no such setting here.',
  commands: 'There are no chat commands here.',
  cron: 'There are no scheduled jobs here.',
  diagnostics: 'Metrics are served at gateway.monitoring.metrics.endpoint.',
  discovery: 'This gateway does not announce itself.',
  env: 'Set variables where the gateway is started.',
  gateway: 'This gateway has no such setting.',
  'gateway.auth.rateLimit': 'Requests are limited by gateway.network.rateLimit and gateway.security.ddos.',
  'gateway.auth.trustedProxy': 'Only a proxy on this machine is trusted, and only for the address of the caller.',
  'gateway.reload': 'Every change of the file is taken up at once; docs/configuration.md says which keys wait for a restart.',
  'gateway.remote': 'This program is the gateway itself.',
  'gateway.trustedProxies': 'A proxy on this machine is trusted; others are not.',
  hooks: 'Hooks have no such setting here.',
  logging: 'The log has no such setting here.',
  mcp: 'There are no MCP servers here.',
  memory: 'Agents remember their conversations only.',
  messages: 'Each message gets its own answer, in order; messages.* of this gateway are limits.',
  meta: NOT_NEEDED,
  models: 'A provider has no such setting here.',
  nodeHost: 'There are no nodes here.',
  plugins: 'Extensions are other packages here.',
  secrets: `Secrets are texts, "\${NAME}" from the environment or { file: "/path" }.`,
  session: 'Sessions have no such setting here; they are kept in the event log.',
  skills: 'There are no skills here.',
  talk: 'There is no voice here.',
  tools: 'Tools have other names here: see tools.allow and agents.*.tools.',
  ui: NOT_NEEDED,
  update: NOT_NEEDED,
  wizard: NOT_NEEDED,
};

export function reasonFor(path: KeyPath): string {
  for (let length = path.length; length > 0; length--) {
    const found = REASONS[path.slice(0, length).join('.')];
    if (found) return found;
  }
  return 'This gateway has no such setting.';
}
