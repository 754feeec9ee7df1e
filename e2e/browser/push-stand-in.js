// Runs in the page: in place of the browser's own push service, which is on the internet, the subscription in `window.standInSubscription`.
(() => {
  const kept = () => {
    const text = localStorage.getItem('stand-in-push');
    if (text === null) return null;
    const subscription = JSON.parse(text);
    const unsubscribe = async () => {
      localStorage.removeItem('stand-in-push');
      return true;
    };
    return { endpoint: subscription.endpoint, toJSON: () => subscription, unsubscribe };
  };
  // A Chromium without a screen says that a page may not notify, whatever it was told.
  Object.defineProperty(Notification, 'permission', { get: () => localStorage.getItem('stand-in-permission') ?? 'default' });
  Notification.requestPermission = async () => {
    localStorage.setItem('stand-in-permission', 'granted');
    return 'granted';
  };
  PushManager.prototype.getSubscription = async () => kept();
  PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
    const isAsExpected = userVisibleOnly === true && /^[\w-]{87}$/.test(applicationServerKey);
    if (!window.standInSubscription || !isAsExpected) throw new DOMException('push service not available', 'AbortError');
    localStorage.setItem('stand-in-push', JSON.stringify(window.standInSubscription));
    return kept();
  };
})();
