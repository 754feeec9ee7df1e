'use client';
import { useFormat, useT } from '../i18n/index.tsx';

type SparklineProps = {
  readonly label: string;
  /** Oldest first; nothing where there was no measurement. */
  readonly values: readonly (number | undefined)[];
  readonly format?: (value: number) => string;
  readonly height?: number;
};

const WIDTH = 100;
const MARGIN = 1.5;

/** The course of a figure, small beside it. What it shows is also said in words. */
export function Sparkline({ label, values, format, height = 28 }: SparklineProps) {
  const t = useT();
  const { decimal } = useFormat();
  const write = format ?? decimal;
  const known = values.filter((value) => value !== undefined);
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined) return <span className="block" style={{ height }} />;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const x = (index: number) => (values.length < 2 ? WIDTH : (index / (values.length - 1)) * WIDTH);
  const y = (value: number) => (high === low ? height / 2 : height - MARGIN - ((value - low) / (high - low)) * (height - 2 * MARGIN));
  const lines = runs(values).map((run) => run.map(([index, value]) => `${x(index)},${y(value)}`).join(' '));
  return (
    <svg
      role="img"
      aria-label={`${label}: ${t.ui.series(write(first), write(last), write(low), write(high))}`}
      viewBox={`0 0 ${WIDTH} ${height}`}
      preserveAspectRatio="none"
      className="block w-full"
      style={{ height }}
    >
      {lines.map((points) => (
        <polyline
          key={points}
          points={points}
          fill="none"
          stroke="var(--bar-info)"
          strokeWidth="1.5"
          vectorEffect="non-scaling-stroke"
          strokeLinejoin="round"
        />
      ))}
    </svg>
  );
}

type Point = readonly [index: number, value: number];

/** The parts without a gap. */
function runs(values: SparklineProps['values']): Point[][] {
  const found: Point[][] = [];
  let run: Point[] | undefined;
  for (const [index, value] of values.entries()) {
    if (value === undefined) run = undefined;
    else if (run) run.push([index, value]);
    else {
      run = [[index, value]];
      found.push(run);
    }
  }
  return found;
}
