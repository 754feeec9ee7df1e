type Rgb = readonly [red: number, green: number, blue: number];

/** The contrast of two colours by WCAG 2.2, from 1 to 21. @example contrast([0, 0, 0], [255, 255, 255]) // 21 */
export function contrast(one: Rgb, other: Rgb): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(colour: Rgb): number {
  const [red = 0, green = 0, blue = 0] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** A colour as a browser computes it. @example rgbOf('rgb(1, 2, 3)') // [1, 2, 3] */
export function rgbOf(computed: string): Rgb | undefined {
  const [red, green, blue] = [...computed.matchAll(/[\d.]+/g)].map(([figure]) => Number(figure));
  return red === undefined || green === undefined || blue === undefined ? undefined : [red, green, blue];
}
