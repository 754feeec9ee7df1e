'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { client, type Outputs, trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { useSayError } from '../../ui/said.tsx';
import { readThisBrowser, startWorker, subscribe, turnOff } from './this-browser.ts';

const BROWSER = ['this-browser'];

/** `open` notifies only while a page of the dashboard is open. */
export type Notified = 'insecure' | 'unsupported' | 'blocked' | 'off' | 'open' | 'on';

/** Whether this browser is notified, and how that is changed; which of the person's browsers are. */
export function useNotified() {
  const t = useT();
  const sayError = useSayError();
  const cache = useQueryClient();
  const mine = useQuery(trpc.push.list.queryOptions());
  const browser = useQuery({ queryKey: BROWSER, queryFn: readThisBrowser });
  const id = browser.data?.id;
  const refresh = async () => {
    await Promise.all([cache.invalidateQueries({ queryKey: BROWSER }), cache.invalidateQueries(trpc.push.list.queryFilter())]);
  };

  async function turn(on: boolean): Promise<void> {
    try {
      if (!on) await remove(id);
      else if ((await Notification.requestPermission()) === 'granted' && mine.data) await begin(mine.data);
    } catch (error) {
      sayError(error);
    } finally {
      await refresh();
    }
  }

  async function begin({ key }: Outputs['push']['list']): Promise<void> {
    const worker = await startWorker(t.approvals.pushTitle);
    const subscription = await subscribe(worker, key).catch(() => undefined);
    if (!subscription) return;
    const { endpoint, keys = {} } = subscription.toJSON();
    try {
      await client.push.subscribe.mutate({ endpoint: endpoint ?? '', p256dh: keys['p256dh'] ?? '', auth: keys['auth'] ?? '' });
    } catch (error) {
      await subscription.unsubscribe();
      throw error;
    }
  }

  /** One that the gateway does not know any more is off already. */
  async function remove(which: string | undefined): Promise<void> {
    if (which !== undefined && mine.data?.browsers.some((one) => one.id === which)) await client.push.unsubscribe.mutate({ id: which });
    if (which === id) await turnOff();
  }

  const state = browser.data && mine.data && stateOf(browser.data, mine.data.browsers);
  return {
    state,
    turn,
    browsers: mine,
    thisId: id,
    remove: async (which: string) => {
      await remove(which).catch(sayError).finally(refresh);
    },
  };
}

function stateOf(
  { ability, isOn, id }: Awaited<ReturnType<typeof readThisBrowser>>,
  browsers: readonly { readonly id: string }[],
): Notified {
  if (ability !== 'able') return ability;
  if (!isOn) return 'off';
  if (id === undefined) return 'open';
  return browsers.some((one) => one.id === id) ? 'on' : 'off';
}
