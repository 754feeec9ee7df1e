import { GatewayError } from '@openclaw-gateway/events';

/** So many missing fields are named in one refusal. */
const MOST_NAMED = 10;

/**
 * The message that a webhook's body makes: the hook's template filled in, else the body's `text`, else the body as
 * compact JSON, or nothing where it brings files. Throws BAD_JSON where the body is not JSON, and BAD_REQUEST naming the fields that the template needs and
 * the body does not have.
 * @example webhookText('{"repo":{"name":"x"}}', 'Push to {{repo.name}}') // 'Push to x'
 */
export function webhookText(rawBody: string, template?: string, bringsFiles = false): string {
  const body = parse(rawBody);
  if (template !== undefined) return fill(template, body);
  if (typeof body === 'string') return body;
  const text = at(body, 'text');
  if (typeof text === 'string' && text.trim() !== '') return text;
  return bringsFiles ? '' : JSON.stringify(body);
}

function parse(rawBody: string): unknown {
  try {
    return JSON.parse(rawBody);
  } catch (cause) {
    throw new GatewayError('BAD_JSON', { cause });
  }
}

/** `{{path.to.field}}` by its value: texts as they are, other values as JSON, `null` as nothing. */
function fill(template: string, body: unknown): string {
  const missing = new Set<string>();
  const filled = template.replace(/\{\{\s*([^{}\s]{1,256})\s*\}\}/g, (_, path: string) => {
    const value = path === '.' ? body : at(body, path);
    if (value === undefined) missing.add(path);
    if (value === undefined || value === null) return '';
    return typeof value === 'string' ? value : JSON.stringify(value);
  });
  if (missing.size > 0) throw incomplete([...missing].slice(0, MOST_NAMED));
  return filled;
}

function incomplete(missing: readonly string[]): GatewayError {
  const fields = missing.map((field) => ({ field, expected: "a value for the hook's template", got: 'nothing' }));
  const message = `The body lacks what the hook's template needs: ${missing.join(', ')}.`;
  return new GatewayError('BAD_REQUEST', { message, details: { fields } });
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
