import { startPostgres } from '../../packages/db/src/testing/postgres.ts';
import { startGateway } from '../gateway-process.ts';
import { expect, signInTo, test } from './gateway.ts';

test('A12 Metrics: which instances share the log, and which of them leads', async ({ page }) => {
  test.setTimeout(120_000);
  await using server = await startPostgres();
  const database = { url: await server.database('openclaw') };
  await using one = await startGateway({ config: { gateway: { database, instance: { name: 'harbour' } } } });
  await using two = await startGateway({ config: { gateway: { database, instance: { name: 'lighthouse' } } } });
  await signInTo(two, page);
  await page.goto(`${two.url()}/metrics/?view=health`);
  const instances = page.getByRole('table', { name: 'Instances' });
  await expect(instances.getByRole('row', { name: /harbour.*Leads/ })).toBeVisible();
  await expect(instances.getByRole('row', { name: /lighthouse.*Stands by/ })).toBeVisible();
  await two.kill();
  await page.goto(`${one.url()}/metrics/?view=health`);
  await expect(instances.getByRole('row', { name: /lighthouse.*Gone/ })).toBeVisible({ timeout: 30_000 });
});
