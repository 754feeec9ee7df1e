import type { Catalog } from '../en/index.ts';

export const shortcuts: Catalog['shortcuts'] = {
  title: '键盘快捷键',
  note: '输入文字时不起作用。',
  go: '前往',
  search: '筛选',
  row: '下一行或上一行',
  open: '打开该行',
  close: '关闭',
  live: '开关实时更新',
  help: '显示此列表',
};
