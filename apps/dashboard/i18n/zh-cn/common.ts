import type { Catalog } from '../en/index.ts';

export const common: Catalog['common'] = {
  close: '关闭',
  cancel: '取消',
  copy: '复制',
  copied: '已复制',
  copyDiagnostics: '复制诊断信息',
  copyCommand: '复制命令',
  retry: '重试',
  loading: '正在加载',
  loadMore: '加载更多',
  none: '无',
  all: '全部',
  clear: '全部清除',
  remove: '移除',
  staleSince: (age) => `网关没有响应。这是${age}的数据。`,
  failed: '无法加载',
  unreachable: '无法连接网关。',
  unreachableRemedy: '启动网关后，此页面会自动继续。',
  showAsTable: '以表格显示',
  showAsChart: '以图表显示',
};
