import 'fake-indexeddb/auto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { freshProfile, openTestApp, readyView, settledView, textsOf } from './app.fixture.ts';
import { answerTo } from './engine.fixture.ts';

const opened: ReturnType<typeof openTestApp>[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  for (const { app } of opened.splice(0)) await app.stop();
});

function openApp(profile = freshProfile(), words?: number) {
  const opening = openTestApp(profile, words);
  opened.push(opening);
  return { profile, ...opening };
}

/** The browser's answer to every write from now on, as on a full disk. */
function fillDisk() {
  return vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
    throw new DOMException('No room.', 'QuotaExceededError');
  });
}

describe('without a place to store', () => {
  it('works in memory and says so', async () => {
    vi.stubGlobal('indexedDB', undefined);
    const { app } = openApp();
    const { conversationId } = await app.ask.send(null, 'hello');
    expect(textsOf(await settledView(app, conversationId))).toEqual(['hello', answerTo('hello')]);
    expect(app.device.storage.current.backend).toBe('memory');
    expect(app.notices.list.current).toMatchObject([{ error: { code: 'storage/unavailable' }, count: 1 }]);
    expect(app.notices.list.current[0]?.error.message).toContain('until it is closed');
    expect(await app.device.requestPersistence()).toBe(false);
  });
});

describe('on a full disk', () => {
  it('refuses a question, keeps it as the draft, and takes it when there is room', async () => {
    const { app } = openApp();
    const { id } = await app.chats.create();
    app.chats.saveDraft(id, 'important');
    const full = fillDisk();
    await expect(app.ask.send(id, 'important')).rejects.toMatchObject({ code: 'storage/full' });
    expect(await app.chats.draft(id)).toBe('important');
    full.mockRestore();
    await app.ask.send(id, 'important');
    expect((await settledView(app, id)).branch).toHaveLength(2);
  });

  it('shows an answer to its end although it cannot be stored, and says so', async () => {
    const { app } = openApp(undefined, 40);
    const { conversationId } = await app.ask.send(null, 'unstored');
    fillDisk();
    const view = await settledView(app, conversationId);
    expect(view.branch[1]?.message).toMatchObject({ state: 'complete', text: answerTo('unstored', 40) });
    expect(app.notices.list.current.map(({ error }) => error.code)).toContain('storage/full');
  });
});

describe('notices', () => {
  it('join what repeats and can be dismissed', async () => {
    const { app } = openApp();
    const { id } = await app.chats.create();
    fillDisk();
    for (const text of ['a', 'ab']) {
      app.chats.saveDraft(id, text);
      await app.flush();
    }
    const [notice] = app.notices.list.current;
    expect(notice).toMatchObject({ error: { code: 'storage/full' }, count: 2 });
    app.notices.dismiss(notice!.id);
    expect(app.notices.list.current).toEqual([]);
  });
});

describe('the engine’s state', () => {
  it('follows a load and remembers the chosen model', async () => {
    const { app, scripted, profile } = openApp();
    const seen: string[] = [];
    app.engine.state.subscribe(({ status, progress }) => seen.push(`${status} ${progress?.ratio ?? '-'}`));
    await app.engine.load();
    expect(seen).toContain('loading 0.5');
    expect(seen.at(-1)).toBe('ready -');
    expect(app.engine.state.current.model?.id).toBe('guide');
    await app.engine.selectModel('other');
    expect(scripted.loads.map(({ id }) => id)).toEqual(['guide', 'other']);
    await expect(app.engine.selectModel('unheard-of')).rejects.toMatchObject({ code: 'model/not-found' });
    await app.stop();
    const again = openApp(profile);
    expect((await again.app.engine.load()).id).toBe('other');
    expect(again.app.engine.modelId.current).toBe('other');
  });

  it('says why a load failed and is ready after another try', async () => {
    const { app, scripted } = openApp();
    const load = vi.spyOn(scripted.engine, 'load').mockRejectedValueOnce(new Error('the shader compiler is confused'));
    await expect(app.engine.load()).rejects.toMatchObject({ code: 'app/internal' });
    expect(app.engine.state.current).toMatchObject({
      status: 'failed',
      error: { message: 'the shader compiler is confused' },
    });
    await app.engine.load();
    expect(app.engine.state.current).toMatchObject({ status: 'ready', error: null });
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('loads once however many ask, and one of them may stop waiting', async () => {
    const { app, scripted } = openApp();
    const controller = new AbortController();
    const impatient = app.engine.load({ signal: controller.signal });
    const patient = app.engine.load();
    controller.abort(new Error('enough'));
    await expect(impatient).rejects.toThrow('enough');
    expect((await patient).id).toBe('guide');
    expect(scripted.loads).toHaveLength(1);
  });
});

describe('an update', () => {
  it('stores what is unsaved before the new version takes over', async () => {
    const { app, update } = openApp();
    const { id } = await app.chats.create();
    const accepted: string[] = [];
    update.set({
      async accept() {
        accepted.push((await readyView(app, id)).conversation.draft);
      },
    });
    app.chats.saveDraft(id, 'not yet sent');
    await app.device.update.current?.accept();
    expect(accepted).toEqual(['not yet sent']);
  });
});
