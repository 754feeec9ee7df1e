import type { Catalog } from '../en/index.ts';
import { figure } from './figure.ts';

export const views: Catalog['views'] = {
  title: '已存视图',
  all: '全部',
  more: '更多已存视图',
  moreCount: (count) => `还有 ${figure(count)} 个视图`,
  dirty: '保存后已更改',
  reset: '还原',
  save: '保存视图',
  replace: '替换',
  saved: '视图已保存',
  removed: '视图已删除',
  name: '名称',
  pin: '作为标签显示',
  share: '对所有人可见',
  whatIsKept: '保存查询、时间范围和列；自定的起止时间作为查询的一部分保存。命令行：openclaw events list --view 名称。',
  system: {
    errors: '错误',
    denied: '被拒绝',
    slow: '慢于 5 秒',
    'tool-calls': '工具调用',
    'deliveries-failed': '投递失败',
    'config-changes': '配置更改',
    'today-by-channel': '今天按渠道',
  },
};
