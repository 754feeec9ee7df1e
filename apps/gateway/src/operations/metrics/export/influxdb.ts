/**
 * InfluxDB's line protocol, the same for its versions. A family is a measurement; its value is the field `counter` or `gauge`,
 * and a histogram has the fields `count`, `sum` and one for each bound, as Telegraf writes them.
 */
import { sendTo } from '../../endpoint.ts';
import type { Family } from '../registry.ts';
import type { ExportSettings, Target } from './target.ts';

export function createInfluxTarget({ endpoint, token, headers }: ExportSettings, gatewayId: string): Target {
  const url = new URL(endpoint);
  url.searchParams.set('precision', 'ms');
  return {
    push: async (snapshot, signal) =>
      sendTo(url.href, {
        method: 'POST',
        headers: { 'content-type': 'text/plain; charset=utf-8', ...(token && { authorization: `Token ${token}` }), ...headers },
        body: lineProtocol(await snapshot.families(), { gateway: gatewayId }, Date.now()),
        signal,
      }),
    close: async () => undefined,
  };
}

type Point = { readonly tags: string; readonly fields: string[] };

/** The families as lines, each with these tags beside its own. Values that InfluxDB does not know, such as NaN, are left out. */
export function lineProtocol(families: readonly Family[], tags: Readonly<Record<string, string>>, timeMs: number): string {
  const lines: string[] = [];
  for (const family of families) {
    const points = new Map<string, Point>();
    for (const { name, labels, value } of family.samples) {
      if (!Number.isFinite(value)) continue;
      const { le, ...own } = labels;
      const key = tagSet({ ...tags, ...own });
      const point = points.get(key) ?? { tags: key, fields: [] };
      point.fields.push(`${escaped(fieldOf(family, name, le))}=${value}`);
      points.set(key, point);
    }
    for (const point of points.values()) lines.push(`${escaped(family.name)}${point.tags} ${point.fields.join(',')} ${timeMs}`);
  }
  return `${lines.join('\n')}\n`;
}

function fieldOf({ name: family, type }: Family, name: string, bound: string | undefined): string {
  if (bound !== undefined) return bound;
  return type === 'histogram' ? name.slice(family.length + 1) : type;
}

/** Sorted, as InfluxDB advises. A tag without a value cannot be written. */
function tagSet(tags: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(tags).filter(([, value]) => value !== '');
  return pairs
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `,${escaped(name)}=${escaped(value)}`)
    .join('');
}

/** A backslash at the end would take the separator after it along. */
function escaped(text: string): string {
  return text
    .replaceAll(/[\r\n]+/g, ' ')
    .replaceAll(/[ ,=]/g, '\\$&')
    .replace(/\\$/, '\\ ');
}
