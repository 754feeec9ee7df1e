import type { Catalog } from '../en/index.ts';

export const ui: Catalog['ui'] = {
  cancel: '取消',
  confirm: '确认',
  reason: '理由',
  reasonHint: '会连同你的名字记入审计记录。',
  reasonMissing: '请说明理由。',
  optional: '可选',
  on: '开',
  off: '关',
  resize: '调整窗格大小',
  wrap: '自动换行',
  noRows: '这里什么也没有。',
  sortedBy: (column, descending) => `${column}，${descending ? '从高到低' : '从低到高'}`,
  series: (first, last, low, high) => `从 ${first} 到 ${last}，最低 ${low}，最高 ${high}`,
  progress: (done, total) => `${done}，共 ${total}`,
  forbidden: '你的角色不允许这样做',
  roleNeeded: (roles, permission) => `需要权限 ${permission}。具有该权限的角色：${roles}。`,
  askAdmin: '管理访问权限的人可以在“访问权限”页面或用以下命令授予：',
  yourRoles: (roles) => `你的角色：${roles}。`,
};
