/** One routing rule more or another one, in a configuration that stays as it is otherwise. Pure. */
import { GatewayError } from '@openclaw-gateway/events';
import { parseJson5, toValue } from '../config/json5.ts';
import { readDocument } from '../replay/configs.ts';
import type { Change, ConfigDocument } from '../replay/job.ts';

/** A binding as it is written in a configuration, and which one it takes the place of, from 0; it comes after all others when left out. */
export type WrittenRule = { readonly text: string; readonly replace?: number | undefined };

type Ruled = { readonly document: ConfigDocument; readonly rule: NonNullable<Change['rule']> };

/**
 * The configuration with the rule, and the rule with its defaults. Throws CONFIG_SYNTAX and CONFIG_INVALID as the configuration would,
 * and BAD_REQUEST where it replaces none.
 */
export function withRule(document: ConfigDocument, { text, replace }: WrittenRule): Ruled {
  const written = document['bindings'];
  const bindings: readonly unknown[] = Array.isArray(written) ? written : [];
  if (replace !== undefined && replace >= bindings.length) {
    throw new GatewayError('BAD_REQUEST', {
      message: `The rule replaces bindings[${replace}], and the configuration has ${bindings.length} bindings.`,
      details: { remedy: 'Name one that it has, or add the rule.' },
    });
  }
  const rule = toValue(parseJson5(text));
  const next = { ...document, bindings: replace === undefined ? [...bindings, rule] : bindings.with(replace, rule) };
  const binding = readDocument(next).bindings[replace ?? bindings.length];
  if (!binding) throw new GatewayError('INTERNAL', { message: 'The configuration lost a binding.' });
  return { document: next, rule: { binding, ...(replace !== undefined && { replace }) } };
}
