import type { Catalog } from '../en/index.ts';

export const columns: Catalog['columns'] = {
  title: '列',
  width: (name) => `列“${name}”的宽度`,
  moveLeft: (name) => `将“${name}”左移`,
  moveRight: (name) => `将“${name}”右移`,
  pin: (name) => `固定“${name}”`,
  reset: '默认列',
};
