import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cleanup, render } from 'vitest-browser-svelte';
import { page, userEvent } from 'vitest/browser';
import type { LiveAnswer, Message, WeftApp } from '../../../node/app.ts';
import { meshModelRef } from '../../../node/consumer/mesh/mesh-ref.ts';
import { settledView } from '../../../node/app.fixture.ts';
import { createLive } from '../../../node/live.ts';
import { WeftError } from '../../../protocol/errors.ts';
import { atStart, closeProfiles, messageField, openProfile } from '../../app.fixture.ts';
import App from '../../App.svelte';
import { account, createFakeMesh, meshModel, relayOffer } from '../../mesh.fixture.ts';
import { guideEntry } from '../../models.fixture.ts';

beforeEach(async () => {
  await atStart();
  localStorage.clear();
});
afterEach(async () => {
  cleanup();
  await closeProfiles();
});

const REMOTE = meshModelRef(meshModel()).id;
const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });
const dialog = () => page.getByRole('dialog', { name: 'Another node answers this' });

/** The app with a model of another node chosen; the scripted engine stands for that node, too. */
function openRemote(init: Parameters<typeof createFakeMesh>[0] = {}) {
  const mesh = createFakeMesh({ isJoined: true, mayAskOthers: false, ...init });
  const profile = openProfile(3, { entries: [guideEntry()] }, mesh);
  const modelId = createLive(REMOTE);
  const engine: WeftApp['engine'] = {
    ...profile.app.engine,
    modelId,
    selectModel(id) {
      modelId.set(id);
      return Promise.resolve();
    },
  };
  return { ...profile, mesh, modelId, app: { ...profile.app, engine } };
}

async function ask(text: string): Promise<void> {
  await userEvent.fill(messageField(), text);
  await userEvent.keyboard('{Enter}');
}

describe('Before the first question to another node', () => {
  it('says who sees it, and sends it once the person agrees, never to ask again', async () => {
    const { app, mesh } = openRemote();
    await render(App, { app });
    await ask('one');
    await expect.element(dialog()).toBeVisible();
    await expect.element(dialog()).toHaveTextContent(/reads your question, the chat before it and the answer/);
    expect(page.getByRole('log').elements()).toHaveLength(0);
    await button('Agree and ask').click();
    await expect.element(page.getByRole('log')).toHaveTextContent('one-2');
    expect(mesh.calls).toEqual(['may ask true']);
    await ask('two');
    await expect.element(page.getByRole('log')).toHaveTextContent('two-2');
    await expect.element(dialog()).not.toBeInTheDocument();
  });

  it('answers on this device instead, where the person prefers that', async () => {
    const { app, mesh, modelId } = openRemote();
    await render(App, { app });
    await ask('one');
    await button('Use this device').click();
    await expect.element(page.getByRole('log')).toHaveTextContent('one-2');
    expect(modelId.current).toBe('guide');
    expect(mesh.calls).toEqual([]);
  });

  it('keeps the text where the person wants neither', async () => {
    const { app, scripted } = openRemote();
    await render(App, { app });
    await ask('keep me');
    await expect.element(dialog()).toBeVisible();
    await userEvent.keyboard('{Escape}');
    await expect.element(dialog()).not.toBeInTheDocument();
    await expect.element(messageField()).toHaveValue('keep me');
    expect(scripted.requests).toHaveLength(0);
  });

  it('stays silent for a model of this device', async () => {
    const { app, modelId } = openRemote();
    modelId.set('guide');
    await render(App, { app });
    await ask('one');
    await expect.element(page.getByRole('log')).toHaveTextContent('one-2');
    await expect.element(dialog()).not.toBeInTheDocument();
  });
});

describe('The model picker', () => {
  it('lists what the mesh serves, with nodes and speed', async () => {
    const { app, modelId, mesh } = openRemote();
    modelId.set('guide');
    await render(App, { app });
    await button('Model: Guide').click();
    await expect.element(page.getByRole('group', { name: 'On the mesh' })).toBeVisible();
    await page.getByRole('menuitemradio', { name: 'Qwen 3 · 8B 2 nodes · 41 tokens/s' }).click();
    await expect.element(button('Model: Qwen 3 · 8B')).toBeVisible();
    await expect.element(page.getByText(/^Another node of your mesh reads your question/)).toBeVisible();
    await expect.element(page.getByRole('heading', { name: 'Ask Qwen 3 · 8B' })).toBeVisible();
    mesh.setModels([]);
    await button('Model: A model of another node').click();
    await expect.element(page.getByRole('group', { name: 'On the mesh' })).not.toBeInTheDocument();
  });
});

describe('An answer of another node', () => {
  const WRITING: LiveAnswer = {
    conversationId: '',
    messageId: '',
    phase: 'writing',
    ahead: 0,
    load: null,
    prompt: null,
    rounds: [],
    text: '',
    tokens: 0,
    startedAtMs: 0,
    timeToFirstTokenMs: null,
    tokensPerSecond: null,
    servedBy: null,
  };
  const servedBy = { address: account(1), peerId: 'p', path: 'direct', afterTokens: 0 } as const;

  it('says when another node went on with it', async () => {
    const { app, scripted } = openRemote({ mayAskOthers: true });
    scripted.delayMs = 60_000;
    const live = createLive<LiveAnswer | null>(null);
    await render(App, { app: { ...app, ask: { ...app.ask, live: () => live } } });
    await ask('one');
    await expect.poll(() => location.hash).toMatch(/^#\/c\//);
    const id = location.hash.slice(4);
    const view = app.chats.view(id);
    await expect.poll(() => view.current.status === 'ready' && view.current.branch.length).toBe(2);
    if (view.current.status !== 'ready') throw new Error('The chat is not here.');
    const answer = view.current.branch[1]!.message;
    const show = (part: Partial<LiveAnswer>) =>
      live.set({ ...WRITING, conversationId: id, messageId: answer.id, ...part });
    const log = page.getByRole('log');
    show({ text: 'half', servedBy: { ...servedBy, afterTokens: 3 } });
    await expect.element(log).toHaveTextContent('Another node goes on from here.');
    app.ask.stop(id);
  });

  it('has a chip that says which way it came', async () => {
    const { app } = openProfile(3);
    const chat = await app.chats.create({ title: 'Ways' });
    await app.ask.send(chat.id, 'one');
    await settledView(app, chat.id);
    const exported = JSON.parse(await (await app.chats.exportChat(chat.id, 'json')).blob.text()) as {
      chats: { messages: Message[] }[];
    };
    const ways = await Promise.all(
      (['direct', 'relayed'] as const).map(async (path) => {
        const copy = structuredClone(exported);
        const answer = copy.chats[0]!.messages.find(({ role }) => role === 'assistant')!;
        Object.assign(answer, { servedBy: { address: account(1), path, proof: null } });
        const report = await app.chats.importFile(new Blob([JSON.stringify(copy)], { type: 'application/json' }));
        return report.chatIds[0]!;
      }),
    );
    history.replaceState(null, '', `#/c/${chat.id}`);
    await render(App, { app });
    const figures = page.getByRole('list', { name: 'About this answer' });
    await expect.element(figures).toHaveTextContent(/^Local/);
    location.hash = `#/c/${ways[0]!}`;
    await expect.element(figures).toHaveTextContent(/Peer Written by the node 0x0101…0101/);
    location.hash = `#/c/${ways[1]!}`;
    await expect.element(figures).toHaveTextContent(/Relay Written by the node 0x0101…0101/);
  });

  it('that nobody gives can be had from this device', async () => {
    const { app, modelId, scripted } = openRemote({ mayAskOthers: true });
    scripted.failNext(new WeftError('mesh/no-provider', 'Nobody on the mesh serves this model right now.'), 0);
    await render(App, { app });
    await ask('help');
    await expect
      .element(page.getByText('Nobody on the mesh serves this model right now.', { exact: true }))
      .toBeVisible();
    modelId.set('guide');
    await button('Answer with Guide on this device').click();
    await expect.element(page.getByRole('log')).toHaveTextContent('help-2');
  });
});

describe('The card that offers a mesh', () => {
  it('names it, and stays away once it was put off', async () => {
    const first = openProfile(3);
    first.mesh.own = relayOffer();
    await render(App, { app: first.app });
    await expect.element(page.getByRole('link', { name: /^Join a mesh Members of The reading room/ })).toBeVisible();
    await button('Do not offer this again').click();
    await expect.element(page.getByText('Join a mesh')).not.toBeInTheDocument();
    cleanup();
    const again = openProfile(3);
    again.mesh.own = relayOffer();
    await render(App, { app: again.app });
    await expect.element(page.getByRole('heading', { name: 'Ask the small guide' })).toBeVisible();
    await expect.element(page.getByText('Join a mesh')).not.toBeInTheDocument();
  });

  it('is not there where the server runs no mesh', async () => {
    const { app } = openProfile(3);
    await render(App, { app });
    await expect.element(page.getByRole('heading', { name: 'Ask the small guide' })).toBeVisible();
    await expect.element(page.getByText('Join a mesh')).not.toBeInTheDocument();
  });
});

describe('Models', () => {
  it('lists what the mesh serves, and takes one into the chat', async () => {
    history.replaceState(null, '', '#/models');
    const { app, modelId, mesh } = openRemote();
    modelId.set('guide');
    await render(App, { app });
    const region = page.getByRole('region', { name: 'On the mesh right now' });
    await expect.element(region).toHaveTextContent(/Qwen 3 · 8B.*2 nodes · 41 tokens\/s · uses tools · free/);
    mesh.setModels([]);
    await expect.element(region).toHaveTextContent(/Nobody in your mesh serves a model right now/);
    mesh.setModels([meshModel()]);
    await button('Use in chat Qwen 3 · 8B of the mesh').click();
    await expect.element(button('Model: Qwen 3 · 8B')).toBeVisible();
    expect(modelId.current).toBe(REMOTE);
  });
});
