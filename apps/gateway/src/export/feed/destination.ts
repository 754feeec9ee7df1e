import { createFileDestination } from './file.ts';
import type { FeedSettings } from './settings.ts';
import { createSyslogDestination } from './syslog.ts';
import { createWebhookDestination } from './webhook.ts';

/** Events on their way out, each as the line that its format made of it. */
export type Batch = {
  readonly lines: readonly {
    readonly text: string;
    readonly position: number;
    readonly time: number;
    readonly type: string;
    readonly severity: string;
  }[];
  readonly lineEnd: string;
  readonly header: string | undefined;
  readonly mediaType: string;
};

/** Where batches go. `mark` is what it gave back for the last batch that arrived, in this process or an earlier one. */
export type Destination = {
  /**
   * Resolves once the batch has arrived, with a mark. Rejects when it has not, or when nobody knows; it is sent again then.
   * `remember` keeps another mark before anything of the batch is written.
   */
  readonly deliver: (
    batch: Batch,
    mark: Mark | undefined,
    signal: AbortSignal,
    remember: (mark: Mark) => void,
  ) => Promise<Mark | undefined>;
  readonly close: () => void;
};

export type Mark = Readonly<Record<string, number>>;

export type Sender = { readonly gatewayId: string; readonly version: string };

export function createDestination({ destination, secret, file }: FeedSettings, sender: Sender): Destination {
  const scheme = /^([a-z+]+):\/\//.exec(destination)?.[1];
  if (scheme === 'http' || scheme === 'https') return createWebhookDestination(destination, secret, sender);
  if (scheme === 'syslog' || scheme === 'syslog+tcp') return createSyslogDestination(new URL(destination), sender);
  return createFileDestination(destination, file);
}
