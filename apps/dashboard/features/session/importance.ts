/** How much a reader wants to see of each type of event. What differs from the usual stands in the address. Pure. */
export const IMPORTANCES = ['normal', 'collapsed', 'hidden'] as const;
export type Importance = (typeof IMPORTANCES)[number];

/** As in an address: `model.requested:hidden`. */
export type Choices = readonly string[];

/** Steps that every message takes and that say nothing beside the one before them. */
const USUAL: Readonly<Record<string, Importance>> = {
  'session.opened': 'collapsed',
  'tool.started': 'collapsed',
  'delivery.requested': 'collapsed',
};

/** What a type counts as. */
export function importanceOf(choices: Choices, type: string): Importance {
  const chosen = choices.findLast((choice) => choice.startsWith(`${type}:`))?.slice(type.length + 1);
  return IMPORTANCES.find((importance) => importance === chosen) ?? USUAL[type] ?? 'normal';
}

/** The choices with another one; what is usual need not be said. */
export function choose(choices: Choices, type: string, importance: Importance): Choices {
  const others = choices.filter((choice) => !choice.startsWith(`${type}:`));
  return importance === (USUAL[type] ?? 'normal') ? others : [...others, `${type}:${importance}`].toSorted();
}

export type Row<T> = { readonly kind: 'one'; readonly item: T } | { readonly kind: 'folded'; readonly items: readonly T[] };

/**
 * The rows to show, in their order: what is collapsed and stands together is one of them. `hidden` counts what is left out. What
 * failed is shown, whatever was chosen.
 */
export function rowsOf<T extends { readonly type: string }>(
  items: readonly T[],
  choices: Choices,
  hasFailed: (item: T) => boolean,
): { readonly rows: readonly Row<T>[]; readonly hidden: number } {
  const rows: ({ readonly kind: 'one'; readonly item: T } | { readonly kind: 'folded'; readonly items: T[] })[] = [];
  let hidden = 0;
  for (const item of items) {
    const importance = hasFailed(item) ? 'normal' : importanceOf(choices, item.type);
    const last = rows.at(-1);
    if (importance === 'hidden') hidden += 1;
    else if (importance === 'normal') rows.push({ kind: 'one', item });
    else if (last?.kind === 'folded') last.items.push(item);
    else rows.push({ kind: 'folded', items: [item] });
  }
  return { rows, hidden };
}

/** How often each type is in a folded row, in the order they come: `tool.started ×3, session.opened`. */
export function namesOf(items: readonly { readonly type: string }[]): string {
  const counts = new Map<string, number>();
  for (const { type } of items) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].map(([type, count]) => (count === 1 ? type : `${type} ×${count}`)).join(', ');
}
