'use client';
import { parseAsArrayOf, parseAsBoolean, parseAsString, useQueryStates } from 'nuqs';
import { useMemo } from 'react';
import { type Column, type ColumnSet, columnsText, parseColumns } from '../../ui/columns.ts';

export type LogColumn = 'time' | 'date' | 'level' | 'component' | 'message' | 'event' | 'session' | 'flow';

export const LOG_COLUMNS: ColumnSet<LogColumn> = {
  widths: { time: 104, date: 128, level: 64, component: 96, message: undefined, event: 84, session: 96, flow: 96 },
  usual: ['time', 'level', 'component', 'message'],
};

const PARSERS = { cols: parseAsArrayOf(parseAsString), wrap: parseAsBoolean.withDefault(false) };

/** How the lines are laid out, as it stands in the address. */
export function useLogLayout() {
  const [{ cols, wrap }, change] = useQueryStates(PARSERS, { history: 'replace' });
  return useMemo(
    () => ({
      columns: parseColumns(LOG_COLUMNS, cols),
      wrap,
      setColumns: (columns: readonly Column<LogColumn>[]) => void change({ cols: columnsText(LOG_COLUMNS, columns) }),
      toggleWrap: () => void change({ wrap: !wrap }),
    }),
    [cols, wrap, change],
  );
}

export type LogLayout = ReturnType<typeof useLogLayout>;
