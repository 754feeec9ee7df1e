import { expect, test } from './gateway.ts';
import { DOORS, openDoors, openEvents } from './live.ts';

for (const door of DOORS) {
  test(`A10 B15 a message by ${door} is answered, and its row appears in the open event log`, async ({ page, gateway, signIn }) => {
    await signIn();
    await openEvents(page, gateway);
    await using doors = await openDoors(gateway, page.context());
    const text = `a question by ${door} ${Date.now()}`;
    const answer = await doors.say[door](text);
    expect(answer).toContain(`echo: ${text}`);
    await expect(page.locator('[data-position]').filter({ hasText: text }).first()).toBeVisible();
    await expect(page.getByTestId('tail-state')).toHaveCount(0);
  });
}
