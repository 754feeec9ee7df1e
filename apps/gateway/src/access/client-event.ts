import { subjectOf } from '../pipeline/context.ts';
import { plainAddress } from './addresses.ts';
import type { AccessRequest } from './index.ts';

type Pseudonym = (text: string) => Uint8Array;
type EventClient = { readonly address: string; readonly scheme: 'http' | 'https' };

/**
 * A client as an event names it, sealed with the key of a subject of its own: `data erase --subject address:203.0.113.9` makes
 * it unreadable. Empty where the address is not known.
 */
export function clientIn(
  socket: AccessRequest['socket'],
  pseudonym: Pseudonym,
): { readonly subject?: string; readonly client?: EventClient } {
  const address = plainAddress(socket?.remoteAddress);
  if (address === undefined) return {};
  return { subject: subjectOf({ pseudonym }, 'address', address), client: { address, scheme: socket?.encrypted ? 'https' : 'http' } };
}
