import { GatewayError } from '@openclaw-gateway/events';

/**
 * The message that a webhook's body makes: the hook's template filled in, else the body's `text`, else the body as
 * compact JSON. Throws BAD_JSON when a body that is not JSON is needed as such.
 * @example webhookText('{"repo":{"name":"x"}}', 'Push to {{repo.name}}') // 'Push to x'
 */
export function webhookText(rawBody: string, template?: string): string {
  const body = parse(rawBody);
  if (template !== undefined) return fill(template, body);
  if (typeof body === 'string') return body;
  const text = at(body, 'text');
  return typeof text === 'string' && text.trim() !== '' ? text : JSON.stringify(body);
}

function parse(rawBody: string): unknown {
  try {
    return JSON.parse(rawBody);
  } catch (cause) {
    throw new GatewayError('BAD_JSON', { cause });
  }
}

/** `{{path.to.field}}` by its value: texts as they are, other values as JSON, nothing where there is no such field. */
function fill(template: string, body: unknown): string {
  return template.replace(/\{\{\s*([^{}\s]{1,256})\s*\}\}/g, (_, path: string) => {
    const value = path === '.' ? body : at(body, path);
    if (value === undefined || value === null) return '';
    return typeof value === 'string' ? value : JSON.stringify(value);
  });
}

/** Own fields only: a template must not reach into prototypes. */
function at(body: unknown, path: string): unknown {
  let value = body;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value;
}
