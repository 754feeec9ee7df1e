import type { Catalog } from '../en/index.ts';

export const route: Catalog['route'] = {
  title: '为什么这样路由？',
  recorded: '这是当时的记录，没有重新计算。',
  none: '此消息没有记录路由决定。',
  table: '按尝试顺序排列的规则',
  rule: '规则',
  result: '结果',
  expected: '期望',
  actual: '实际',
  reason: '理由',
  matched: '匹配',
  unmatched: '不匹配',
  notReached: '未到达',
  winner: '胜出规则',
  sessionKeyRule: '会话键依据',
  agent: '智能体',
  model: '模型',
  modelFrom: { agent: '来自智能体', defaults: '来自默认值', 'built-in': '内置' },
  config: '配置',
  took: '决定用时',
};
