/** Whether an endpoint is asked, by how its calls went. Pure: the time comes from outside. */
export type Circuit = {
  /** Failed calls since the last one that went well. */
  readonly failures: number;
  /** It is not asked before; `undefined` while it is closed. */
  readonly openUntil?: number;
  /** How often it opened since the last call that went well. */
  readonly openings: number;
  /** When the one call began that tries an open circuit out. */
  readonly trialAt?: number;
};

export type CircuitRules = {
  /** So many failures in a row open it. */
  readonly failures: number;
  /** How long it stays open the first time, in milliseconds; twice as long each further time. */
  readonly openFor: number;
};

export const CLOSED: Circuit = { failures: 0, openings: 0 };

const LONGEST_OPEN_MS = 10 * 60_000;

/** `trial`: one call may see whether it is well again. */
export function circuitState(circuit: Circuit, now: number): 'closed' | 'open' | 'trial' {
  if (circuit.openUntil === undefined) return 'closed';
  if (now < circuit.openUntil) return 'open';
  return circuit.trialAt === undefined || circuit.trialAt < circuit.openUntil ? 'trial' : 'open';
}

/** A call begins. */
export function asked(circuit: Circuit, now: number): Circuit {
  return circuitState(circuit, now) === 'trial' ? { ...circuit, trialAt: now } : circuit;
}

/** A call was given up for reasons that say nothing about the endpoint, so that another one may try it. */
export function dropped({ trialAt: _, ...circuit }: Circuit): Circuit {
  return circuit;
}

/** A call failed. `lasting`: the next one would fail as well, as with a wrong key. */
export function failed(circuit: Circuit, rules: CircuitRules, now: number, lasting = false): Circuit {
  const failures = circuit.failures + 1;
  const isOpen = circuit.openUntil !== undefined;
  // What was under way when it opened says nothing new.
  if (isOpen && circuit.trialAt === undefined && now < (circuit.openUntil ?? 0)) return { ...circuit, failures };
  if (!isOpen && !lasting && failures < rules.failures) return { ...circuit, failures };
  const openings = circuit.openings + 1;
  return { failures, openings, openUntil: now + Math.min(rules.openFor * 2 ** (openings - 1), LONGEST_OPEN_MS) };
}
