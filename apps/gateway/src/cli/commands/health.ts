import type { Context } from '../context.ts';
import { paint, table } from '../output.ts';

type Health = {
  readonly status: string;
  readonly safeMode?: { readonly reason?: string; readonly remedy: string };
  readonly components: Readonly<Record<string, Readonly<Record<string, string | number>>>>;
  readonly details?: Readonly<Record<string, unknown>>;
};

/** The gateway's own word on how it is. The exit code is 1 when it is not well. */
export async function health(context: Context, options: { readonly detailed?: true }): Promise<number> {
  const api = await context.api();
  const answer = await api.get<Health>('/health', { detailed: options.detailed ? 1 : undefined });
  context.out.result(answer, () => {
    const { safeMode } = answer;
    const banner = safeMode ? `, in safe mode\n${safeMode.reason ?? 'It takes no messages.'}\n${safeMode.remedy}` : '';
    const summary = `Gateway: ${status(answer.status)}${banner}`;
    const rows = Object.entries(answer.components).map(([name, component]) => [
      name,
      status(String(component['status'])),
      figures(component),
    ]);
    return options.detailed ? [summary, '', ...table(['COMPONENT', 'STATUS', 'DETAILS'], rows)] : [summary, ...troubled(answer)];
  });
  return answer.status === 'healthy' ? 0 : 1;
}

function troubled({ components, status: overall }: Health): string[] {
  if (overall === 'healthy') return [];
  const unwell = Object.entries(components).filter(([, component]) => component['status'] !== 'healthy');
  return [
    ...unwell.map(([name, component]) => `  ${name}: ${component['status']}  ${figures(component)}`),
    'See `openclaw health --detailed`.',
  ];
}

function figures({ status: _status, ...rest }: Readonly<Record<string, string | number>>): string {
  return Object.entries(rest)
    .map(([name, value]) => `${name} ${value}${name === 'percentage' ? ' %' : ''}`)
    .join(', ');
}

function status(word: string): string {
  return paint(word === 'healthy' ? 'green' : word === 'unhealthy' ? 'red' : 'yellow', word);
}
