/** What the main thread and the thread that drives browsers say to each other. */

/** What is done on the page of a conversation. */
export type Action =
  | { readonly kind: 'open'; readonly url: string }
  | { readonly kind: 'click'; readonly ref: string }
  | { readonly kind: 'type'; readonly ref: string; readonly text: string; readonly submit: boolean }
  | { readonly kind: 'extract'; readonly what: 'snapshot' | 'text'; readonly offset: number }
  | { readonly kind: 'screenshot'; readonly fullPage: boolean }
  | { readonly kind: 'back' }
  | { readonly kind: 'wait'; readonly text?: string | undefined; readonly ms?: number | undefined };

/** How a browser is started. */
export type Launch = {
  readonly executable: string;
  /** The browser's own sandbox around its pages. */
  readonly sandbox: boolean;
  readonly environment: Readonly<Record<string, string>>;
  /** Its only way out. */
  readonly proxy: { readonly url: string; readonly username: string; readonly password: string };
};

/** A page after something was done on it. */
export type Seen = {
  readonly url: string;
  readonly title: string;
  /** Of the answer to the last navigation, where it was one. */
  readonly status?: number;
  readonly snapshot?: string;
  readonly text?: string;
  readonly nextOffset?: number;
  readonly image?: Uint8Array;
  /** What the page asked for and did not get, such as a download. */
  readonly refused?: readonly string[];
};

export type ToBrowsers =
  | { readonly type: 'act'; readonly id: number; readonly name: string; readonly launch: Launch; readonly action: Action }
  | { readonly type: 'close'; readonly name: string }
  /** Every browser was ended; the thread ends when they are gone. */
  | { readonly type: 'end' };

export type FromBrowsers =
  | { readonly type: 'launched'; readonly name: string; readonly pid: number }
  | { readonly type: 'gone'; readonly name: string }
  | {
      readonly type: 'answer';
      readonly id: number;
      readonly seen?: Seen;
      readonly problem?: string;
      /** Where the page went last, also when it did not get there. */
      readonly wentTo?: string;
    };
