import type { Catalog } from '../en/index.ts';

export const status: Catalog['status'] = {
  received: '已接收',
  queued: '排队中',
  running: '正在回答',
  delivering: '正在发送',
  held: '已扣留',
  delivered: '已送达',
  rejected: '已拒绝',
  dead_lettered: '已放弃',
  no_reply: '无回复',
  merged: '已与另一条消息一并答复',
  discarded: '已彻底放弃',
};
