import type { Catalog } from '../en/index.ts';

export const console: Catalog['console'] = {
  title: '控制台',
  lead: '以网页渠道发送者的身份与智能体对话。每条消息都走与其他渠道相同的路径。',
  message: '消息',
  placeholder: '写一条消息',
  hint: '回车发送，Shift+回车换行',
  send: '发送',
  stop: '停止',
  retry: '再次发送',
  newChat: '新对话',
  log: '对话',
  empty: '还没有说过话',
  emptyWhy: '全新安装由 echo 模型回答，无需任何密钥。',
  sending: '正在发送',
  notSent: '未发送',
  notSentWhy: '网关没有确认收到。再次发送是安全的：同一条消息只会处理一次。',
  thinking: '正在回答',
  usingTool: (tool) => `正在使用 ${tool}`,
  openSession: '打开会话',
  trace: '轨迹',
};
