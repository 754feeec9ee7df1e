/** Whether the browser has notices at all. */
export const canNotify = (): boolean => typeof Notification !== 'undefined';
