/**
 * Saved views of the events: a query with a name, for oneself or shared. Which there are is the fold of the stream `views`, beside
 * those that every gateway has. Doors only pass on who asks; who may change what is decided here.
 */
import type { Store } from '@openclaw-gateway/db';
import { conditionOf } from '@openclaw-gateway/db/query/index';
import { type Actor, GatewayError, type NewEvent, type SavedView, SavedViews, ViewRemoved, ViewSaved } from '@openclaw-gateway/events';
import { SYSTEM_VIEWS } from './system.ts';

const STREAM = 'views';
const PAGE = 1000;
const MOST = 200;

/** What somebody wants to keep. */
export type ViewDraft = Omit<SavedView, 'owner' | 'savedAt'>;
/** `system`: every gateway has it and nobody changes it. `mine`: the one who asks saved it. */
export type ListedView = ViewDraft & { readonly system: boolean; readonly mine: boolean };

export type SavedViewsPart = {
  /** Those that everybody has, then those that the one who asks sees, by name. */
  readonly list: (actor: Actor) => readonly ListedView[];
  /** Throws VIEW_UNKNOWN. */
  readonly get: (name: string, actor: Actor) => ListedView;
  /** Throws QUERY_INVALID, VIEW_NAME_TAKEN, VIEWS_FULL. */
  readonly save: (draft: ViewDraft, actor: Actor) => Promise<ListedView>;
  /** Throws VIEW_UNKNOWN, and VIEW_NAME_TAKEN for one of somebody else. */
  readonly remove: (name: string, actor: Actor) => Promise<void>;
  /** Reads what earlier processes recorded. */
  readonly load: () => Promise<void>;
};

export function createSavedViews({ store }: { readonly store: Pick<Store, 'log'> }): SavedViewsPart {
  let state = SavedViews.initial();
  let changes: Promise<unknown> = Promise.resolve();

  const record = async (event: NewEvent, actor: Actor): Promise<void> => {
    const result = await store.log.append({ events: [{ streamId: STREAM, event, metadata: { actor } }] });
    if (!result.ok) throw new GatewayError('INTERNAL');
    for (const stored of result.events) state = SavedViews.evolve(state, stored);
  };
  /** One after the other, so that a name is given once. */
  const change = <T>(act: () => Promise<T>): Promise<T> => {
    const next = changes.then(act);
    changes = next.catch(() => undefined);
    return next;
  };
  const list = (actor: Actor): readonly ListedView[] => {
    const seen = [...state.views.values()].filter(({ shared, owner }) => shared || owner === actor.id);
    const own = seen.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map((view) => listed(view, actor));
    return [...SYSTEM_VIEWS.map((view) => ({ ...view, system: true, mine: false })), ...own];
  };
  const get = (name: string, actor: Actor): ListedView => {
    const found = list(actor).find((view) => view.name === name);
    if (!found) throw new GatewayError('VIEW_UNKNOWN', { details: { name } });
    return found;
  };

  return {
    list,
    get,
    save: (draft, actor) =>
      change(async () => {
        conditionOf({ query: draft.query }, Date.now());
        const before = state.views.get(draft.name);
        const isTaken = SYSTEM_VIEWS.some(({ name }) => name === draft.name) || (before !== undefined && before.owner !== actor.id);
        if (isTaken) throw new GatewayError('VIEW_NAME_TAKEN', { details: { name: draft.name } });
        if (!before && state.views.size >= MOST) throw new GatewayError('VIEWS_FULL', { details: { most: MOST } });
        await record(ViewSaved.create({ ...draft, owner: actor.id }), actor);
        return get(draft.name, actor);
      }),
    remove: (name, actor) =>
      change(async () => {
        const view = get(name, actor);
        if (!view.mine) throw new GatewayError('VIEW_NAME_TAKEN', { details: { name } });
        await record(ViewRemoved.create({ name, owner: actor.id }), actor);
      }),
    load: async () => {
      for (let version = 0; ; ) {
        const events = await store.log.readStream(STREAM, { afterVersion: version, limit: PAGE });
        for (const event of events) state = SavedViews.evolve(state, event);
        version = events.at(-1)?.version ?? version;
        if (events.length < PAGE) return;
      }
    },
  };
}

function listed({ owner, savedAt: _, ...view }: SavedView, actor: Actor): ListedView {
  return { ...view, system: false, mine: owner === actor.id };
}
