import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type Caller, createCaller } from '../../stand-ins/caller.ts';
import { startUnreliableWay } from '../../stand-ins/unreliable-way.ts';
import type { Answer, Rig, RigFactory } from '../rig.ts';

const TOKEN = 'the-token-of-those-who-write-0123456789';
const HEADERS = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
const POLL_MS = 25;

type Item = { readonly sender: number; readonly text: string; readonly key: string };

/** One of the gateway's own doors: how a message is brought to it, and what its answer calls the message. */
type OwnDoor = {
  readonly path: string;
  readonly bodyOf: (item: Item) => object;
  readonly messageIdIn: (answer: unknown) => string;
};

export const http = atDoor({
  path: '/api/messages',
  bodyOf: ({ sender, text, key }) => ({ from: `s${sender}`, text, idempotencyKey: key }),
  messageIdIn: (answer) => (answer as { messageId: string }).messageId,
});

/** Each person has a chat of the console. */
export const web = atDoor({
  path: '/trpc/console.send',
  bodyOf: ({ sender, text, key }) => ({ chat: `s${sender}`, text, key }),
  messageIdIn: (answer) => (answer as { result: { data: { messageId: string } } }).result.data.messageId,
});

/** People whose programs bring each message until it is taken, over a way that fails, and then ask for its answer. */
function atDoor({ path, bodyOf, messageIdIn }: OwnDoor): RigFactory {
  return async (gateway): Promise<Rig> => {
    const way = await startUnreliableWay(gateway);
    const lanes = new Map<number, Caller<Item>>();
    /** The messages of each sender that are not answered yet, the oldest first. */
    const open = new Map<number, string[]>();
    const answers: Answer[] = [];
    const known = new Set<string>();
    const closed = new AbortController();
    let newest: Item | undefined;

    const taken = ({ sender }: Item, status: number, body: string): void => {
      if (status < 200 || status > 299) return;
      const messageId = messageIdIn(JSON.parse(body));
      if (known.has(messageId)) return;
      known.add(messageId);
      open.set(sender, [...(open.get(sender) ?? []), messageId]);
    };
    const laneOf = (sender: number): Caller<Item> => {
      const call = (item: Item) => ({ url: `${way.url}${path}`, headers: HEADERS, body: JSON.stringify(bodyOf(item)) });
      const lane = lanes.get(sender) ?? createCaller<Item>({ call, onAnswer: taken });
      lanes.set(sender, lane);
      return lane;
    };
    /** Rejects when it cannot be asked. */
    const replyTo = async (messageId: string): Promise<string | undefined> => {
      const answer = await fetch(`${way.url}/api/messages/${messageId}`, { headers: HEADERS });
      if (!answer.ok) throw new Error(`GET /api/messages/${messageId}: ${answer.status}`);
      const { status, reply } = (await answer.json()) as { readonly status: string; readonly reply?: string };
      return status === 'delivered' ? reply : undefined;
    };
    /** The newest is asked for first: when it is answered, those before it must be. */
    const look = async (sender: number, ids: readonly string[]): Promise<void> => {
      const found = new Map<string, string>();
      for (const messageId of ids.toReversed()) {
        const text = await replyTo(messageId);
        if (text !== undefined) found.set(messageId, text);
      }
      answers.push(...[...found.values()].toReversed().map((text) => ({ sender, text })));
      open.set(
        sender,
        (open.get(sender) ?? []).filter((id) => !found.has(id)),
      );
    };
    const looking = (async () => {
      while (!closed.signal.aborted) {
        // Who cannot be asked now is asked the next time.
        await Promise.all([...open].map(([sender, ids]) => look(sender, ids).catch(() => undefined)));
        await wait(POLL_MS, undefined, { signal: closed.signal }).catch(() => undefined);
      }
    })();

    return {
      settings: { gateway: { auth: { token: TOKEN } } },
      say: (sender, text) => {
        newest = { sender, text, key: randomUUID() };
        laneOf(sender).add(newest);
      },
      repeat: () => {
        if (newest) laneOf(newest.sender).add({ ...newest });
      },
      untaken: () => [...lanes.values()].reduce((sum, lane) => sum + lane.waiting().length, 0),
      answers: () => answers,
      faults: {
        'a proxy answers with 503': () => way.fail({ status: 503 }),
        'a proxy answers with 429': () => way.fail({ status: 429, retryAfterSeconds: 1 }),
        'the connection breaks before a message': () => way.fail('drop'),
        'the connection breaks before the acknowledgement': () => way.fail('drop-after'),
        'all connections break': way.dropConnections,
      },
      close: async () => {
        closed.abort();
        await Promise.all([...lanes.values()].map((lane) => lane.close()));
        await looking;
        await way.close();
      },
    };
  };
}
