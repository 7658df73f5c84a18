import type { Locator, Page } from 'playwright/test';
import { privateKeyToAccount } from 'viem/accounts';
import { startChainRelay, type ChainRelay } from './chain-relay.fixture.ts';
import { expectAccessible, expectNoOverflow } from './page-checks.fixture.ts';
import { expect, test as base } from './weft.fixture.ts';

const test = base.extend<{ relay: ChainRelay }>({
  relay: async ({ allowedOrigins }, use) => {
    const relay = await startChainRelay();
    allowedOrigins.push(new URL(relay.url).origin);
    await use(relay);
    await relay.remove();
  },
});

async function openWallet(page: Page, url: string): Promise<void> {
  await page.goto(`${url}#/wallet`);
  await expect(page.getByRole('heading', { name: 'Wallet', level: 1 })).toBeVisible();
}

const button = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true });

async function createKey(page: Page): Promise<string> {
  await button(page, 'Create a key').click();
  return addressOn(page);
}

async function addressOn(page: Page): Promise<string> {
  const address = page.getByText(/^0x[0-9a-f]{40}$/);
  await expect(address).toBeVisible();
  return address.innerText();
}

/** The words as a person writes them down. */
async function phraseOn(page: Page): Promise<string> {
  await button(page, 'Show the recovery phrase…').click();
  await button(page, 'Show the words').click();
  const words = page.getByRole('list', { name: 'Words of the recovery phrase' }).getByRole('listitem');
  await expect(words).toHaveCount(12);
  const phrase = (await words.allInnerTexts()).map((text) => text.trim()).join(' ');
  await button(page, 'I wrote them down').click();
  return phrase;
}

async function recover(page: Page, phrase: string): Promise<void> {
  await button(page, 'Enter a recovery phrase…').click();
  await page.getByRole('textbox', { name: 'Recovery phrase' }).fill(phrase);
  await button(page, 'Use this key').click();
}

/** How far what was on screen has moved by itself since the page came, as browsers count it: 0 is not at all. */
const shifted = (page: Page): Promise<number> =>
  page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        new PerformanceObserver((list) =>
          resolve(
            list.getEntries().reduce((sum, entry) => sum + (entry as PerformanceEntry & { value: number }).value, 0),
          ),
        ).observe({ type: 'layout-shift', buffered: true });
        // Nothing moved: the observer is never called.
        setTimeout(() => resolve(0), 500);
      }),
  );

/** The row of a figure. */
const row = (page: Page, label: string): Locator =>
  page.locator('.row').filter({ has: page.getByRole('term').filter({ hasText: label }) });

async function move(page: Page, action: string, amount: string, submit: string): Promise<void> {
  await button(page, action).click();
  await page.getByRole('textbox', { name: 'Amount in WEFT' }).fill(amount);
  await button(page, submit).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
}

test('a key is made when asked, survives a reload, and its phrase opens it in another browser', async ({
  browser,
  page,
  origin,
}) => {
  await openWallet(page, origin);
  await expect(page.getByText('On this server everything costs nothing')).toBeVisible();
  await page.reload();
  const address = await createKey(page);
  const phrase = await phraseOn(page);
  await page.reload();
  expect(await addressOn(page)).toBe(address);

  const elsewhere = await browser.newContext();
  const other = await elsewhere.newPage();
  await openWallet(other, origin);
  await recover(other, phrase);
  expect(await addressOn(other)).toBe(address);
  await elsewhere.close();
});

test('a passphrase locks the key in every tab and over a reload', async ({ context, page, origin }) => {
  await openWallet(page, origin);
  await createKey(page);
  const other = await context.newPage();
  await openWallet(other, origin);
  await addressOn(other);

  await button(page, 'Set a passphrase…').click();
  await page.getByLabel('New passphrase', { exact: true }).fill('correct horse');
  await page.getByLabel('New passphrase again', { exact: true }).fill('correct horse');
  await button(page, 'Save').click();
  await button(other, 'Lock').click();
  for (const tab of [page, other]) await expect(button(tab, 'Unlock')).toBeVisible();
  await page.reload();
  await page.getByLabel('Passphrase', { exact: true }).fill('correct horse');
  await button(page, 'Unlock').click();
  await expect(button(page, 'Lock')).toBeVisible();
});

test('money comes, is deposited and withdrawn, and is there again after the key is recovered', async ({
  browser,
  page,
  relay,
}) => {
  await openWallet(page, relay.url);
  const address = await createKey(page);
  await expect(page.getByText('Nothing has moved yet.')).toBeVisible();
  await button(page, 'Get test tokens').click();
  await expect(page.getByText('20,000 WEFT')).toBeVisible();

  await move(page, 'Deposit…', '150.5', 'Deposit');
  await expect(page.getByText('19,849.5 WEFT')).toBeVisible();
  await expect(row(page, 'Deposit')).toContainText('150.5');

  await move(page, 'Withdraw…', '50.5', 'Ask for it');
  await expect(row(page, 'Being withdrawn')).toContainText('50.5');
  await expect(button(page, 'Pay out')).toBeDisabled();
  // The waiting time of a chain for trying out is well under a minute.
  await expect(button(page, 'Pay out')).toBeEnabled({ timeout: 90_000 });
  await button(page, 'Pay out').click();
  await expect(page.getByText('19,900 WEFT')).toBeVisible();
  await expect(row(page, 'Being withdrawn')).toHaveCount(0);

  const movements = page.getByRole('region', { name: 'Movements' }).getByRole('listitem');
  await expect(movements).toHaveText([
    /Withdrawn from the deposit.*\+ 50\.5.*0x/s,
    /Withdrawal asked for.*50\.5.*0x/s,
    /Deposited.*− 150\.5.*0x/s,
    /Received.*\+ 20,000.*0x/s,
  ]);
  const phrase = await phraseOn(page);

  const elsewhere = await browser.newContext();
  const other = await elsewhere.newPage();
  await openWallet(other, relay.url);
  await recover(other, phrase);
  expect(await addressOn(other)).toBe(address);
  await expect(other.getByText('19,900 WEFT')).toBeVisible();
  await expect(row(other, 'Deposit')).toContainText('100');
  await expect(other.getByRole('region', { name: 'Movements' }).getByRole('listitem')).toHaveCount(4);
  await elsewhere.close();
});

test('a wallet of the browser stands behind the key, until it is disconnected', async ({ page, relay }) => {
  const owner = privateKeyToAccount(`0x${'05'.repeat(32)}`);
  let isRefusing = true;
  // What an extension puts into the page.
  await page.exposeFunction('askOwner', async (method: string, params: readonly string[]) => {
    if (method === 'eth_requestAccounts') return { answer: [owner.address] };
    if (method === 'eth_chainId') return { answer: `0x${relay.chainId.toString(16)}` };
    if (isRefusing) return { code: 4001 };
    return { answer: await owner.signTypedData(JSON.parse(params[1] ?? '') as never) };
  });
  await page.addInitScript(() => {
    type Ask = (method: string, params: readonly unknown[]) => Promise<{ answer?: unknown; code?: number }>;
    const page = window as unknown as { askOwner: Ask; ethereum: unknown };
    page.ethereum = {
      request: async ({ method, params = [] }: { method: string; params?: readonly unknown[] }) => {
        const { answer, code } = await page.askOwner(method, params);
        if (code !== undefined) throw Object.assign(new Error('User rejected the request.'), { code });
        return answer;
      },
    };
  });
  await openWallet(page, relay.url);
  await createKey(page);
  await button(page, 'Connect a wallet…').click();
  await button(page, 'Sign in the wallet').click();
  await expect(page.getByText('The wallet did not sign: it was declined there.')).toBeVisible();
  isRefusing = false;
  await button(page, 'Sign in the wallet').click();
  const short = `${owner.address.slice(0, 6)}…${owner.address.slice(-4)}`.toLowerCase();
  const section = page.getByRole('region', { name: 'A wallet behind your key' });
  await expect(section).toContainText(`Your wallet ${short} stands behind this key`);
  await page.reload();
  await expect(section).toContainText(short);
  await button(page, 'Disconnect').click();
  await expect(button(page, 'Connect a wallet…')).toBeVisible();
});

test('a chain that does not answer leaves the last figures on screen, with a way to try again', async ({
  page,
  relay,
}) => {
  await openWallet(page, relay.url);
  await createKey(page);
  await button(page, 'Get test tokens').click();
  await expect(page.getByText('20,000 WEFT')).toBeVisible();
  await relay.stopChain();
  await button(page, 'Read the balance again').click();
  await expect(page.getByText('The chain did not answer.')).toBeVisible();
  await expect(page.getByText(/^This is what was known on/)).toBeVisible();
  await expect(page.getByText('20,000 WEFT')).toBeVisible();
  await expect(button(page, 'Try again')).toBeVisible();
  await expectAccessible(page, 'without an answer');
});

test('the wallet passes the accessibility checks in both themes and fits 360 pixels', async ({ page, relay }) => {
  await openWallet(page, relay.url);
  await expect(button(page, 'Create a key')).toBeVisible();
  await expectAccessible(page, 'no key');
  await createKey(page);
  await button(page, 'Get test tokens').click();
  await expect(page.getByRole('region', { name: 'Movements' }).getByRole('listitem')).toHaveCount(1);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page, colorScheme);
    await button(page, 'Deposit…').click();
    await button(page, 'Deposit').click();
    await expectAccessible(page, `a problem in ${colorScheme}`);
    await page.keyboard.press('Escape');
  }
  await page.setViewportSize({ width: 360, height: 740 });
  await expectNoOverflow(page);
  await page.reload();
  await expect(page.getByText('20,000 WEFT')).toBeVisible();
  expect(await shifted(page)).toBeLessThan(0.02);
  await button(page, 'Show the recovery phrase…').click();
  await button(page, 'Show the words').click();
  await expectNoOverflow(page);
  await expectAccessible(page, 'the words');
});
