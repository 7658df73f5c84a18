import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from 'playwright/test';

/** What is on screen now keeps every accessibility rule. */
export async function expectAccessible(page: Page, where: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`),
    where,
  ).toEqual([]);
}

/** Nothing is wider than the window. A narrow layout comes with the next frame. */
export async function expectNoOverflow(page: Page): Promise<void> {
  await expect
    .poll(() => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth))
    .toBe(0);
}
