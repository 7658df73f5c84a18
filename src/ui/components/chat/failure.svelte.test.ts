import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cleanup, render } from 'vitest-browser-svelte';
import { page, userEvent } from 'vitest/browser';
import type { ErrorCode } from '../../../protocol/errors.ts';
import { WeftError } from '../../../protocol/errors.ts';
import { atStart, closeProfiles, messageField, openProfile } from '../../app.fixture.ts';
import App from '../../App.svelte';
import { guideEntry, modelEntry } from '../../models.fixture.ts';

beforeEach(() => atStart());
afterEach(async () => {
  cleanup();
  await closeProfiles();
});

const problem = () => page.getByRole('group', { name: 'Problem' });
const offered = (name: string) => problem().getByRole('button', { name });
const modelsHeading = () => page.getByRole('heading', { name: 'Models', level: 1 });

/** The chat with an answer that failed with this. */
async function openFailed(code: ErrorCode, entries = [guideEntry()]) {
  const profile = openProfile(3, { entries });
  profile.scripted.failNext(new WeftError(code, 'It did not work.', { hints: ['Do something.'] }), 0);
  await render(App, { app: profile.app });
  await userEvent.fill(messageField(), 'help');
  await userEvent.keyboard('{Enter}');
  await expect.element(problem()).toBeVisible();
  return profile;
}

describe('the button beside a failed answer', () => {
  it.each(['engine/no-f16', 'engine/shader', 'model/bad-library', 'model/unsupported', 'model/bad-config'] as const)(
    'leads to other models after %s, which would come again',
    async (code) => {
      await openFailed(code);
      await expect.element(problem().getByRole('button')).toHaveTextContent('Choose another model');
      await offered('Choose another model').click();
      await expect.element(modelsHeading()).toBeVisible();
    },
  );

  it.each(['mesh/no-relay', 'mesh/not-admitted', 'infer/not-a-member'] as const)(
    'leads to the network after %s, which no other question changes',
    async (code) => {
      await openFailed(code);
      await offered('See what is wrong').click();
      await expect.element(page.getByRole('heading', { name: 'Network', level: 1 })).toBeVisible();
    },
  );

  it('is another try once another model is chosen, which then answers', async () => {
    const { app } = await openFailed('engine/limits', [
      guideEntry(),
      modelEntry('qwen', { stored: 'ready' }, { title: 'Qwen' }),
    ]);
    await expect.element(offered('Choose another model')).toBeVisible();
    await app.engine.selectModel('qwen');
    await offered('Try again').click();
    await expect.element(page.getByRole('log')).toHaveTextContent('help-2');
    await expect.element(problem()).not.toBeInTheDocument();
  });

  it.each(['model/truncated', 'model/altered', 'model/not-found'] as const)(
    'brings the files of a downloaded model anew after %s',
    async (code) => {
      const { models } = await openFailed(code, [modelEntry('guide', { stored: 'ready' }, { title: 'Downloaded' })]);
      await offered('Download it again').click();
      await expect.element(modelsHeading()).toBeVisible();
      await vi.waitFor(() => expect(models.calls).toEqual(['remove guide', 'download guide']));
    },
  );

  it('leads to what takes the space after storage/full', async () => {
    await openFailed('storage/full');
    await offered('Free up space').click();
    await expect.element(modelsHeading()).toBeVisible();
  });

  it.each(['engine/device-lost', 'engine/out-of-memory', 'model/altered'] as const)(
    'is another try after %s, where nothing else helps',
    async (code) => {
      await openFailed(code);
      await offered('Try again').click();
      await expect.element(page.getByRole('log')).toHaveTextContent('help-2');
    },
  );
});

describe('a model that did not load', () => {
  const failing = async (code: ErrorCode, modelId: string) => {
    const { app, scripted } = openProfile(3, {
      entries: [guideEntry(), modelEntry('qwen', { stored: 'ready' }, { title: 'Qwen' })],
    });
    await render(App, { app });
    await vi.waitFor(() => expect(app.engine.models.current.map(({ id }) => id)).toContain('qwen'));
    await app.engine.load();
    const load = scripted.engine.load.bind(scripted.engine);
    vi.spyOn(scripted.engine, 'load').mockImplementation((ref, options) =>
      ref.id === modelId ? Promise.reject(new WeftError(code, 'This GPU is too small.')) : load(ref, options),
    );
    return app;
  };

  it('because it is too large leaves the page to the other models', async () => {
    const app = await failing('engine/limits', 'qwen');
    await app.engine.selectModel('qwen').catch(() => undefined);
    const bar = page.getByRole('alert');
    await expect.element(bar).toHaveTextContent('This GPU is too small.');
    await bar.getByRole('button', { name: 'Choose another model' }).click();
    await expect.element(modelsHeading()).toBeVisible();
    await app.engine.selectModel('guide');
    await expect.element(bar).not.toBeInTheDocument();
  });

  it('though it is the smallest is told at full size', async () => {
    const app = await failing('engine/limits', 'guide');
    await app.engine.selectModel('qwen');
    await app.engine.selectModel('guide').catch(() => undefined);
    await expect.element(page.getByRole('button', { name: 'Look again' })).toBeVisible();
  });
});
