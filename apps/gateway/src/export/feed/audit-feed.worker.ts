/** The thread of the continuous export. */
import { parentPort, workerData } from 'node:worker_threads';
import { exportMaskKey } from '@openclaw-gateway/db/export/keys';
import { ExportReader } from '@openclaw-gateway/db/export/reader';
import { egress } from '../../operations/egress/index.ts';
import { createFormat } from '../formats/index.ts';
import { createMask } from '../masking.ts';
import { CursorFile } from './cursor.ts';
import { Delivery, type FeedStatus } from './deliver.ts';
import { createDestination } from './destination.ts';
import type { FeedSettings } from './settings.ts';

export type FeedWork = {
  readonly databases: string;
  readonly cursorFile: string;
  readonly settings: FeedSettings;
  readonly gatewayId: string;
  readonly version: string;
};
export type ToFeed = { readonly kind: 'head'; readonly head: number } | { readonly kind: 'stop' };
export type FromFeed = { readonly kind: 'status'; readonly status: FeedStatus };

if (!parentPort) throw new TypeError('the continuous export runs in a worker thread');
const port = parentPort;
const { databases, cursorFile, settings, gatewayId, version } = workerData as FeedWork;

egress.apply(settings.egress);
const reader = new ExportReader(databases);
const destination = createDestination(settings, { gatewayId, version });
const delivery = new Delivery({
  reader,
  types: settings.types,
  format: createFormat(settings.format, { gatewayId, version }),
  mask: createMask({ ...settings.masking, key: exportMaskKey(databases) }),
  destination,
  cursor: new CursorFile(cursorFile, settings.destination),
  onStatus: (status) => port.postMessage({ kind: 'status', status } satisfies FromFeed),
  random: Math.random,
});
port.on('message', (message: ToFeed) => {
  if (message.kind === 'head') delivery.moved(message.head);
  else delivery.stop();
});
await delivery.run();
destination.close();
reader.close();
port.close();
