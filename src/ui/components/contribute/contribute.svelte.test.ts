import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cleanup, render } from 'vitest-browser-svelte';
import { page } from 'vitest/browser';
import { WeftError } from '../../../protocol/errors.ts';
import { atStart, closeProfiles, openProfile } from '../../app.fixture.ts';
import App from '../../App.svelte';
import { createFakeMesh, relayLink, relayOffer } from '../../mesh.fixture.ts';

beforeEach(async () => {
  await atStart();
  history.replaceState(null, '', '#/contribute');
});
afterEach(async () => {
  cleanup();
  await closeProfiles();
});

const toggle = () => page.getByRole('switch', { name: 'Answer for others' });
const term = (name: string) => page.getByRole('term').filter({ hasText: name }).element().nextElementSibling!;

async function openContribute(init: Parameters<typeof createFakeMesh>[0] = { isJoined: true }) {
  const mesh = createFakeMesh(init);
  const { app } = openProfile(3, undefined, mesh);
  await render(App, { app });
  await expect.element(page.getByRole('heading', { name: 'Contribute', exact: true })).toBeVisible();
  return mesh;
}

describe('Contribute', () => {
  it('without a mesh teaches what one is and leads to joining', async () => {
    await openContribute({});
    await expect.element(page.getByRole('heading', { name: 'First join a mesh' })).toBeVisible();
    await expect.element(toggle()).toBeDisabled();
    await page.getByRole('button', { name: 'Join by a link…' }).click();
    await expect.element(page.getByRole('heading', { name: 'Network', exact: true })).toBeVisible();
  });

  it('offers the mesh of this server to join at once', async () => {
    const mesh = createFakeMesh();
    mesh.own = relayOffer({ admission: 'open', invite: null });
    const { app } = openProfile(3, undefined, mesh);
    await render(App, { app });
    await page.getByRole('button', { name: 'Join The reading room' }).click();
    await expect.element(page.getByText('You joined The reading room.')).toBeVisible();
  });

  it('is one switch, and says what it does now', async () => {
    const mesh = await openContribute();
    await expect.element(page.getByText('Off: nobody else uses your GPU.')).toBeVisible();
    await toggle().click();
    await expect.element(toggle()).toHaveAttribute('aria-checked', 'true');
    await expect.element(page.getByText('On: waiting for questions.')).toBeVisible();
    mesh.setContribute({ status: 'draining', running: 1 });
    await expect.element(page.getByText(/^Ending: 1 answer is finished first/)).toBeVisible();
    await expect.element(toggle()).toHaveAttribute('aria-checked', 'false');
    expect(mesh.calls).toEqual(['contribute true']);
  });

  it('shows the test of the GPU, before and after', async () => {
    const mesh = await openContribute();
    await expect.element(page.getByText(/your GPU is tested first/)).toBeVisible();
    mesh.setContribute({ status: 'testing' });
    await expect.element(page.getByText('Testing your GPU before it answers for others…')).toBeVisible();
    mesh.setContribute({
      status: 'off',
      test: [
        { ok: true, detail: 'All known answers are right.' },
        { ok: false, detail: 'It writes 0.2 tokens a second, which is too slow.' },
      ],
      error: new WeftError('engine/self-test', 'This GPU did not pass its test.', { hints: ['Update its driver.'] }),
    });
    const list = page.getByRole('region', { name: 'Your GPU’s test' }).getByRole('listitem');
    await expect.element(list.nth(0)).toHaveTextContent('Passed: All known answers are right.');
    await expect.element(list.nth(1)).toHaveTextContent(/^Failed: It writes 0\.2/);
    await expect.element(page.getByText('This GPU did not pass its test.')).toBeVisible();
    await page.getByRole('button', { name: 'Try again' }).click();
    expect(mesh.calls).toEqual(['contribute true']);
  });

  it('shows what is served, to how many, how fast, and what it earned', async () => {
    const mesh = await openContribute();
    mesh.setContribute({
      status: 'on',
      models: ['Qwen 3 · 8B'],
      running: 1,
      waiting: 2,
      consumers: 4,
      jobs: 31,
      tokens: 12_345,
      recentTokensPerSecond: [0, 30, 24],
    });
    await expect.element(page.getByText('On: answering 1 question, 2 waiting.')).toBeVisible();
    await expect.element(page.getByText('Now 24 tokens/s; at most 30 in the last minute.')).toBeVisible();
    expect(term('Served').textContent).toBe('Qwen 3 · 8B');
    expect(term('People helped').textContent).toBe('4');
    expect(term('Written').textContent).toBe('12,345 tokens');
    expect(term('Earned').textContent).toBe('Answers are free in this mesh');
    mesh.setContribute({ earnedWei: 25n * 10n ** 17n });
    await expect.poll(() => term('Earned').textContent).toBe('2.5 WEFT');
  });

  it.each([
    ['battery', 'Paused: this machine runs on its battery.', null],
    ['no-model', 'Paused: there is no model here that can answer for others.', 'Get a model'],
    ['no-relay', 'Paused: no relay is connected, so nobody can reach you.', 'See the network'],
  ] as const)('that pauses says why: %s', async (paused, sentence, way) => {
    const mesh = await openContribute();
    mesh.setState({ relays: [relayLink({ phase: 'waiting' })] });
    mesh.setContribute({ status: 'on', paused });
    await expect.element(page.getByText(sentence)).toBeVisible();
    await expect.element(page.getByRole('link', { name: 'Contribute paused' })).toBeVisible();
    if (way !== null) await expect.element(page.getByRole('button', { name: way })).toBeVisible();
  });

  it('is honest about hidden tabs', async () => {
    await openContribute();
    await expect
      .element(page.getByText(/It goes on while this tab is in the background\. It stops when/))
      .toBeVisible();
  });
});

describe('Its rules', () => {
  const rulesOf = (call: string | undefined): unknown => JSON.parse(call?.replace(/^rules /, '') ?? 'null');

  it('are kept as they are changed', async () => {
    const mesh = await openContribute();
    await page.getByRole('checkbox', { name: 'Pause on battery' }).click();
    expect(rulesOf(mesh.calls.at(-1))).toMatchObject({ pauseOnBattery: false, pauseWhenBusy: true });
    await page.getByRole('checkbox', { name: 'Only at certain hours' }).click();
    await expect.element(page.getByLabelText('From', { exact: true })).toHaveValue('22:00');
    await page.getByLabelText('to', { exact: true }).fill('06:30');
    await expect
      .poll(() => rulesOf(mesh.calls.at(-1)))
      .toMatchObject({ schedule: { fromMinute: 1_320, toMinute: 390 } });
    await page.getByRole('checkbox', { name: 'Only at certain hours' }).click();
    expect(rulesOf(mesh.calls.at(-1))).toMatchObject({ schedule: null, pauseOnBattery: false });
  });

  it('refuse a number that makes no sense, and keep the last', async () => {
    const mesh = await openContribute();
    const longest = page.getByRole('spinbutton', { name: 'Longest answer, in tokens' });
    await longest.fill('3');
    longest.element().dispatchEvent(new Event('change', { bubbles: true }));
    await expect.element(page.getByText('Enter a number from 16 to 32,768.')).toBeVisible();
    expect(mesh.calls).toEqual([]);
    await longest.fill('512');
    longest.element().dispatchEvent(new Event('change', { bubbles: true }));
    await expect.element(page.getByText('A token is a short piece of a word.')).toBeVisible();
    expect(rulesOf(mesh.calls.at(-1))).toMatchObject({ maxTokens: 512 });
  });
});
