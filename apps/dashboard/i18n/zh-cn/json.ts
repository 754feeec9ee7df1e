import type { Catalog } from '../en/index.ts';
import { figure } from './figure.ts';

export const json: Catalog['json'] = {
  items: (count) => `${figure(count)} 项`,
  keys: (count) => `${figure(count)} 个键`,
  showMore: (count) => `再显示 ${figure(count)} 项`,
  showAll: '显示全部',
};
