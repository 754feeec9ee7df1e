import { FIELDS, type FieldSpec, MISSING_FIELDS, SEARCHED_PATHS } from '@openclaw-gateway/db/query/index';
import { code, generated, table } from './markdown.ts';

const INTRODUCTION = `One way to ask for events, wherever events are looked for: \`openclaw events list -q '…'\`, \`openclaw events tail -q '…'\`,
\`GET /api/events?q=…\` and the dashboard.

\`\`\`
type:message.* channel:(telegram,http) -agent:main
sev:>=warn time:-1h..now
dur:>2s outcome:failed OR has:error
data.problem.code:MODEL_TIMEOUT "your invoice"
\`\`\``;

const GRAMMAR = `## How a query is written

\`\`\`
query  = clause { [AND] clause } { OR … }          AND binds tighter than OR; parentheses group
clause = [- | NOT] ( "(" query ")" | field op value | text )
op     = :   is, or matches where the value has a *        :=  is exactly
         :~  matches a pattern with * and ?                :>  :>=  :<  :<=
value  = word | "quoted" | (a, b) any of them | a..b from a to b, both included; either end may be missing
\`\`\`

Clauses that stand side by side must all hold. Names of fields may be written in any case; values are compared as they are written.
A quotation mark or a backslash inside quotes has a backslash before it.

**Text** without a field finds events by the words people, models and tools wrote, in any case and with or without accents. Words in
quotes must follow each other; \`refun*\` finds every word that begins so. Chinese, Japanese, Korean and Thai words are found inside sentences.

**Times** are \`now\`, \`today\`, \`yesterday\`, a duration before or after now (\`-15m\`, \`-7d\`, \`+5m\`), a date or a time (\`2026-05-01\`,
\`2026-05\`, \`2026-05-01T12:30\`, \`2026-05-01T12:30:00+02:00\`) or milliseconds since 1970. A date stands for its whole day, in UTC.
**Durations** are \`500ms\`, \`2s\`, \`1h30m\`, \`7d\`, \`2w\`, or a number of milliseconds.`;

const LIMITS = `## What happens with a query

Types, channels, agents, sessions, messages, positions, times and words are found by an index. Everything else is looked at event by
event: up to 200,000 of them. A query that would have to look at more is refused (\`QUERY_UNBOUNDED\`) with a time to add. A query that has
found nothing for two seconds answers with what there is and \`partial: true\`; \`next\` (or \`scannedTo\`) goes on from there.

A mistake is refused with its place:

\`\`\`console
$ openclaw events list -q 'type:run.* sesion:ses_x'
error: There is no field sesion. Did you mean session?
  type:run.* sesion:ses_x
             ^^^^^^
What to do: Correct the marked place; docs/query-language.md lists the fields and how values are written.
\`\`\``;

/** docs/query-language.md: the grammar, and every field as the registry has it. */
export function queryLanguagePage(): string {
  const fields = Object.entries(FIELDS).map(([name, spec]: [string, FieldSpec]) => [
    [name, ...spec.aliases].map(code).join(', '),
    spec.operators.map(code).join(' '),
    spec.description,
    code(spec.example),
  ]);
  const missing = Object.entries(MISSING_FIELDS).map(([name, reason]) => [code(name), reason]);
  const searched = [...SEARCHED_PATHS].map(([type, paths]) => [code(type), paths.map(code).join(', ')]);
  return [
    generated('Query language', INTRODUCTION, 'the field registry in `packages/db/src/query`'),
    GRAMMAR,
    `## Fields\n\n${table(['Field', 'Operators', 'Meaning', 'Example'], fields)}`,
    `These are refused, because the log has no source for them:\n\n${table(['Field', 'Why'], missing)}`,
    `## Which words are found\n\nA reply that was sent is found as the model's answer.\n\n${table(['Event', 'Fields of its data'], searched)}`,
    `${LIMITS}\n`,
  ].join('\n\n');
}
