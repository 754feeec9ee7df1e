/** The commands about alerts, and those that print what other monitoring needs. What they do is in commands/, loaded when called. */
import { type Command, Option } from 'commander';

type Action = (context: never, options: never, ...args: never[]) => Promise<number | undefined>;
type Leaf = (parent: Command, usage: string, description: string, load: () => Promise<Action>) => Command;
type Parsers = { readonly duration: (input: string) => number };

export function addMonitoring(program: Command, leaf: Leaf, { duration }: Parsers): void {
  const alerts = program.command('alerts').description('what operators are told of');
  leaf(alerts, 'list', 'what is wrong now, the rules, and who is told', async () => (await import('./commands/alerts.ts')).listAlerts);
  leaf(
    alerts,
    'silence <rule>',
    'tell nobody of a rule, or of `all`, for a while',
    async () => (await import('./commands/alerts.ts')).silenceAlerts,
  )
    .addOption(new Option('--for <duration>', 'how long, such as 2h').makeOptionMandatory().argParser(duration))
    .option('--reason <text>', 'why; kept with it');
  leaf(alerts, 'unsilence <rule>', 'tell of it again', async () => (await import('./commands/alerts.ts')).unsilenceAlerts);

  const extensions = program.command('extensions').description('packages of third parties that add channels, models, tools and routers');
  leaf(extensions, 'list', 'what is installed, and how it is', async () => (await import('./commands/extensions.ts')).listExtensions);
  leaf(extensions, 'add <source>', 'install a folder, a tarball, or a package by its name', async () => {
    return (await import('./commands/extensions.ts')).addExtension;
  });
  leaf(extensions, 'remove <name>', 'stop and remove one', async () => (await import('./commands/extensions.ts')).removeExtension);

  leaf(program, 'budgets', 'what is used of the budgets today', async () => (await import('./commands/budgets.ts')).listBudgets);

  const schedules = program.command('schedules').description('messages that are sent to agents at set times');
  leaf(schedules, 'list', 'when each fires next, and what became of the last time', async () => {
    return (await import('./commands/schedules.ts')).listSchedules;
  });
  leaf(schedules, 'run <name>', 'send the message of one now', async () => (await import('./commands/schedules.ts')).runSchedule);

  const metrics = program.command('metrics').description('what Prometheus and Grafana need to watch this gateway');
  leaf(metrics, 'grafana', 'print a Grafana dashboard', async () => (await import('./commands/metrics.ts')).printGrafana);
  leaf(metrics, 'scrape-config', 'print a Prometheus configuration that scrapes this gateway', async () => {
    return (await import('./commands/metrics.ts')).printScrapeConfig;
  }).option('--target <host:port>', 'where Prometheus reaches the gateway; what the configuration says when left out');
  leaf(metrics, 'alert-rules', 'print the alert rules for Prometheus', async () => (await import('./commands/metrics.ts')).printAlertRules);
}
