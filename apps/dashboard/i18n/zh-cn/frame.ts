import type { Catalog } from '../en/index.ts';
import { figure } from './figure.ts';

export const frame: Catalog['frame'] = {
  skip: '跳到页面内容',
  navigation: '主导航',
  observe: '观察',
  operate: '操作',
  overview: '概览',
  events: '事件',
  sessions: '会话',
  console: '控制台',
  live: (head) => `实时 · 序号 ${head}`,
  connecting: '正在连接',
  reconnecting: '正在重连',
  paused: '已暂停',
  pauseLive: '暂停实时更新',
  resumeLive: '恢复实时更新',
  newEvents: (count) => `${figure(count)} 个新事件`,
  changeLanguage: '语言',
  theme: '主题',
  themeSystem: '跟随系统',
  themeLight: '浅色',
  themeDark: '深色',
  signOut: '退出登录',
  help: '键盘快捷键',
  notFound: '没有这个页面',
  version: (version) => `版本 ${version}`,
};
