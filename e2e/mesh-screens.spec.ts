import type { Page } from 'playwright/test';
import { startMeshRelay, startNode, type MeshNode } from './mesh.fixture.ts';
import { expectAccessible, expectNoOverflow } from './page-checks.fixture.ts';
import { composer, expect, test as base } from './weft.fixture.ts';

/** A browser of its own on the page of a relay. */
const test = base.extend<{ node: MeshNode & { readonly url: string } }>({
  node: async ({ browserName: _ }, use) => {
    const relay = await startMeshRelay();
    const node = await startNode(relay.url);
    await use({ ...node, url: relay.url });
    await node.kill();
    await relay.remove();
  },
});

const heading = (page: Page, name: string) => page.getByRole('heading', { name, exact: true });

/** Every screen of the mesh as it is now, in both themes and both widths. */
async function expectFit(page: Page, url: string, state: string): Promise<void> {
  for (const screen of ['contribute', 'network', 'models'] as const) {
    await page.goto(`${url}/#/${screen}`);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [1280, 360]) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await page.setViewportSize({ width, height: 800 });
        await expectNoOverflow(page);
        await expectAccessible(page, `${screen}, ${state}, ${colorScheme}, ${width}`);
      }
    }
  }
}

test('the screens of the mesh are accessible and fit, before and after joining', async ({ node }) => {
  const { page, url } = node;
  await expect(composer(page)).toBeEnabled();
  await expect(page.getByRole('link', { name: /^Join a mesh/ })).toBeVisible();
  await expectFit(page, url, 'not joined');

  await page.goto(`${url}/#/network`);
  await page
    .getByRole('button', { name: /^Join / })
    .first()
    .click();
  await expect(heading(page, 'Relays you joined')).toBeVisible();
  await expect(page.getByText('You are connected, but nobody else is here right now.')).toBeVisible();
  await expect(page.getByText('You have no key yet.')).toBeVisible();
  await expectFit(page, url, 'joined');

  await page.goto(`${url}/#/network`);
  await page.getByRole('button', { name: 'Check', exact: true }).click();
  await expect(page.getByText(/^Done: /)).toBeVisible();
  await expectAccessible(page, 'the doctor');

  await page.goto(`${url}/#/join/aW52aXRl`);
  await expect(
    page
      .getByRole('button', { name: 'See the network' })
      .or(page.getByRole('group', { name: 'Problem' }))
      .first(),
  ).toBeVisible();
  await expectAccessible(page, 'an invitation');
  expect([...node.origins]).toEqual([url]);
});
