import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cleanup, render } from 'vitest-browser-svelte';
import { page, userEvent } from 'vitest/browser';
import { atStart, closeProfiles, messageField, openProfile } from '../../app.fixture.ts';
import App from '../../App.svelte';

beforeEach(() => atStart());
afterEach(async () => {
  cleanup();
  await closeProfiles();
});

const openSettings = () => page.getByRole('button', { name: 'Chat settings' }).click();
const save = () => page.getByRole('button', { name: 'Save', exact: true }).click();
const toggle = (name: string) => page.getByRole('checkbox', { name });

async function ask(text: string): Promise<void> {
  await userEvent.fill(messageField(), text);
  await userEvent.keyboard('{Enter}');
}

describe('Tools', () => {
  it('are used where the chat turns them on, and shown as one line that opens', async () => {
    const { app, scripted } = openProfile(4);
    await app.engine.load();
    await render(App, { app });
    await openSettings();
    await expect.element(toggle('Calculator')).not.toBeChecked();
    await toggle('Calculator').click();
    await save();
    scripted.callNext('Let me see. ', 'calculator', '{"expression": "3*7"}');
    await ask('What is 3*7?');
    await expect.element(page.getByRole('list', { name: 'About this answer' })).toBeVisible();
    expect(scripted.requests[0]?.tools?.map(({ name }) => name)).toEqual(['calculator']);
    const answer = page.getByRole('article');
    await expect.element(answer.last()).toHaveTextContent(/Let me see\..*Used calculator: 3\*7 = 21.*21-0/su);
    const line = page.getByText('Used calculator: 3*7 = 21');
    await expect.element(page.getByText('{"expression": "3*7"}')).not.toBeVisible();
    line.element().closest('summary')!.focus();
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByText('{"expression": "3*7"}')).toBeVisible();
    // What was chosen is there again, and can be turned off.
    await openSettings();
    await expect.element(toggle('Calculator')).toBeChecked();
    await toggle('Calculator').click();
    await save();
    await ask('Again?');
    await expect.poll(() => scripted.requests.length).toBe(3);
    expect(scripted.requests[2]?.tools).toBeUndefined();
  });

  it('are not offered for a model that cannot use them', async () => {
    const { app } = openProfile(4);
    await expect.poll(() => app.engine.models.current.map(({ id }) => id)).toContain('qwen');
    await app.engine.selectModel('qwen');
    await render(App, { app });
    await openSettings();
    await expect.element(page.getByRole('textbox', { name: 'Temperature' })).toBeVisible();
    await expect.element(page.getByRole('group', { name: 'Tools' })).not.toBeInTheDocument();
  });
});
