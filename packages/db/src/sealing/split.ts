/**
 * Parts the data of an event into what anyone may see of it and what identifies a person. The open part keeps its shape:
 * a placeholder stands where something was taken out, so that a fold of it works although the rest cannot be read.
 * Pure: which fields are personal is what the event's schema marks with `pii`.
 */
import { eventDefinition } from '@openclaw-gateway/events/catalog/index';
import { ERASED_TEXT, piiPaths } from '@openclaw-gateway/events/define';

/** Stands in the open part for a text that was sealed. */
const SEALED_TEXT = '[sealed]';

const WHOLE = Symbol('whole');
const ITEMS = '[]';
/** Which fields of a value are personal: the value itself, or some of its fields or items. */
type Part = typeof WHOLE | Parts;
type Parts = ReadonlyMap<string, Part>;

export type SplitData = { readonly open: unknown; readonly sealed: unknown };

const partsByType = new Map<string, Part | undefined>();

/** The data in its two parts; `undefined` when it holds nothing personal. */
export function splitPersonal(type: string, data: unknown): SplitData | undefined {
  let part = partsByType.get(type);
  if (part === undefined && !partsByType.has(type)) {
    part = compile(eventDefinition(type));
    partsByType.set(type, part);
  }
  return part === undefined ? undefined : split(part, data);
}

/** The two parts as one again. */
export function joinPersonal(open: unknown, sealed: unknown): unknown {
  if (open === undefined || isEmptyContainer(open)) return sealed;
  if (Array.isArray(open) && Array.isArray(sealed)) return open.map((item, index) => joinPersonal(item, sealed[index] ?? {}));
  if (!isRecord(open) || !isRecord(sealed)) return isRecord(sealed) && Object.keys(sealed).length === 0 ? open : sealed;
  const joined: Record<string, unknown> = { ...open };
  for (const [key, value] of Object.entries(sealed)) joined[key] = joinPersonal(open[key], value);
  return joined;
}

/** The open part alone, as it is read when the rest is gone for good. */
export function withoutPersonal(open: unknown): unknown {
  if (open === SEALED_TEXT) return ERASED_TEXT;
  if (Array.isArray(open)) return open.map(withoutPersonal);
  if (!isRecord(open)) return open;
  return Object.fromEntries(Object.entries(open).map(([key, value]) => [key, withoutPersonal(value)]));
}

function compile(definition: ReturnType<typeof eventDefinition>): Part | undefined {
  const paths = definition ? piiPaths(definition.schema) : [];
  if (paths.length === 0) return undefined;
  if (paths.includes('')) return WHOLE;
  const root = new Map<string, Part>();
  for (const path of paths) {
    const steps = path.split('.').flatMap((step) => step.split(/(?=\[\])/).filter((name) => name !== ''));
    let at = root;
    for (const step of steps.slice(0, -1)) {
      const inner = at.get(step);
      const next = inner instanceof Map ? (inner as Map<string, Part>) : new Map<string, Part>();
      at.set(step, next);
      at = next;
    }
    at.set(steps.at(-1) ?? '', WHOLE);
  }
  return root;
}

function split(part: Part, value: unknown): SplitData | undefined {
  if (value === undefined) return undefined;
  if (part === WHOLE) return { open: placeholder(value), sealed: value };
  const items = part.get(ITEMS);
  if (items) return Array.isArray(value) ? splitItems(items, value) : undefined;
  return isRecord(value) ? splitFields(part, value) : undefined;
}

function splitFields(parts: Parts, value: Readonly<Record<string, unknown>>): SplitData | undefined {
  let open: Record<string, unknown> | undefined;
  const sealed: Record<string, unknown> = {};
  for (const [key, part] of parts) {
    const field = split(part, value[key]);
    if (!field) continue;
    open ??= { ...value };
    open[key] = field.open;
    sealed[key] = field.sealed;
  }
  return open && { open, sealed };
}

function splitItems(part: Part, items: readonly unknown[]): SplitData | undefined {
  const found = items.map((item) => split(part, item));
  if (found.every((item) => item === undefined)) return undefined;
  return { open: found.map((item, index) => (item ? item.open : items[index])), sealed: found.map((item) => item?.sealed ?? {}) };
}

/** Of the same kind as what it stands for, and the same for every value of that kind. */
function placeholder(value: unknown): unknown {
  if (typeof value === 'string') return SEALED_TEXT;
  if (Array.isArray(value)) return [];
  return isRecord(value) ? {} : null;
}

function isEmptyContainer(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : isRecord(value) && Object.keys(value).length === 0;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
