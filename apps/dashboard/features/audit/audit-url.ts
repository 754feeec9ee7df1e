import { type inferParserType, parseAsArrayOf, parseAsBoolean, parseAsInteger, parseAsString, parseAsStringLiteral } from 'nuqs';
import { boundsOf, rangeParsers, rangeUrlKeys } from '../frame/time-range.ts';

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
export const VIEWS = ['trail', 'verify', 'checkpoints'] as const;

/** The audit page in its address. Whoever opens the address sees the same. */
export const auditParsers = {
  view: parseAsStringLiteral(VIEWS).withDefault('trail'),
  classes: parseAsArrayOf(parseAsStringLiteral(CLASSES)),
  query: parseAsString,
  actor: parseAsString,
  target: parseAsString,
  failed: parseAsBoolean.withDefault(false),
  ...rangeParsers('90d'),
  selected: parseAsInteger,
  /** The event whose proof is shown. */
  proof: parseAsInteger,
};

export const auditUrlKeys = { ...rangeUrlKeys, classes: 'class', query: 'q', selected: 'sel' } as const;

export type AuditQuery = inferParserType<typeof auditParsers>;
export type AuditChange = (part: { [K in keyof AuditQuery]?: AuditQuery[K] | null }, replace?: boolean) => void;

/** What the gateway is asked for. */
export type TrailFilter = {
  classes?: (typeof CLASSES)[number][];
  query?: string;
  actor?: string;
  target?: string;
  failed?: true;
  fromTime?: number;
  toTime?: number;
};

/** The filter that the address means at this time. */
export function toTrailFilter({ classes, query, actor, target, failed, ...range }: AuditQuery, nowMs: number): TrailFilter {
  return {
    ...(classes?.length ? { classes } : {}),
    ...(query ? { query } : {}),
    ...(actor ? { actor } : {}),
    ...(target ? { target } : {}),
    ...(failed ? { failed } : {}),
    ...boundsOf(range, nowMs),
  };
}

/** The id of an actor as the trail shows it: `user/usr_…`. */
export function actorId(who: string): string {
  return who.slice(who.indexOf('/') + 1);
}
