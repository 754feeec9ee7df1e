/** What the form and the editor know of the configuration: its JSON Schema, read as a list of fields. */

export type Schema = {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly deprecated?: boolean;
  readonly writeOnly?: boolean;
  readonly enum?: readonly unknown[];
  readonly $ref?: string;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly 'x-reload'?: 'hot' | 'restart';
};

export type Path = readonly string[];
export type Document = Readonly<Record<string, unknown>>;

/** `map`: names that the user chooses. `objects`: a list of them. `json`: what has more than one shape. */
export type Kind = 'flag' | 'number' | 'text' | 'choice' | 'list' | 'map' | 'objects' | 'json';

export type Field = {
  readonly path: Path;
  /** As the documentation names it: `agents.entries.*.model`. */
  readonly key: string;
  readonly kind: Kind;
  readonly schema: Schema;
  readonly secret: boolean;
  readonly choices: readonly string[];
  readonly reload: 'hot' | 'restart';
  readonly description: string;
  readonly fallback?: unknown;
};

/** The option that a form can show: a plain value before an object. */
export function plain(schema: Schema): Schema {
  const options = (schema.anyOf ?? []).filter((option) => option.$ref === undefined);
  const [first] = options;
  if (!first) return schema;
  const { anyOf: _, ...around } = schema;
  return { ...first, ...around };
}

/** The schema of a place, whatever names the user chose on the way. */
export function schemaAt(root: Schema, path: Path): Schema | undefined {
  return path.reduce<Schema | undefined>((node, part) => {
    for (const option of node ? [node, ...(node.anyOf ?? [])] : []) {
      const own = option.properties?.[part];
      if (own) return own;
      if (option.items && /^\d+$/.test(part)) return option.items;
      if (typeof option.additionalProperties === 'object') return option.additionalProperties;
    }
    return undefined;
  }, root);
}

/** How the documentation names a place: names that the user chose are `*`, places in a list `[]`. */
export function keyOf(root: Schema, path: Path): string {
  let key = '';
  path.forEach((part, index) => {
    const parent = schemaAt(root, path.slice(0, index));
    const options = parent ? [parent, ...(parent.anyOf ?? [])] : [];
    if (options.some((option) => option.properties?.[part])) key += key === '' ? part : `.${part}`;
    else if (options.some((option) => option.items)) key += '[]';
    else key += '.*';
  });
  return key;
}

/** Every field of a document: what is written, and what could be. */
export function fieldsOf(root: Schema, document: Document): readonly Field[] {
  const fields: Field[] = [];
  const visit = (node: Schema, path: Path, key: string, value: unknown): void => {
    if (node.deprecated || key === '$schema') return;
    const kind = kindOf(node, value);
    const flat = plain(node);
    const push = () => fields.push(fieldOf(node, path, key, kind));
    if (kind === 'map') {
      push();
      const inner = flat.additionalProperties as Schema;
      for (const name of Object.keys(tableOf(value))) {
        if (!flat.properties?.[name]) visit(inner, [...path, name], `${key}.*`, tableOf(value)[name]);
      }
    } else if (kind === 'objects') {
      push();
      (Array.isArray(value) ? value : []).forEach((item, index) => {
        for (const [name, child] of Object.entries(flat.items?.properties ?? {})) {
          visit(child, [...path, String(index), name], `${key}[].${name}`, tableOf(item)[name]);
        }
      });
    } else if (!flat.properties || kind === 'json') push();
    if (kind === 'json' || kind === 'objects') return;
    for (const [name, child] of Object.entries(flat.properties ?? {})) {
      visit(child, [...path, name], key === '' ? name : `${key}.${name}`, tableOf(value)[name]);
    }
  };
  visit(root, [], '', document);
  return fields;
}

function kindOf(node: Schema, value: unknown): Kind {
  const options = (node.anyOf ?? [node]).filter((option) => option.$ref === undefined);
  const shapes = options.map(({ type }) => type);
  const isNested = (type: Schema['type']) => type === 'object' || type === 'array';
  if (options.length > 1 && shapes.some(isNested)) {
    // `model: { primary }` is another spelling of `model`.
    const isSpelling = options.every(({ type, properties }) => !isNested(type) || Object.keys(properties ?? {}).join() === 'primary');
    if (!isSpelling || (typeof value === 'object' && value !== null)) return 'json';
  }
  const flat = plain(node);
  if (flat.enum) return 'choice';
  if (flat.type === 'boolean') return 'flag';
  if (flat.type === 'integer' || flat.type === 'number') return 'number';
  if (flat.type === 'array') return flat.items && plain(flat.items).properties ? (flat.items.anyOf ? 'json' : 'objects') : 'list';
  if (typeof flat.additionalProperties === 'object' && Object.keys(flat.additionalProperties).length > 0) return 'map';
  if (flat.type === 'object') return flat.properties ? 'text' : 'json';
  return flat.type === undefined ? 'json' : 'text';
}

function fieldOf(node: Schema, path: Path, key: string, kind: Kind): Field {
  const flat = plain(node);
  const items = kind === 'list' && flat.items ? plain(flat.items) : undefined;
  return {
    path,
    key,
    kind,
    schema: node,
    secret: node.writeOnly === true,
    choices: (flat.enum ?? items?.enum ?? []).map(String),
    reload: node['x-reload'] ?? 'restart',
    description: node.description ?? '',
    ...(node.default !== undefined && { fallback: node.default }),
  };
}

export function valueAt(document: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) => (typeof value === 'object' && value !== null && Object.hasOwn(value, part) ? (value as Document)[part] : undefined),
    document,
  );
}

/** The path as one writes it: `bindings[0].agentId`. */
export function writtenPath(path: Path): string {
  return path.reduce(
    (text, part) =>
      /^\d+$/.test(part)
        ? `${text}[${part}]`
        : /^[^.[\]"'\s]+$/.test(part)
          ? `${text}${text && '.'}${part}`
          : `${text}[${JSON.stringify(part)}]`,
    '',
  );
}

/** The path that was written. @example pathOf('bindings[0].agentId') // ['bindings', '0', 'agentId'] */
export function pathOf(written: string): Path {
  return [...written.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g)].map(([, index, quoted, name = '']) =>
    quoted === undefined ? (index ?? name) : (JSON.parse(quoted) as string),
  );
}

/** Where the value comes from that holds when nothing is written here: an agent has its defaults', an account its channel's. */
export function inheritedFrom(path: Path): Path | undefined {
  if (path[0] === 'agents' && path[1] === 'entries' && path.length > 3) return ['agents', 'defaults', ...path.slice(3)];
  if (path[0] === 'channels' && path[2] === 'accounts' && path.length > 4) return ['channels', path[1] ?? '', ...path.slice(4)];
  return undefined;
}

function tableOf(value: unknown): Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Document) : {};
}
