/** The bindings as an operator wants to see them: in the order they are asked, and which of them no message can reach. Pure. */
import { type Binding, type BindingMatch, compare, inOrder } from './binding.ts';

export type BindingInOrder = {
  /** As decisions name it: `bindings[2]`. */
  readonly rule: string;
  readonly binding: Binding;
  /** What it asks for, in the words of decisions. */
  readonly expected: Readonly<Record<string, string>>;
  /** The rule before it that takes everything this one could take. */
  readonly shadowedBy?: string;
};

/** The bindings in the order they are asked. */
export function bindingsInOrder(bindings: readonly Binding[]): readonly BindingInOrder[] {
  const ordered = inOrder(bindings);
  return ordered.map(({ binding, index }, place) => {
    const before = ordered.slice(0, place).find((earlier) => covers(earlier.binding.match, binding.match));
    return {
      rule: nameOf(index),
      binding,
      expected: expectedBy(binding),
      ...(before && { shadowedBy: nameOf(before.index) }),
    };
  });
}

const nameOf = (index: number) => `bindings[${index}]`;

/** What a binding asks for, as decisions record it. */
export function expectedBy(binding: Binding): Readonly<Record<string, string>> {
  return compare(binding, { channel: '', account: '', peer: { kind: 'direct', id: '' } }).expected;
}

/** Whether every message that fits `narrow` fits `wide`, as far as that can be told from what is written: it may be so and not be found. */
function covers(wide: BindingMatch, narrow: BindingMatch): boolean {
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  const any = (value: string | undefined) => value === undefined || value === '*';
  return (
    (any(wide.channel) || wide.channel === narrow.channel) &&
    (any(wide.accountId) || wide.accountId === narrow.accountId) &&
    (wide.peer?.kind === undefined || wide.peer.kind === narrow.peer?.kind) &&
    (wide.peer?.id === undefined || wide.peer.id === narrow.peer?.id) &&
    (wide.group === undefined || wide.group === narrow.group) &&
    (wide.thread === undefined || wide.thread === narrow.thread) &&
    (wide.roles === undefined || narrow.roles?.every((role) => wide.roles?.includes(role)) === true) &&
    (wide.text === undefined || wide.text === narrow.text || /^\*+$/.test(wide.text)) &&
    (wide.schedule === undefined || same(wide.schedule, narrow.schedule))
  );
}
