import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cleanup, render } from 'vitest-browser-svelte';
import { page, userEvent } from 'vitest/browser';
import { WeftError } from '../../../protocol/errors.ts';
import { atStart, closeProfiles, messageField, openProfile } from '../../app.fixture.ts';
import App from '../../App.svelte';
import { guideEntry, modelEntry } from '../../models.fixture.ts';
import type { ModelsState } from '../../../node/app.ts';

beforeEach(async () => {
  await atStart();
  history.replaceState(null, '', '#/models');
});
afterEach(async () => {
  cleanup();
  await closeProfiles();
});

const QWEN = { title: 'Qwen 3 · 0.6B', family: 'Qwen 3' } as const;
const catalogue = (part: Partial<ModelsState> = {}): Partial<ModelsState> => ({
  entries: [
    guideEntry(),
    modelEntry('qwen', { isRecommended: true }, QWEN),
    modelEntry('llama', {}, { title: 'Llama 3.2 · 1B', family: 'Llama 3.2' }),
    modelEntry('arctic', {}, { title: 'Arctic', family: 'Arctic', features: ['embedding'] }),
    modelEntry(
      'big',
      { fit: { verdict: 'too-big', reason: 'It needs 31 GB.' } },
      { title: 'Big', family: 'Llama 3.2' },
    ),
  ],
  ...part,
});
const card = (title: string) => page.getByRole('article', { name: title });
const button = (name: string | RegExp) => page.getByRole('button', { name });

async function openModels(part: Partial<ModelsState> = {}) {
  const profile = openProfile(3, catalogue(part));
  await render(App, { app: profile.app });
  await expect.element(page.getByRole('heading', { name: 'Models', level: 1 })).toBeVisible();
  return profile;
}

describe('Models', () => {
  it('has an address of its own and leads back to the chat it came from', async () => {
    const { app } = openProfile(3, catalogue());
    const chat = await app.chats.create({ title: 'Kept' });
    history.replaceState(null, '', `#/c/${chat.id}`);
    await render(App, { app });
    await page.getByRole('link', { name: 'Models', exact: true }).click();
    await expect.element(page.getByRole('heading', { name: 'Models', level: 1 })).toHaveFocus();
    expect(location.hash).toBe('#/models');
    await userEvent.keyboard('{Escape}');
    await expect.element(page.getByRole('heading', { name: 'Kept', level: 1 })).toBeVisible();
    expect(location.hash).toBe(`#/c/${chat.id}`);
    await expect.element(messageField()).toHaveFocus();
  });

  it('says why nothing is recommended, unless the person searches', async () => {
    const { models } = await openModels({ entries: [guideEntry(), modelEntry('llama')] });
    const heading = page.getByRole('heading', { name: 'Recommended for this device' });
    const why = page.getByText('None: no chat model here is sure to fit.');
    await expect.element(heading).toBeVisible();
    await expect.element(why).toBeVisible();
    await userEvent.fill(page.getByRole('textbox', { name: 'Search models' }), 'llama');
    await expect.element(heading).not.toBeInTheDocument();
    await userEvent.clear(page.getByRole('textbox', { name: 'Search models' }));
    models.change('llama', { isRecommended: true });
    await expect.element(page.getByText('They fit this GPU')).toBeVisible();
    await expect.element(why).not.toBeInTheDocument();
  });

  it('asks before another server is contacted, and downloads once that is allowed', async () => {
    const { models } = await openModels({ areHostsAllowed: false });
    await expect
      .element(page.getByRole('region', { name: /contact other servers/ }))
      .toHaveTextContent('models.example');
    await card('Qwen 3 · 0.6B')
      .getByRole('button', { name: /^Download/ })
      .click();
    expect(models.calls).toEqual([]);
    await button('Allow and download').click();
    await expect.element(card('Qwen 3 · 0.6B').getByRole('progressbar')).toBeVisible();
    expect(models.calls).toEqual(['allow true', 'download qwen']);
  });

  it('contacts nobody after "Not now", and lets the person change that', async () => {
    const { models } = await openModels({ areHostsAllowed: false });
    await button('Not now').click();
    await expect.element(page.getByText('No other server is contacted.')).toBeVisible();
    await button('Allow other servers…').click();
    await button('Allow').click();
    await expect.element(page.getByText('Models come from models.example.')).toBeVisible();
    await button('Stop contacting them').click();
    await expect.element(page.getByText('No other server is contacted.')).toBeVisible();
    expect(models.calls).toEqual(['allow true', 'allow false']);
  });

  it('offers only models of this server where no other may be contacted', async () => {
    const near = modelEntry('near', {}, { title: 'Near', source: 'relay', baseUrl: `${location.origin}/models/near/` });
    await openModels({ hosts: [], areHostsAllowed: false, entries: [guideEntry(), near, modelEntry('far')] });
    await expect.element(page.getByText(/Only models from this server are offered/)).toBeVisible();
    await expect.element(card('Near')).toBeVisible();
    await expect.element(card('Model far')).not.toBeInTheDocument();
  });

  it('downloads, pauses, goes on and cancels, with the focus where the card is', async () => {
    const { models } = await openModels();
    const qwen = card('Qwen 3 · 0.6B');
    await qwen.getByRole('button', { name: /^Download/ }).click();
    await expect.element(qwen).toHaveFocus();
    const progress = { totalBytes: 350e6, bytesPerSecond: 5e6, secondsLeft: 35, phase: 'downloading' } as const;
    models.change('qwen', { progress: { ...progress, loadedBytes: 175e6 } });
    await expect.element(qwen.getByText('175 MB of 350 MB · 5.0 MB/s · 35 s left')).toBeVisible();
    await expect.element(page.getByRole('link', { name: 'Models downloading, 50 %' })).toBeVisible();
    await qwen.getByRole('button', { name: /^Pause/ }).click();
    await expect.element(qwen.getByText('Paused · 175 MB of 350 MB')).toBeVisible();
    await expect.element(qwen.getByRole('button', { name: /^Resume/ })).toHaveFocus();
    await qwen.getByRole('button', { name: /^Resume/ }).click();
    await qwen.getByRole('button', { name: /^Cancel/ }).click();
    await expect.element(page.getByRole('heading', { name: 'On this device' })).toHaveFocus();
    expect(models.calls).toEqual(['download qwen', 'pause qwen', 'download qwen', 'cancel qwen']);
  });

  it('says what happens while nothing moves', async () => {
    const progress = { loadedBytes: 1e6, totalBytes: 2e6, bytesPerSecond: null, secondsLeft: null } as const;
    const { models } = await openModels();
    models.change('qwen', { stored: 'downloading', progress: { ...progress, phase: 'retrying' } });
    await expect.element(page.getByText(/The connection broke, trying again/)).toBeVisible();
    models.change('qwen', { stored: 'downloading', progress: { ...progress, phase: 'checking' } });
    await expect.element(page.getByText(/Checking the files/)).toBeVisible();
  });

  it('tells of the end of a download wherever the person is, and uses the model from there', async () => {
    const { app, models } = await openModels();
    await card('Qwen 3 · 0.6B')
      .getByRole('button', { name: /^Download/ })
      .click();
    await userEvent.keyboard('{Escape}');
    await expect.element(messageField()).toBeVisible();
    models.change('qwen', { stored: 'ready', storedBytes: 350e6, progress: null });
    await expect.element(page.getByRole('status').getByText('Qwen 3 · 0.6B is ready.')).toBeVisible();
    await button('Use in chat').click();
    await expect.element(button('Model: Qwen 3 · 0.6B')).toBeVisible();
    expect(app.engine.modelId.current).toBe('qwen');
  });

  it('shows a failure with its cause, what to do and one button', async () => {
    const { models } = await openModels();
    const error = new WeftError('download/no-space', 'The disk has 200 MB left; the model needs 350 MB.', {
      hints: ['Delete a model you no longer use.', 'Free space on the disk.'],
    });
    models.change('qwen', { stored: 'downloading' });
    models.change('qwen', { stored: 'failed', error: error.toWire() });
    const qwen = card('Qwen 3 · 0.6B');
    await expect.element(qwen.getByText('Delete a model you no longer use.')).toBeVisible();
    await expect.element(qwen.getByText('Free space on the disk.')).not.toBeVisible();
    await expect.element(page.getByRole('status').getByText(/^The download of Qwen 3 · 0.6B failed/)).toBeVisible();
    await qwen.getByRole('button', { name: 'Try again' }).click();
    await expect.element(qwen.getByRole('progressbar')).toBeVisible();
  });

  it('deletes only after a second word, and says what that costs', async () => {
    const { models } = await openModels();
    models.change('qwen', { stored: 'ready', storedBytes: 350e6 });
    const menu = button('More for Qwen 3 · 0.6B');
    await menu.click();
    await page.getByRole('menuitem', { name: 'Delete…' }).click();
    await expect.element(page.getByRole('dialog')).toHaveTextContent('download it again (about 350 MB)');
    await button('Keep it').click();
    expect(models.calls).toEqual([]);
    await menu.click();
    await page.getByRole('menuitem', { name: 'Delete…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await expect.element(page.getByText('Deleted Qwen 3 · 0.6B.')).toBeVisible();
    expect(models.calls).toEqual(['remove qwen']);
  });

  it('checks the files of a model and lists what was wrong', async () => {
    const { models } = await openModels();
    models.change('qwen', { stored: 'ready', storedBytes: 350e6 });
    await button('More for Qwen 3 · 0.6B').click();
    await page.getByRole('menuitem', { name: 'Check files' }).click();
    await expect.element(page.getByText('Every file of Qwen 3 · 0.6B is as it should be.')).toBeVisible();
    models.findNext('params_shard_3.bin was altered.');
    await button('More for Qwen 3 · 0.6B').click();
    await page.getByRole('menuitem', { name: 'Check files' }).click();
    await expect.element(card('Qwen 3 · 0.6B').getByText('params_shard_3.bin was altered.')).toBeVisible();
    await card('Qwen 3 · 0.6B').getByRole('button', { name: 'Try again' }).click();
    await expect.poll(() => models.calls.at(-1)).toBe('download qwen');
  });

  it('finds models by name, fit, use and family, and says so when none matches', async () => {
    await openModels();
    const search = page.getByRole('textbox', { name: 'Search models' });
    await userEvent.fill(search, 'llama');
    await expect.element(card('Llama 3.2 · 1B')).toBeVisible();
    await expect.element(card('Qwen 3 · 0.6B')).not.toBeInTheDocument();
    await page.getByRole('checkbox', { name: 'Fits this device' }).click();
    await expect.element(card('Big')).not.toBeInTheDocument();
    await userEvent.fill(search, 'nothing like this');
    await button('Clear search and filters').click();
    await expect.element(card('Qwen 3 · 0.6B')).toBeVisible();
    await page.getByRole('combobox', { name: 'What it is for' }).selectOptions('For search, not for chat');
    await expect.element(card('Arctic')).toBeVisible();
    await expect.element(card('Guide')).not.toBeInTheDocument();
  });

  it('draws the cards of a family when it is opened, and those of a long search in steps', async () => {
    const many = Array.from({ length: 60 }, (_, at) => modelEntry(`m${at}`, {}, { family: at < 30 ? 'Odd' : 'Even' }));
    await openModels({ entries: [guideEntry(), ...many] });
    expect(document.querySelectorAll('article')).toHaveLength(1);
    await button(/^Odd/).click();
    await expect.poll(() => document.querySelectorAll('article').length).toBe(31);
    await userEvent.fill(page.getByRole('textbox', { name: 'Search models' }), 'model m');
    await expect.poll(() => document.querySelectorAll('article').length).toBe(24);
    await button('Show more (36 left)').click();
    await expect.poll(() => document.querySelectorAll('article').length).toBe(48);
  });

  it('adds a model by its address, with what is wrong beside the field', async () => {
    const { models } = await openModels();
    await button('Add by address…').click();
    const field = page.getByRole('textbox', { name: 'Address of the model' });
    await userEvent.fill(field, 'not an address');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await expect.element(page.getByText('Enter an address that starts with https://.')).toBeVisible();
    await expect.element(field).toHaveFocus();
    await userEvent.fill(field, 'https://models.example/mine');
    models.failNext(new WeftError('model/bad-config', 'The folder has no mlc-chat-config.json.'));
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await expect.element(page.getByText('The folder has no mlc-chat-config.json.')).toBeVisible();
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await expect.element(card('Added model')).toHaveFocus();
    expect(models.calls.at(-1)).toBe('add https://models.example/mine');
  });
});
