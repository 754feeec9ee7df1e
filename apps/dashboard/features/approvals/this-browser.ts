/**
 * What this browser does about notifications. The service worker is there exactly while they are turned on; with a push
 * subscription beside it they come also while no page is open.
 */
export type Ability = 'insecure' | 'unsupported' | 'blocked' | 'able';

export type ThisBrowser = {
  readonly ability: Ability;
  readonly isOn: boolean;
  /** What the gateway calls the subscription; nothing where there is none. */
  readonly id?: string;
};

const WORKER = '/push-worker.js';

/** Whether the browser can notify of this page at all. */
export function ability(): Ability {
  if (!window.isSecureContext) return 'insecure';
  if (!('serviceWorker' in navigator) || !('PushManager' in window) || typeof Notification === 'undefined') return 'unsupported';
  return Notification.permission === 'denied' ? 'blocked' : 'able';
}

export async function readThisBrowser(): Promise<ThisBrowser> {
  const can = ability();
  if (can !== 'able' || Notification.permission !== 'granted') return { ability: can, isOn: false };
  const worker = await navigator.serviceWorker.getRegistration(WORKER);
  const subscription = await worker?.pushManager.getSubscription();
  return { ability: can, isOn: worker !== undefined, ...(subscription && { id: await idOf(subscription) }) };
}

/** The notifications of the service worker have this title. */
export async function startWorker(title: string): Promise<ServiceWorkerRegistration> {
  await navigator.serviceWorker.register(`${WORKER}?title=${encodeURIComponent(title)}`);
  return await navigator.serviceWorker.ready;
}

/** Subscribes anew, with the key of this gateway. Rejects where the browser's push service cannot be reached. */
export async function subscribe({ pushManager }: ServiceWorkerRegistration, key: string): Promise<PushSubscription> {
  const former = await pushManager.getSubscription();
  await former?.unsubscribe();
  return await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

export async function turnOff(): Promise<void> {
  const worker = await navigator.serviceWorker.getRegistration(WORKER);
  const subscription = await worker?.pushManager.getSubscription();
  await subscription?.unsubscribe();
  await worker?.unregister();
}

/** The beginning of the SHA-256 of the endpoint. */
async function idOf({ endpoint }: PushSubscription): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(endpoint)));
  return [...hash.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
