'use client';
import { encode } from 'uqr';

export type QrCodeProps = {
  readonly text: string;
  /** Where it leads. */
  readonly label: string;
};

/** The white around a code by which readers find it. */
const QUIET_MODULES = 4;

/** Dark on white in every theme: many readers take no other. */
export function QrDrawing({ text, label }: QrCodeProps) {
  const { size, data } = encode(text, { border: QUIET_MODULES });
  const dark = data.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  return (
    <svg role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`} shapeRendering="crispEdges" className="size-full">
      <rect width={size} height={size} fill="white" />
      <path d={dark} fill="black" />
    </svg>
  );
}
