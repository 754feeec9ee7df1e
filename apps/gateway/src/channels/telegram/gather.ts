/** Albums by webhook: Telegram brings a part only after the one before was taken, so each is made durable first. */
import type { ChannelContext } from '@openclaw-gateway/sdk';
import { untilDurable } from '../until-durable.ts';
import { albumOf, chatOf } from './album.ts';
import { type TakeContext, takeUpdates } from './take.ts';
import { type Bot, readUpdate, updateId } from './update.ts';

/** The parts of an album come within this time of each other; one that comes later is a message of its own. */
export const ALBUM_GAP_MS = 500;
/** One that is written in more characters is a message of its own. */
const MOST_PART_LENGTH = 65_536;
/** An album has no more. */
const MOST_PARTS = 10;

export type GatherContext = TakeContext & Pick<ChannelContext<unknown>, 'signal' | 'keepPart' | 'keptParts'>;

export type Albums = {
  /** Takes a part of an album; resolves once it is durable. Resolves with `false` for what is no part of one. */
  readonly take: (update: unknown) => Promise<boolean>;
  /** Receives the albums of the update's chat that are being gathered: what comes after them stays after them. */
  readonly finishBefore: (update: unknown) => Promise<void>;
  /** Goes on with what an earlier life of the account left. */
  readonly resume: () => Promise<void>;
};

export function gatherAlbums(bot: Bot, context: GatherContext): Albums {
  const { signal, keepPart, keptParts } = context;
  const albums = new Map<string, { readonly parts: Map<number, unknown>; timer?: NodeJS.Timeout }>();
  const receiving = new Map<string, Promise<unknown>>();

  const finish = async (name: string): Promise<void> => {
    const album = albums.get(name);
    if (!album) return void (await receiving.get(name));
    clearTimeout(album.timer);
    albums.delete(name);
    const parts = [...album.parts].toSorted(([a], [b]) => a - b).map(([, part]) => part);
    // One after the other, should late parts of the same album come meanwhile.
    const before = receiving.get(name) ?? Promise.resolve();
    const received = before.then(() => untilDurable(parts, () => takeUpdates(parts, bot, context), context));
    receiving.set(name, received);
    await received;
    if (receiving.get(name) === received) receiving.delete(name);
  };
  const add = (name: string, id: number, update: unknown): void => {
    const album = albums.get(name) ?? { parts: new Map<number, unknown>() };
    albums.set(name, album);
    album.parts.set(id, update);
    clearTimeout(album.timer);
    const waitMs = album.parts.size < MOST_PARTS ? ALBUM_GAP_MS : 0;
    album.timer = setTimeout(() => void finish(name).catch(() => undefined), waitMs);
  };
  signal.addEventListener('abort', () => {
    for (const { timer } of albums.values()) clearTimeout(timer);
    albums.clear();
  });

  return {
    take: async (update) => {
      const name = albumOf(update);
      const id = updateId(update);
      const reading = readUpdate(update, bot);
      if (!keepPart || name === undefined || id === undefined || reading.kind !== 'message') return false;
      if (JSON.stringify(update).length > MOST_PART_LENGTH) return false;
      await keepPart({ senderId: reading.inbound.sender.id, update });
      add(name, id, update);
      return true;
    },
    finishBefore: async (update) => {
      const chat = chatOf(update);
      if (chat === undefined) return;
      await Promise.all([...albums.keys(), ...receiving.keys()].filter((name) => name.startsWith(chat)).map(finish));
    },
    resume: async () => {
      for (const update of (await keptParts?.()) ?? []) {
        const name = albumOf(update);
        const id = updateId(update);
        if (name !== undefined && id !== undefined) add(name, id, update);
      }
    },
  };
}
