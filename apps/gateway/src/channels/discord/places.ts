/** What Discord tells of its servers: which channels there are, which of them are threads, what the roles are called. */
import { z } from 'zod';
import type { Places } from './message.ts';

/** More than a bot that one connection serves will see. */
const MOST_ENTRIES = 100_000;

const channel = z.looseObject({
  id: z.string(),
  type: z.int().optional(),
  parent_id: z.string().nullish(),
  last_message_id: z.string().nullish(),
});
const guild = z.looseObject({
  id: z.string(),
  roles: z.array(z.looseObject({ id: z.string(), name: z.string() })).optional(),
  channels: z.array(channel).optional(),
  threads: z.array(channel).optional(),
});
const role = z.looseObject({ role: z.looseObject({ id: z.string(), name: z.string() }) });
const listed = z.looseObject({ threads: z.array(channel) });

/** A channel whose last message is known. */
export type Seen = { readonly id: string; readonly guildId: string; readonly lastMessageId: string };
export type KnownPlaces = Places & {
  /** Takes what a dispatch tells; answers with the channels that it tells of for the first time. */
  readonly learn: (name: string, data: unknown) => readonly Seen[];
};

export function createPlaces(selfId: string): KnownPlaces {
  const threads = new Map<string, string>();
  const roleNames = new Map<string, string>();
  const note = (map: Map<string, string>, id: string, value: string | null | undefined) => {
    if (value && (map.size < MOST_ENTRIES || map.has(id))) map.set(id, value);
  };
  const learn = (name: string, data: unknown): readonly Seen[] => {
    if (name === 'GUILD_CREATE') {
      const { id: guildId, roles = [], channels = [], threads: active = [] } = guild.safeParse(data).data ?? { id: '' };
      for (const { id, name: roleName } of roles) note(roleNames, id, roleName);
      for (const { id, parent_id: parent } of active) note(threads, id, parent);
      return [...channels, ...active].flatMap(({ id, last_message_id: last }) => (last ? [{ id, guildId, lastMessageId: last }] : []));
    }
    if (name === 'THREAD_CREATE' || name === 'THREAD_UPDATE') {
      const thread = channel.safeParse(data).data;
      if (thread) note(threads, thread.id, thread.parent_id);
    } else if (name === 'THREAD_LIST_SYNC') {
      for (const { id, parent_id: parent } of listed.safeParse(data).data?.threads ?? []) note(threads, id, parent);
    } else if (name === 'THREAD_DELETE') {
      threads.delete(channel.safeParse(data).data?.id ?? '');
    } else if (name === 'GUILD_ROLE_CREATE' || name === 'GUILD_ROLE_UPDATE') {
      const changed = role.safeParse(data).data?.role;
      if (changed) note(roleNames, changed.id, changed.name);
    }
    return [];
  };
  return { selfId, threads, roleNames, learn };
}
