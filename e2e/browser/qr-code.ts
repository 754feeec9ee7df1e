/** What a phone reads off the screen. */
import { join } from 'node:path';
import type { Locator } from '@playwright/test';

const READER = join(import.meta.dirname, '../../node_modules/jsqr/dist/jsQR.js');

/** The text of a QR code as it is painted; nothing as long as there is none. */
export async function readQrCode(code: Locator): Promise<string | undefined> {
  const png = (await code.screenshot()).toString('base64');
  const reader = await code.page().context().newPage();
  await reader.addScriptTag({ path: READER });
  const text = await reader.evaluate<string | undefined>(`(async () => {
    const picture = await fetch('data:image/png;base64,${png}');
    const image = await createImageBitmap(await picture.blob());
    const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
    canvas.drawImage(image, 0, 0);
    const { data, width, height } = canvas.getImageData(0, 0, image.width, image.height);
    return jsQR(data, width, height, { inversionAttempts: 'dontInvert' })?.data;
  })()`);
  await reader.close();
  return text;
}
