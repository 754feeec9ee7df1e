import type { Catalog } from '../en/index.ts';

export const timeRange: Catalog['timeRange'] = {
  title: '时间范围',
  label: (range) => `时间范围：${range}`,
  ranges: {
    '15m': '最近 15 分钟',
    '1h': '最近 1 小时',
    '6h': '最近 6 小时',
    '24h': '最近 24 小时',
    '7d': '最近 7 天',
    '30d': '最近 30 天',
    '90d': '最近 90 天',
    all: '全部时间',
  },
  own: (from, to) => `${from} – ${to}`,
  from: '从',
  to: '到',
  toHint: '留空则到现在为止。',
  endFirst: '结束时间不在开始时间之后。',
  apply: '应用',
  utc: '时间用 UTC 显示',
};
