/** What a changed configuration means for each part. */

import type { ConfigSnapshot } from '../config/index.ts';
import { sentence } from '../config/read.ts';
import type { SafeMode } from '../operations/boot-record.ts';
import { egressRules } from '../operations/egress/index.ts';
import type { Parts } from '../parts.ts';
import type { Composed } from './index.ts';

/** Hands each configuration that comes into force to the parts, and warns of what is doubtful in it and in the present one. */
export function followConfig(composed: Composed, safeMode: SafeMode | undefined, shutdown: Parts['shutdown']): void {
  const { config, logger, egress, models, budgets, schedules, tools, mcp, extensions, hideSecrets, tls, pipeline } = composed;
  const { auditFeed, witnesses, scheduledCheck, remote, firewall, metricsExport, traces, alerts, logLevel, channels } = composed;
  const warn = ({ warnings }: ConfigSnapshot) => warnings.forEach((finding) => void logger.warn({ path: finding.path }, sentence(finding)));
  warn(config.current());
  config.onChange(({ snapshot }) => {
    warn(snapshot);
    egress.apply(egressRules(snapshot.config));
    models.apply(snapshot.config.models);
    void budgets.read();
    if (!safeMode) void schedules.apply();
    tools.apply(snapshot.config.tools);
    if (!safeMode) void mcp.apply(snapshot.config.tools.mcp);
    extensions.apply();
    hideSecrets();
    void tls.apply(snapshot.config);
    pipeline.limitChanged();
    void auditFeed.apply(snapshot.config);
    void witnesses.apply(snapshot.config);
    scheduledCheck.apply(snapshot.config.gateway.logging.audit);
    void remote.apply(snapshot.config);
    void firewall.apply(snapshot.config);
    metricsExport.apply(snapshot.config);
    void traces.apply(snapshot.config);
    alerts.apply(snapshot.config);
    logLevel.apply();
    // What made it crash may be mended now.
    if (safeMode && !safeMode.asked) return shutdown('the configuration was changed in safe mode', { restart: true });
    channels
      .apply(snapshot.config.channels)
      .catch((error: unknown) => logger.error({ err: error }, 'the channels did not take the new configuration'));
  });
}
