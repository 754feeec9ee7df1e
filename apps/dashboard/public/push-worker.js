// Shows what the gateway pushes. No request of any page passes through here, and nothing is kept.
const title = new URL(self.location.href).searchParams.get('title') ?? 'OpenClaw Gateway';

self.addEventListener('push', (event) => {
  const { tool, agent, more, url } = event.data.json();
  const body = [tool, agent].filter(Boolean).join(' · ') + (more > 0 ? ` (+${more})` : '');
  event.waitUntil(self.registration.showNotification(title, { body, tag: 'approvals', renotify: true, data: { url } }));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(show(event.notification.data.url));
});

async function show(url) {
  const [page] = await self.clients.matchAll({ type: 'window' });
  if (page) await (await page.focus()).navigate(url);
  else await self.clients.openWindow(url);
}
