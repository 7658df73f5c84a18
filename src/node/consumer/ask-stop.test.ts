import 'fake-indexeddb/auto';
import { afterEach, describe, expect, it } from 'vitest';
import { readyView, settledView, textsOf } from '../app.fixture.ts';
import { answerTo } from '../engine.fixture.ts';
import { closeApps, onceWriting, openApp, untilToken } from './ask.fixture.ts';

afterEach(closeApps);

describe('stopping', () => {
  it('keeps the text, and the answer can go on from there', async () => {
    const { app, scripted } = openApp(undefined, 60);
    scripted.delayMs = 20;
    const { conversationId, answerId } = await app.ask.send(null, 'go');
    await untilToken(app, conversationId, 5);
    app.ask.stop(conversationId);
    const stopped = (await settledView(app, conversationId)).branch[1]?.message;
    expect(stopped).toMatchObject({ state: 'stopped', finish: 'aborted' });
    expect(stopped?.text).not.toBe('');
    expect(answerTo('go', 60).startsWith(stopped?.text ?? '-')).toBe(true);

    await app.ask.continueAnswer(answerId);
    const view = await settledView(app, conversationId);
    expect(view.branch[1]?.message).toMatchObject({ id: answerId, state: 'complete', text: answerTo('go', 60) });
    expect(scripted.requests[1]?.answerPrefix).toBe(stopped?.text);
  });

  it('is felt even where the engine is stuck', async () => {
    const { app, scripted } = openApp();
    scripted.delayMs = 60_000;
    const { conversationId } = await app.ask.send(null, 'stuck');
    await expect.poll(() => scripted.requests.length).toBe(1);
    app.ask.stop(conversationId);
    // Long before the engine's next word, or this test takes too long.
    const view = await settledView(app, conversationId);
    expect(view.branch[1]?.message).toMatchObject({ state: 'stopped', text: '' });
  });

  it('wins over an answer that has not begun yet', async () => {
    const { app, scripted } = openApp();
    const { id } = await app.chats.create();
    void onceWriting(() => app.ask.stop(id));
    await app.ask.send(id, 'too late');
    const view = await settledView(app, id);
    expect(view.branch.map(({ message }) => message.state)).toEqual(['complete', 'stopped']);
    expect(textsOf(view)).toEqual(['too late', '']);
    expect(scripted.requests).toEqual([]);
    await app.ask.send(id, 'again');
    expect((await settledView(app, id)).branch.at(-1)?.message.state).toBe('complete');
  });

  it('wins over a question whose draft is still being written', async () => {
    const { app, scripted } = openApp();
    const { id } = await app.chats.create();
    app.chats.saveDraft(id, 'too l');
    void app.flush();
    const sending = app.ask.send(id, 'too late');
    app.ask.stop(id);
    await sending;
    const view = await settledView(app, id);
    expect(view.branch.map(({ message }) => message.state)).toEqual(['complete', 'stopped']);
    expect(view.conversation.draft).toBe('');
    expect(scripted.requests).toEqual([]);
  });

  it('wins over an answer whose chat is still being looked up', async () => {
    const { app, scripted } = openApp();
    const { conversationId, answerId } = await app.ask.send(null, 'once');
    await settledView(app, conversationId);
    const asking = app.ask.regenerate(answerId);
    app.ask.stop(conversationId);
    await asking;
    expect((await settledView(app, conversationId)).branch.at(-1)?.message.state).toBe('stopped');
    expect(scripted.requests).toHaveLength(1);
  });

  it('of a chat that is deleted in another tab wins over an answer that has not begun yet', async () => {
    const { app, profile, scripted } = openApp(undefined, 200);
    scripted.delayMs = 20;
    const { id } = await app.chats.create();
    const other = openApp(profile);
    await readyView(other.app, id);
    const removing = onceWriting(() => other.app.chats.remove(id));
    await app.ask.send(id, 'going');
    await removing;
    await expect.poll(() => app.ask.live(id).current).toBeNull();
    await app.chats.restore(id);
    expect((await settledView(app, id)).branch.at(-1)?.message.state).toBe('stopped');
  });

  it('leaves nothing running when the app stops in the middle of a question', async () => {
    const { app, profile, scripted } = openApp(undefined, 200);
    scripted.delayMs = 20;
    const { id } = await app.chats.create();
    const stopping = onceWriting(() => app.stop());
    await app.ask.send(id, 'closing');
    await stopping;
    const next = openApp(profile);
    expect((await readyView(next.app, id)).branch.at(-1)?.message.state).toBe('stopped');
  });

  it('reaches the tab that answers from another one', async () => {
    const { app, profile, scripted } = openApp(undefined, 200);
    scripted.delayMs = 20;
    const { conversationId } = await app.ask.send(null, 'elsewhere');
    const other = openApp(profile);
    await untilToken(app, conversationId, 3);
    other.app.ask.stop(conversationId);
    expect((await settledView(app, conversationId)).branch[1]?.message.state).toBe('stopped');
    const there = await settledView(other.app, conversationId);
    await expect.poll(() => textsOf(other.app.chats.view(conversationId).current)).toHaveLength(2);
    expect(there.branch[1]?.message.state).toBe('stopped');
  });
});
