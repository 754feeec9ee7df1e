/** A figure with its limit, and how a list of them is printed. */
export type Result = {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Absent where a figure is only reported. */
  readonly limit?: { readonly atMost: number } | { readonly atLeast: number };
  /** The limit is that of a machine of a stated speed, and wider on a slower one. */
  readonly scales?: true;
};

/** Prints the figures as a table or as JSON and sets the exit code: 1 when a limit was missed. */
export function report(results: readonly Result[], { json }: { readonly json: boolean }): void {
  const rows = results.map((result) => ({ ...result, met: met(result) }));
  console.log(json ? JSON.stringify(rows, null, 2) : asTable(results));
  process.exitCode = rows.every((row) => row.met !== false) ? 0 : 1;
}

/** Whether a figure keeps its limit; `undefined` where it has none. */
function met({ value, limit }: Result): boolean | undefined {
  if (!limit) return undefined;
  return 'atMost' in limit ? value <= limit.atMost : value >= limit.atLeast;
}

function asTable(rows: readonly Result[]): string {
  const cells = rows.map((row) => {
    const limit = row.limit ? ('atMost' in row.limit ? `≤ ${short(row.limit.atMost)}` : `≥ ${short(row.limit.atLeast)}`) : '';
    return [row.name, `${short(row.value)} ${row.unit}`, limit, met(row) === undefined ? '' : met(row) ? 'met' : 'MISSED'];
  });
  const all = [['what', 'measured', 'limit', ''], ...cells];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('   ')
        .trimEnd(),
    )
    .join('\n');
}

function short(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(value >= 10 ? 1 : 2);
}
