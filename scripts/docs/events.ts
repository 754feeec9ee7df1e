import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AGGREGATES, type EventDefinition, piiPaths } from '@openclaw-gateway/events';
import { z } from 'zod';
import { code, generated, table } from './markdown.ts';

type JsonSchema = {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly maxLength?: number;
};

const KEPT = { audit: 'for ever', content: 'as long as the history', debug: 'a fortnight' } as const;

/** docs/events.md: every type of event with its fields and a stored example. */
export async function eventsPage(root: string): Promise<string> {
  const introduction = [
    'Everything the gateway knows is one of these events. *Kept* says how long the data stays; position, time, type and hashes stay for ever.',
    'A field marked 🔒 identifies a person or holds what a person wrote: it is masked in exports and goes when the person is forgotten.',
  ].join('\n');
  const sections: string[] = [];
  for (const { name, events } of AGGREGATES) {
    const described: string[] = [];
    for (const event of events as readonly EventDefinition[]) described.push(await eventSection(event, root));
    sections.push(`## ${name}\n\n${described.join('\n\n')}`);
  }
  return `${generated('Events', introduction, 'the catalog in `packages/events`')}\n${sections.join('\n\n')}\n`;
}

async function eventSection(event: EventDefinition, root: string): Promise<string> {
  const { type, version, description, retention, severity, schema } = event;
  const fixture = await readFile(join(root, `packages/events/fixtures/${type}.v${version}.json`), 'utf8').catch(() => undefined);
  const example = fixture && (JSON.parse(fixture) as { data: unknown }).data;
  const summary = example ? `\n\nShown as: ${event.summary(example as never)}` : '';
  const marked = new Set(piiPaths(schema));
  const rows = fields(z.toJSONSchema(schema) as JsonSchema).map(({ path, kind, required }) => [
    code(path),
    kind,
    required ? 'yes' : 'no',
    [...marked].some((prefix) => path === prefix || path.startsWith(`${prefix}.`) || path.startsWith(`${prefix}[`)) ? '🔒' : '',
  ]);
  return [
    `### ${type}`,
    `${description}`,
    `Version ${version} · severity ${severity} · kept ${KEPT[retention]}${summary}`,
    table(['Field', 'Type', 'Always', ''], rows),
    `\`\`\`json\n${JSON.stringify(example, null, 2)}\n\`\`\``,
  ].join('\n\n');
}

function fields(schema: JsonSchema, at = ''): { path: string; kind: string; required: boolean }[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, field]) => {
    const path = at ? `${at}.${key}` : key;
    const below = field.type === 'array' && field.items ? fields(field.items, `${path}[]`) : fields(field, path);
    return [{ path, kind: kindOf(field), required: schema.required?.includes(key) ?? false }, ...below];
  });
}

function kindOf(schema: JsonSchema): string {
  if (schema.enum) return schema.enum.map((value) => code(String(value))).join(', ');
  if (schema.type === 'array') return `list of ${schema.items?.type ?? 'anything'}`;
  if (schema.type === 'object' && typeof schema.additionalProperties === 'object')
    return `object of ${schema.additionalProperties.type ?? 'anything'}`;
  const limit = schema.maxLength === undefined ? '' : `, at most ${schema.maxLength} characters`;
  return `${schema.type ?? 'anything'}${limit}`;
}
