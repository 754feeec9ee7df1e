'use client';
import { useEffect, useRef, useState } from 'react';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Panel } from '../../ui/panel.tsx';
import { COLOURS } from './colours.ts';
import { contrast, rgbOf } from './contrast.ts';

const TYPE = ['text-2xs', 'text-xs', 'text-sm', 'text-base', 'text-lg', 'text-xl', 'text-2xl'] as const;
const LETTERS = 'Aa';
const STEPS_PX = [4, 8, 12, 16, 20, 24, 32, 48] as const;

/** Colours, type and space. `theme` is the name of the theme around it. */
export function Foundations({ theme }: { readonly theme: string }) {
  const t = useT();
  return (
    <>
      <Colours theme={theme} />
      <Panel title={t.design.in(t.design.type, theme)}>
        <div className="flex flex-col gap-2 px-4 py-3">
          <p className="text-sm text-ink-2">{t.design.typeLead}</p>
          {TYPE.map((size) => (
            <p key={size} className="flex items-baseline gap-4">
              <code className="w-16 shrink-0 font-mono text-2xs text-ink-3">{size}</code>
              <span className={`min-w-0 truncate figures ${size}`}>{t.design.sample}</span>
            </p>
          ))}
          <p className="flex items-baseline gap-4">
            <code className="w-16 shrink-0 font-mono text-2xs text-ink-3">font-mono</code>
            <span className="min-w-0 truncate font-mono text-xs">
              {t.design.mono} ses_01k3 {'{ "seq": 1204 }'}
            </span>
          </p>
        </div>
      </Panel>
      <Panel title={t.design.in(t.design.space, theme)}>
        <div className="px-4 py-3">
          <p className="pb-3 text-sm text-ink-2">{t.design.spaceLead}</p>
          <ul className="flex flex-wrap items-end gap-4">
            {STEPS_PX.map((step) => (
              <li key={step} className="text-center text-2xs text-ink-3 figures">
                <span className="mb-1 block bg-accent" style={{ width: step, height: step }} />
                {step}
              </li>
            ))}
          </ul>
        </div>
      </Panel>
    </>
  );
}

/** The contrast is that of the colours as they are painted, in this theme. */
function Colours({ theme }: { readonly theme: string }) {
  const t = useT();
  const format = useFormat();
  const root = useRef<HTMLDivElement>(null);
  const [ratios, setRatios] = useState<Readonly<Record<string, number>>>({});
  useEffect(() => {
    const swatches = [...(root.current?.querySelectorAll<HTMLElement>('[data-pair]') ?? [])];
    const measured = swatches.flatMap((swatch) => {
      const { color, backgroundColor } = getComputedStyle(swatch);
      const [front, back] = [rgbOf(color), rgbOf(backgroundColor)];
      return front && back ? [[swatch.dataset['pair'] ?? '', contrast(front, back)] as const] : [];
    });
    setRatios(Object.fromEntries(measured));
  }, []);
  return (
    <Panel title={t.design.in(t.design.colours, theme)}>
      <p className="px-4 pt-3 text-sm text-ink-2">{t.design.coloursLead}</p>
      <div ref={root}>
        <DataTable
          label={t.design.in(t.design.colourTable, theme)}
          rows={COLOURS}
          keyOf={({ id }) => id}
          columns={[
            {
              id: 'token',
              title: t.design.token,
              cell: ({ id, token, on }) => (
                <span className="flex items-center gap-2.5">
                  <span
                    data-pair={id}
                    aria-hidden
                    style={{ color: `var(--${token})`, backgroundColor: `var(--${on})` }}
                    className="flex size-7 shrink-0 items-center justify-center rounded border border-line text-sm font-semibold"
                  >
                    {LETTERS}
                  </span>
                  <code className="font-mono text-xs">{token}</code>
                </span>
              ),
            },
            { id: 'on', title: t.design.on, from: 'sm', cell: ({ on }) => <code className="font-mono text-xs text-ink-2">{on}</code> },
            { id: 'use', title: t.design.use, cell: ({ id }) => <span className="text-ink-2">{t.design.uses[id]}</span> },
            {
              id: 'contrast',
              title: t.design.contrast,
              align: 'right',
              cell: ({ id, least }) => {
                const ratio = ratios[id];
                if (ratio === undefined) return '–';
                return (
                  <Badge
                    tone={ratio >= least ? 'ok' : 'bad'}
                  >{`${format.decimal(ratio)} ${ratio >= least ? t.design.enough : t.design.short}`}</Badge>
                );
              },
            },
          ]}
        />
      </div>
    </Panel>
  );
}
