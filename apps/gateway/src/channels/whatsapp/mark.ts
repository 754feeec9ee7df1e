/** What goes out with each message, and comes back with what WhatsApp reports of it. */
export type Mark = { readonly deliveryId: string; readonly messageId?: string; readonly isPart?: boolean };

const MARK = /^(dlv_[0-9a-z]{1,40})(?::(msg_[0-9a-z]{1,40}))?(:part)?$/;

/** @example markOf({ deliveryId: 'dlv_1', messageId: 'msg_1', isPart: true }) // 'dlv_1:msg_1:part' */
export function markOf({ deliveryId, messageId, isPart }: Mark): string {
  return [deliveryId, messageId, isPart && 'part'].filter(Boolean).join(':');
}

/** Nothing for a message that something else sent. */
export function readMark(written: string | undefined): Mark | undefined {
  const [, deliveryId, messageId, part] = MARK.exec(written ?? '') ?? [];
  if (deliveryId === undefined) return undefined;
  return { deliveryId, ...(messageId !== undefined && { messageId }), ...(part !== undefined && { isPart: true }) };
}
