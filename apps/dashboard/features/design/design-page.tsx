'use client';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { useT } from '../../i18n/index.tsx';
import { classNames } from '../../ui/class-names.ts';
import { Segmented } from '../../ui/segmented.tsx';
import { PageTitle } from '../frame/page-title.tsx';
import { Controls } from './controls.tsx';
import { Data } from './data.tsx';
import { Foundations } from './foundations.tsx';

const SHOWN = ['both', 'light', 'dark'] as const;

/** The design system on its own page: everything in both themes at once. */
export function DesignPage() {
  const t = useT();
  const [shown, setShown] = useQueryState('theme', parseAsStringLiteral(SHOWN).withDefault('both'));
  const titles = { both: t.design.both, light: t.frame.themeLight, dark: t.frame.themeDark };
  const themes = shown === 'both' ? (['light', 'dark'] as const) : ([shown] as const);
  return (
    <>
      <PageTitle title={t.design.title}>
        <Segmented
          label={t.design.themes}
          choices={SHOWN.map((value) => ({ value, title: titles[value] }))}
          value={shown}
          onChange={(value) => void setShown(value)}
          className="ml-auto"
        />
      </PageTitle>
      <p className="max-w-3xl pb-4 text-sm text-ink-2">{t.design.lead}</p>
      <div className={classNames('grid gap-4', shown === 'both' && 'xl:grid-cols-2')}>
        {themes.map((theme) => (
          <div
            key={theme}
            style={{ colorScheme: theme }}
            className="flex min-w-0 flex-col gap-4 rounded-xl border border-line bg-canvas p-3 text-ink sm:p-4"
          >
            <h2 className="text-lg font-semibold">{titles[theme]}</h2>
            <Foundations theme={titles[theme]} />
            <Controls theme={titles[theme]} />
            <Data theme={titles[theme]} />
          </div>
        ))}
      </div>
    </>
  );
}
