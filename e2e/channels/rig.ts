/** A chat service with its users, as the driver sees it. To drive another channel: one file under rigs/ and its line in rigs/index.ts. */

export type Answer = {
  /** The sender that it went to, as `say` was given it. */
  readonly sender: number;
  readonly text: string;
  /** Where the service keeps a repeated send apart by its key: the key. */
  readonly key?: string;
};

export type Rig = {
  /** What the gateway's configuration says of it. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** A user writes; the service brings it until it is taken, each user's messages in their order. Senders are numbered from 1. */
  readonly say: (sender: number, text: string) => void;
  /** The service brings one of its latest messages once more. */
  readonly repeat: () => void;
  /** What the service has not been told to have arrived. */
  readonly untaken: () => number;
  /** Everything that arrived at the users, in that order. */
  readonly answers: () => readonly Answer[];
  /** What goes wrong now and then: each is called at its time and passes by itself. */
  readonly faults: Readonly<Record<string, () => void>>;
  readonly close: () => Promise<void>;
};

/** Starts the service. `gateway` is where the gateway is at the moment, `undefined` while it is down. */
export type RigFactory = (gateway: () => string | undefined) => Promise<Rig>;
