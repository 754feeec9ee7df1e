import type { Catalog } from '../en/index.ts';

export const turn: Catalog['turn'] = {
  title: '此消息的路径',
  waterfall: '时间线',
  table: '时间线表格',
  total: '合计',
  stage: '阶段',
  start: '开始',
  duration: '用时',
  detail: '详情',
  stages: {
    receive: '接收',
    authenticate: '认证',
    route: '路由',
    queue: '排队',
    agent: '智能体',
    model: '模型',
    tool: '工具',
    deliver: '投递',
  },
  firstToken: '首个令牌',
  ongoing: '仍在进行',
  events: '此消息的事件',
};
