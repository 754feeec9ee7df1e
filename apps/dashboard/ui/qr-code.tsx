'use client';
import { later } from './later.tsx';
import type { QrCodeProps } from './qr-drawing.tsx';

const Drawing = later(() => import('./qr-drawing.tsx').then((module) => module.QrDrawing), { idle: true });

/** A code that a phone reads off the screen. Its place is kept until it is drawn. */
export function QrCode({ text, label }: QrCodeProps) {
  return (
    <div className="size-33 shrink-0 overflow-hidden rounded-md bg-white">
      <Drawing text={text} label={label} />
    </div>
  );
}
