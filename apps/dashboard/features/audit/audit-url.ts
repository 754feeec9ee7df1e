import {
  createSerializer,
  type inferParserType,
  parseAsArrayOf,
  parseAsBoolean,
  parseAsInteger,
  parseAsString,
  parseAsStringLiteral,
} from 'nuqs';

export const CLASSES = [
  'authentication',
  'authorization',
  'configuration',
  'admin',
  'tool',
  'data_access',
  'export',
  'retention',
  'gateway',
] as const;
export const RANGES = ['24h', '7d', '30d', '90d', 'all'] as const;
export const VIEWS = ['trail', 'verify', 'checkpoints'] as const;

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const RANGE_MS = { '24h': DAY_MS, '7d': 7 * DAY_MS, '30d': 30 * DAY_MS, '90d': 90 * DAY_MS };

/** The audit page in its address. Whoever opens the address sees the same. */
export const auditParsers = {
  view: parseAsStringLiteral(VIEWS).withDefault('trail'),
  classes: parseAsArrayOf(parseAsStringLiteral(CLASSES)),
  query: parseAsString,
  actor: parseAsString,
  target: parseAsString,
  failed: parseAsBoolean.withDefault(false),
  range: parseAsStringLiteral(RANGES).withDefault('90d'),
  selected: parseAsInteger,
  /** The event whose proof is shown. */
  proof: parseAsInteger,
};

export const auditUrlKeys = { classes: 'class', query: 'q', selected: 'sel' } as const;

export type AuditQuery = inferParserType<typeof auditParsers>;
export type AuditChange = (part: { [K in keyof AuditQuery]?: AuditQuery[K] | null }, replace?: boolean) => void;

const serialize = createSerializer(auditParsers, { urlKeys: auditUrlKeys });

/** The address of the audit page with these filters. */
export function auditUrl(query: Partial<AuditQuery>): string {
  return serialize('/audit/', query);
}

/** What the gateway is asked for. */
export type TrailFilter = {
  classes?: (typeof CLASSES)[number][];
  query?: string;
  actor?: string;
  target?: string;
  failed?: true;
  fromTime?: number;
};

/** The filter that the address means at this time. */
export function toTrailFilter({ classes, query, actor, target, failed, range }: AuditQuery, nowMs: number): TrailFilter {
  return {
    ...(classes?.length ? { classes } : {}),
    ...(query ? { query } : {}),
    ...(actor ? { actor } : {}),
    ...(target ? { target } : {}),
    ...(failed ? { failed } : {}),
    ...(range === 'all' ? {} : { fromTime: Math.floor((nowMs - RANGE_MS[range]) / MINUTE_MS) * MINUTE_MS }),
  };
}

/** The id of an actor as the trail shows it: `user/usr_…`. */
export function actorId(who: string): string {
  return who.slice(who.indexOf('/') + 1);
}
