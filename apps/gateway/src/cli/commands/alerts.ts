/** `openclaw alerts …`: through the running gateway. */
import type { AlertList, AlertRuleRow } from '../../operations/alerts/index.ts';
import type { Context } from '../context.ts';
import { formatAgo, formatTime, paint, plain, table } from '../output.ts';

export async function listAlerts(context: Context): Promise<undefined> {
  const answer = await (await context.api()).get<AlertList>('/api/alerts');
  context.out.result(answer, () => describe(answer));
}

export async function silenceAlerts(
  context: Context,
  { for: forMs, reason }: { readonly for: number; readonly reason?: string },
  rule: string,
): Promise<undefined> {
  const api = await context.api();
  const body = reason === undefined ? { rule, forMs } : { rule, forMs, reason };
  const { until } = await api.send<{ until: number }>('POST', '/api/alerts/silence', body);
  context.out.result({ ok: true, rule, until }, () => [
    `Nobody is told of ${rule === 'all' ? 'any alert' : rule} until ${formatTime(until)}.`,
    'What happens is recorded all the same.',
  ]);
}

export async function unsilenceAlerts(context: Context, _options: unknown, rule: string): Promise<undefined> {
  const api = await context.api();
  const { wasSilent } = await api.send<{ wasSilent: boolean }>('POST', '/api/alerts/unsilence', { rule });
  context.out.result({ ok: true, rule, wasSilent }, () => [wasSilent ? `${rule} is told again.` : `${rule} was not silenced.`]);
}

function describe({ enabled, alerts, rules, destinations }: AlertList): string[] {
  if (!enabled) return ['Alerts are off (gateway.monitoring.alerts.enabled).'];
  const now =
    alerts.length === 0
      ? [paint('green', 'No alerts.')]
      : table(
          ['STATE', 'SEVERITY', 'ALERT', 'SINCE', 'WHAT'],
          alerts.map(({ state, severity, alert, since, text }) => [
            paint(state === 'firing' ? 'red' : 'yellow', state),
            severity,
            alert,
            formatAgo(since),
            plain(text),
          ]),
        );
  const told =
    destinations.length === 0
      ? ['Nobody is told: there are no gateway.monitoring.alerts.destinations.']
      : table(
          ['TOLD', 'STATE', 'PROBLEM'],
          destinations.map(({ name, state, problem }) => [name, paint(state === 'well' ? 'green' : 'red', state), plain(problem ?? '')]),
        );
  const rows = rules.map((rule) => [rule.rule, rule.state, rule.severity, waitOf(rule), silenceOf(rule)]);
  return [...now, '', ...table(['RULE', 'STATE', 'SEVERITY', 'FOR', 'SILENT UNTIL'], rows), '', ...told];
}

const waitOf = ({ forMs }: AlertRuleRow): string => (forMs === 0 ? 'at once' : `${Math.round(forMs / 1000)} s`);
const silenceOf = ({ silencedUntil }: AlertRuleRow): string => (silencedUntil === undefined ? '' : formatTime(silencedUntil));
