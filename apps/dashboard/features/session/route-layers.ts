/** Which layer gave a message its agent and its model, from what was recorded alone. Pure. */
export const LAYERS = ['default', 'agent', 'channel', 'rule', 'session', 'message'] as const;
export type Layer = (typeof LAYERS)[number];

/** A value of a layer. `by` is the rule or the key that sets it. */
export type Given = { readonly value: string; readonly by: string; readonly counts: boolean };
export type LayerRow = { readonly layer: Layer; readonly agent?: Given; readonly model?: Given };

type Decided = {
  readonly candidates: readonly { readonly rule: string; readonly actual: Readonly<Record<string, string>> }[];
  readonly winner?: string | undefined;
  readonly agentId?: string | undefined;
  readonly model?: string | undefined;
  readonly modelFrom?: string | undefined;
};

/** Every layer from the weakest to the strongest; without a value where it gave none or none was recorded. */
export function layersOf({ candidates, winner, agentId, model, modelFrom }: Decided): readonly LayerRow[] {
  const rules = candidates.map(({ rule, actual }) => {
    const counts = rule === winner;
    const layer = layerOf(rule);
    // What a binding saw is the message's, not an agent; who is the default is known once it decided.
    const seen = layer === 'rule' || layer === 'default' || actual['agentId'] === 'none' ? undefined : actual['agentId'];
    return { rule, layer, counts, value: counts ? agentId : seen };
  });
  return LAYERS.map((layer) => {
    const ofLayer = rules.filter((rule) => rule.layer === layer && rule.value !== undefined);
    const agent = ofLayer.find(({ counts }) => counts) ?? ofLayer[0];
    const by = layer === 'agent' ? `agents.entries.${agentId}.model` : modelFrom === 'built-in' ? 'built-in' : 'agents.defaults.model';
    const gives = model !== undefined && layer === (modelFrom === 'agent' ? 'agent' : modelFrom && 'default');
    return {
      layer,
      ...(agent?.value !== undefined && { agent: { value: agent.value, by: agent.rule, counts: agent.counts } }),
      ...(gives && { model: { value: model, by, counts: true } }),
    };
  });
}

function layerOf(rule: string): Layer {
  if (rule === 'request.agent') return 'message';
  if (rule.startsWith('session.')) return 'session';
  if (rule === 'agents.default') return 'default';
  return /^channels\..+\.agentId$/.test(rule) ? 'channel' : 'rule';
}
