import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cleanup, render } from 'vitest-browser-svelte';
import { page, userEvent } from 'vitest/browser';
import { SEEING_ID } from '../../../node/engine.fixture.ts';
import { atStart, closeProfiles, messageField, openProfile } from '../../app.fixture.ts';
import App from '../../App.svelte';
import { guideEntry, modelEntry } from '../../models.fixture.ts';
import { paintPicture } from '../../pictures/paint-picture.fixture.ts';

beforeEach(() => atStart());
afterEach(async () => {
  cleanup();
  await closeProfiles();
});

const eyes = modelEntry(SEEING_ID, { stored: 'ready' }, { title: 'Eyes', features: ['chat', 'vision'] });

/** The page with a model that sees and one that does not; the seeing one is chosen. */
async function openSeeing() {
  const opened = openProfile(3, { entries: [eyes, guideEntry()] });
  await render(App, { app: opened.app });
  await expect.poll(() => opened.app.engine.models.current.map(({ id }) => id)).toContain(SEEING_ID);
  await opened.app.engine.selectModel(SEEING_ID);
  await expect.element(attachButton()).toBeVisible();
  return opened;
}

const attachButton = () => page.getByRole('button', { name: 'Attach pictures' });
const send = () => page.getByRole('button', { name: 'Send' });
const attached = () => page.getByRole('list', { name: 'Attached pictures' }).getByRole('img');
const chooser = () => page.getByLabelText('Pictures to attach');

/** What the clipboard or a drag would bring. */
function transferOf(...files: readonly File[]): DataTransfer {
  const data = new DataTransfer();
  for (const file of files) data.items.add(file);
  return data;
}

describe('pictures in the composer', () => {
  it('are attached from files, shown small, and sent with the question', async () => {
    const { scripted } = await openSeeing();
    await userEvent.upload(chooser(), [await paintPicture(60, 40, 'cat.png'), await paintPicture(40, 60, 'dog.png')]);
    await expect.element(page.getByRole('img', { name: 'cat.png' })).toBeVisible();
    await expect.element(page.getByRole('img', { name: 'dog.png' })).toBeVisible();
    await userEvent.fill(messageField(), 'Who?');
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByRole('button', { name: 'Enlarge cat.png' })).toBeVisible();
    await expect.poll(() => attached().all()).toHaveLength(0);
    await expect.poll(() => scripted.requests.length).toBe(1);
    const turn = scripted.requests[0]?.turns.at(-1);
    expect(turn?.content).toBe('Who?');
    expect(turn?.images?.map(({ mimeType, width, height }) => [mimeType, width, height])).toEqual([
      ['image/jpeg', 60, 40],
      ['image/jpeg', 40, 60],
    ]);
  });

  it('are pasted and dropped, taken away by keyboard, and need no words', async () => {
    const { scripted } = await openSeeing();
    const field = messageField().element();
    const clipboardData = transferOf(await paintPicture(60, 40, 'pasted.png'));
    field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    await expect.element(page.getByRole('img', { name: 'pasted.png' })).toBeVisible();
    const dataTransfer = transferOf(await paintPicture(60, 40, 'dropped.png'));
    const drop = new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true });
    document.body.dispatchEvent(drop);
    expect(drop.defaultPrevented).toBe(true);
    await expect.element(page.getByRole('img', { name: 'dropped.png' })).toBeVisible();
    page.getByRole('button', { name: 'Remove pasted.png' }).element().focus();
    await userEvent.keyboard('{Enter}');
    await expect.poll(() => attached().all()).toHaveLength(1);
    await expect.element(messageField()).toHaveFocus();
    await send().click();
    await expect.poll(() => scripted.requests[0]?.turns.at(-1)?.images).toHaveLength(1);
  });

  it('are enlarged by Enter, named by their file', async () => {
    await openSeeing();
    await userEvent.upload(chooser(), await paintPicture(60, 40, 'cat.png'));
    await expect.poll(() => attached().all()).toHaveLength(1);
    await userEvent.keyboard('{Enter}');
    // Until it is saved another row stands for it.
    await expect.element(send()).toBeVisible();
    const thumb = page.getByRole('button', { name: 'Enlarge cat.png' });
    await expect.element(thumb).toBeVisible();
    thumb.element().focus();
    await userEvent.keyboard('{Enter}');
    const dialog = page.getByRole('dialog', { name: 'cat.png' });
    await expect.element(dialog.getByRole('img', { name: 'cat.png' })).toBeVisible();
    await userEvent.keyboard('{Escape}');
    await expect.element(dialog).not.toBeInTheDocument();
    await expect.element(thumb).toHaveFocus();
  });

  it('are refused with a sentence where they are drawings or too many', async () => {
    await openSeeing();
    const files = await Promise.all([1, 2, 3, 4, 5].map((at) => paintPicture(20, 20, `${at}.png`)));
    await userEvent.upload(chooser(), new File(['<svg/>'], 'drawing.svg', { type: 'image/svg+xml' }));
    await expect.element(page.getByText(/drawing\.svg is not a picture that can be attached/u)).toBeVisible();
    await userEvent.upload(chooser(), files);
    await expect.element(page.getByText(/takes 4 pictures at most/u)).toBeVisible();
    await expect.poll(() => attached().all()).toHaveLength(4);
    await expect.element(attachButton()).toBeDisabled();
  });

  it('stay with their chat while another is open', async () => {
    await openSeeing();
    await userEvent.fill(messageField(), 'first');
    await userEvent.keyboard('{Enter}');
    await expect.element(send()).toBeVisible();
    await userEvent.upload(chooser(), await paintPicture(20, 20, 'cat.png'));
    await expect.poll(() => attached().all()).toHaveLength(1);
    const here = location.hash;
    location.hash = '#/';
    await expect.poll(() => attached().all()).toHaveLength(0);
    location.hash = here;
    await expect.poll(() => attached().all()).toHaveLength(1);
  });

  it('cannot be attached for a model that does not see; the page says so', async () => {
    const { app } = await openSeeing();
    await userEvent.upload(chooser(), await paintPicture(20, 20, 'cat.png'));
    await expect.poll(() => attached().all()).toHaveLength(1);
    await app.engine.selectModel('guide');
    await expect.element(attachButton()).not.toBeInTheDocument();
    await expect.element(page.getByText(/Guide does not see pictures\. Remove them/u)).toBeVisible();
    await expect.element(send()).toBeDisabled();
    const clipboardData = transferOf(await paintPicture(60, 40, 'pasted.png'));
    messageField()
      .element()
      .dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    await expect.element(page.getByText(/Choose a model that does under Models/u)).toBeVisible();
    await expect.poll(() => attached().all()).toHaveLength(1);
  });

  it('are left out once the chat goes on with a model that does not see; the page says so', async () => {
    const { app, scripted } = await openSeeing();
    await userEvent.upload(chooser(), await paintPicture(20, 20, 'cat.png'));
    await expect.poll(() => attached().all()).toHaveLength(1);
    await userEvent.fill(messageField(), 'Who?');
    await userEvent.keyboard('{Enter}');
    await expect.element(send()).toBeVisible();
    await app.engine.selectModel('guide');
    await expect.element(page.getByText('Guide does not see pictures: it is not shown those above.')).toBeVisible();
    await userEvent.fill(messageField(), 'And now?');
    await userEvent.keyboard('{Enter}');
    await expect.poll(() => scripted.requests.length).toBe(2);
    expect(scripted.requests[1]?.turns.some(({ images }) => images !== undefined)).toBe(false);
  });
});
