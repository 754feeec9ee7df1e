import type { EventDetail } from '../events/event-drawer.tsx';

/** What one writes into the simulator, field by field. */
export type Identity = {
  readonly channel: string;
  readonly account: string;
  readonly from: string;
  readonly group: string;
  readonly thread: string;
  /** Separated by commas. */
  readonly roles: string;
  /** `yes` or nothing. */
  readonly mentioned: string;
  readonly text: string;
};

export const EMPTY_IDENTITY: Identity = {
  channel: 'http',
  account: 'default',
  from: 'anna',
  group: '',
  thread: '',
  roles: '',
  mentioned: '',
  text: '',
};

/** What the gateway is asked for. */
export function toImagined({ channel, account, from, group, thread, roles, mentioned, text }: Identity) {
  const named = roles
    .split(',')
    .map((role) => role.trim())
    .filter((role) => role !== '');
  return {
    channel,
    account: account || 'default',
    from,
    text,
    ...(group && { group }),
    ...(thread && { thread }),
    ...(named.length > 0 && { roles: named }),
    ...(mentioned && { mentioned: true }),
  };
}

type Received = {
  readonly channel?: string;
  readonly account?: string;
  readonly sender?: { readonly id?: string; readonly roles?: readonly string[] };
  readonly peer?: { readonly kind?: string; readonly id?: string };
  readonly parent?: string;
  readonly mentioned?: boolean;
  readonly text?: string;
};

/** Who wrote what in a message that came in; nothing for another event. */
export function identityIn({ type, data }: Pick<EventDetail, 'type' | 'data'>): Identity | undefined {
  if (type !== 'message.received' || typeof data !== 'object' || data === null) return undefined;
  const { channel = '', account = 'default', sender, peer, parent, mentioned, text = '' } = data as Received;
  const isThread = peer?.kind === 'thread';
  const isGroup = peer?.kind === 'group' || peer?.kind === 'channel';
  return {
    channel,
    account,
    from: sender?.id ?? '',
    group: isThread ? (parent ?? '') : isGroup ? (peer?.id ?? '') : '',
    thread: isThread ? (peer?.id ?? '') : '',
    roles: (sender?.roles ?? []).join(', '),
    mentioned: mentioned ? 'yes' : '',
    text,
  };
}
