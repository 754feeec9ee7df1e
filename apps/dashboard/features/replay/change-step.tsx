'use client';
import Plus from 'lucide-react/icons/plus';
import Trash from 'lucide-react/icons/trash-2';
import { useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { FIELD_LOOK, Field, Radios } from './form-fields.tsx';
import { type Draft, type DraftAnswer, TOOL_ANSWERS } from './order.ts';

/** The name for every tool that is not named. */
const OTHERS = '*';

export type StepProps = { readonly draft: Draft; readonly set: (part: Partial<Draft>) => void };

/** What is otherwise: the configuration or one rule of it, and where whole messages are run again, the agent and its tools. */
export function ChangeStep({ draft, set, onlyDecides }: StepProps & { readonly onlyDecides: boolean }) {
  const t = useT();
  return (
    <>
      <Radios
        label={t.replay.configuration}
        choices={(['recorded', 'current', 'draft'] as const).map((value) => ({ value, title: t.replay.configs[value] }))}
        value={draft.config}
        onChange={(config) => set({ config })}
      />
      {draft.config === 'draft' ? <DraftConfig text={draft.configText} onChange={(configText) => set({ configText })} /> : null}
      <Rule draft={draft} set={set} />
      {onlyDecides ? (
        <p className="text-xs text-ink-2">{t.replay.onlyConfig}</p>
      ) : (
        <>
          <div className="grid gap-3 sm:grid-cols-2">
            <Field label={t.replay.agent} hint={t.replay.leaveEmpty}>
              <input value={draft.agentId} onChange={(event) => set({ agentId: event.target.value })} className={FIELD_LOOK} />
            </Field>
            <Field label={t.replay.model} hint={t.replay.leaveEmpty}>
              <input
                value={draft.model}
                placeholder={t.replay.modelExample}
                onChange={(event) => set({ model: event.target.value })}
                className={FIELD_LOOK}
              />
            </Field>
            <Field label={t.replay.tools} hint={t.replay.toolsHint}>
              <input value={draft.tools} onChange={(event) => set({ tools: event.target.value })} className={FIELD_LOOK} />
            </Field>
            <Field label={t.replay.prompt} hint={t.replay.leaveEmpty} className="sm:col-span-2">
              <textarea
                rows={3}
                value={draft.systemPrompt}
                onChange={(event) => set({ systemPrompt: event.target.value })}
                className={FIELD_LOOK}
              />
            </Field>
          </div>
          <ToolAnswers draft={draft} set={set} />
        </>
      )}
    </>
  );
}

function Rule({ draft, set }: StepProps) {
  const t = useT();
  return (
    <div className="grid gap-3 sm:grid-cols-[minmax(0,1fr)_10rem]">
      <Field label={t.replay.rule} hint={t.replay.ruleHint}>
        <textarea
          rows={2}
          spellCheck={false}
          value={draft.ruleText}
          placeholder={'{ agentId: "ada", match: { channel: "telegram" } }'}
          onChange={(event) => set({ ruleText: event.target.value })}
          className={`${FIELD_LOOK} font-mono text-xs`}
        />
      </Field>
      <Field label={t.replay.ruleReplaces} hint={t.replay.ruleReplacesHint}>
        <input
          inputMode="numeric"
          pattern="\d{1,4}"
          value={draft.ruleReplaces}
          onChange={(event) => set({ ruleReplaces: event.target.value })}
          className={FIELD_LOOK}
        />
      </Field>
    </div>
  );
}

/** What the calls of tools give. The tools themselves are never run. */
function ToolAnswers({ draft: { toolAnswers, onMiss }, set }: StepProps) {
  const t = useT();
  const change = (at: number, part: Partial<DraftAnswer>) =>
    set({ toolAnswers: toolAnswers.map((answer, index) => (index === at ? { ...answer, ...part } : answer)) });
  return (
    <fieldset className="flex min-w-0 flex-col gap-3">
      <legend className="pb-1 text-xs font-medium text-ink-2">{t.replay.toolPolicy}</legend>
      <p className="text-xs text-ink-2">{t.replay.toolPolicyHint}</p>
      {toolAnswers.map((answer, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the place is what an answer is
        <div key={at} className="grid items-end gap-3 sm:grid-cols-[minmax(0,12rem)_minmax(0,12rem)_minmax(0,1fr)_auto]">
          <Field label={t.replay.tool}>
            <input
              required
              value={answer.tool}
              placeholder={OTHERS}
              onChange={(event) => change(at, { tool: event.target.value })}
              className={FIELD_LOOK}
            />
          </Field>
          <Field label={t.replay.gives}>
            <select
              value={answer.kind}
              onChange={(event) => change(at, { kind: TOOL_ANSWERS.find((kind) => kind === event.target.value) ?? 'history' })}
              className={FIELD_LOOK}
            >
              {TOOL_ANSWERS.map((kind) => (
                <option key={kind} value={kind}>
                  {t.replay.toolAnswers[kind]}
                </option>
              ))}
            </select>
          </Field>
          {answer.kind === 'static' ? (
            <Field label={t.replay.result}>
              <input
                required
                value={answer.result}
                placeholder='{"time":"12:00"}'
                onChange={(event) => change(at, { result: event.target.value })}
                className={`${FIELD_LOOK} font-mono text-xs`}
              />
            </Field>
          ) : (
            <span className="hidden sm:block" />
          )}
          <Button
            look="quiet"
            aria-label={t.replay.removeAnswer(answer.tool)}
            onClick={() => set({ toolAnswers: toolAnswers.filter((_, index) => index !== at) })}
          >
            <Trash aria-hidden className="size-4" />
          </Button>
        </div>
      ))}
      <Button className="self-start" onClick={() => set({ toolAnswers: [...toolAnswers, { tool: '', kind: 'static', result: '' }] })}>
        <Plus aria-hidden className="size-4" />
        {t.replay.addAnswer}
      </Button>
      <Field label={t.replay.onMiss} className="max-w-md">
        <select
          value={onMiss}
          onChange={(event) => set({ onMiss: event.target.value === 'deny' ? 'deny' : 'fail' })}
          className={FIELD_LOOK}
        >
          <option value="fail">{t.replay.onMisses.fail}</option>
          <option value="deny">{t.replay.onMisses.deny}</option>
        </select>
      </Field>
    </fieldset>
  );
}

function DraftConfig({ text, onChange }: { readonly text: string; readonly onChange: (text: string) => void }) {
  const t = useT();
  return (
    <>
      <Field label={t.replay.configText}>
        <textarea
          required
          rows={8}
          spellCheck={false}
          value={text}
          onChange={(event) => onChange(event.target.value)}
          className={`${FIELD_LOOK} font-mono text-xs`}
        />
      </Field>
      <Field label={t.replay.configFile}>
        <input
          type="file"
          accept=".json,.json5"
          onChange={(event) => void event.target.files?.[0]?.text().then(onChange)}
          className="text-sm"
        />
      </Field>
    </>
  );
}
