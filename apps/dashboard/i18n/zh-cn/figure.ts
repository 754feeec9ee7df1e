export const figure = (count: number) => count.toLocaleString('zh-CN');
