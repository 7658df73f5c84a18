import 'fake-indexeddb/auto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openIdbChats } from '../../storage/idb-chats.ts';
import { conversationOf, messageOf } from '../../storage/records.fixture.ts';
import { freshProfile, openTestApp, readyView, settledView, textsOf } from '../app.fixture.ts';
import type { SearchHit } from '../app.ts';
import { answerTo } from '../engine.fixture.ts';

const opened: ReturnType<typeof openTestApp>[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const { app } of opened.splice(0)) await app.stop();
});

function openApp(profile = freshProfile()) {
  const opening = openTestApp(profile);
  opened.push(opening);
  return { profile, ...opening };
}

/** Chats that were there before the page opened. */
async function prepare(profile: string, chats: Parameters<Awaited<ReturnType<typeof openIdbChats>>['edit']>[]) {
  const database = await openIdbChats({
    name: profile,
    onDamaged: ({ message }) => expect.unreachable(message),
    onLost: ({ message }) => expect.unreachable(message),
  });
  for (const [id, edit] of chats) await database.edit(id, edit);
  database.close();
}

async function hits(found: AsyncIterable<SearchHit>): Promise<SearchHit[]> {
  const all: SearchHit[] = [];
  for await (const hit of found) all.push(hit);
  return all;
}

const titles = (app: ReturnType<typeof openApp>['app']) => app.chats.list.current.chats.map(({ title }) => title);

describe('the list', () => {
  it('shows pinned chats first, then the newest, and keeps that over a reload', async () => {
    const { app, profile } = openApp();
    for (const title of ['a', 'b', 'c']) await app.chats.create({ title });
    const [newest] = app.chats.list.current.chats;
    const oldest = app.chats.list.current.chats.at(-1);
    expect([newest?.title, oldest?.title]).toEqual(['c', 'a']);
    await app.chats.setPinned(oldest!.id, true);
    await app.chats.setArchived(newest!.id, true);
    expect(titles(app)).toEqual(['a', 'c', 'b']);
    await app.stop();
    const again = openApp(profile).app;
    await expect.poll(() => again.chats.list.current.status).toBe('ready');
    expect(titles(again)).toEqual(['a', 'c', 'b']);
    expect(again.chats.list.current.chats[1]?.archived).toBe(true);
  });

  it('keeps a name, and goes back to the automatic one when it is emptied', async () => {
    const { app } = openApp();
    const { conversationId } = await app.ask.send(null, '# What *now*?');
    await settledView(app, conversationId);
    await app.chats.rename(conversationId, '  My   chat ');
    expect(titles(app)).toEqual(['My chat']);
    await app.ask.send(conversationId, 'more');
    await settledView(app, conversationId);
    expect(titles(app)).toEqual(['My chat']);
    await app.chats.rename(conversationId, ' ');
    expect(titles(app)).toEqual(['What *now*?']);
  });

  it('hides a deleted chat until it is restored', async () => {
    const { app } = openApp();
    const { conversationId } = await app.ask.send(null, 'precious');
    await settledView(app, conversationId);
    await app.chats.remove(conversationId);
    expect(titles(app)).toEqual([]);
    expect(app.chats.view(conversationId).current.status).toBe('missing');
    await app.chats.restore(conversationId);
    expect(textsOf(await readyView(app, conversationId))).toEqual(['precious', answerTo('precious')]);
    await app.chats.purge(conversationId);
    await expect(app.chats.restore(conversationId)).rejects.toMatchObject({ code: 'app/bad-request' });
  });

  it('purges at the start what was deleted more than 30 days ago', async () => {
    const profile = freshProfile();
    const day = 24 * 60 * 60 * 1000;
    const deletedDaysAgo = (id: string, days: number) =>
      [id, () => ({ conversation: conversationOf(id, { deletedAtMs: Date.now() - days * day }) })] as [
        string,
        () => { conversation: ReturnType<typeof conversationOf> },
      ];
    await prepare(profile, [deletedDaysAgo('old', 31), deletedDaysAgo('recent', 29)]);
    const { app } = openApp(profile);
    await app.started;
    await app.chats.restore('recent');
    await expect(app.chats.restore('old')).rejects.toMatchObject({ code: 'app/bad-request' });
  });

  it('refuses settings that no engine could use', async () => {
    const { app } = openApp();
    const { id } = await app.chats.create();
    await expect(
      app.chats.saveSettings(id, { systemPrompt: null, sampling: { temperature: 9 } }),
    ).rejects.toMatchObject({ code: 'app/bad-request' });
    await app.chats.saveSettings(id, { systemPrompt: 'x', sampling: { temperature: 1 } });
    expect((await readyView(app, id)).conversation.settings).toEqual({
      systemPrompt: 'x',
      sampling: { temperature: 1 },
    });
  });

  it('stores drafts soon, and at once when the page is hidden', async () => {
    const { app, profile, hide } = openApp();
    const { id } = await app.chats.create();
    app.chats.saveDraft(id, 'unsent');
    app.chats.saveDraft(null, 'unborn');
    hide();
    const other = openApp(profile).app;
    await expect.poll(() => other.chats.draft(id)).toBe('unsent');
    await expect.poll(() => other.chats.draft(null)).toBe('unborn');
  });

  it('keeps a draft that finds no room, and stores it when there is some', async () => {
    const { app, profile } = openApp();
    const { id } = await app.chats.create();
    const full = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
      throw new DOMException('No room.', 'QuotaExceededError');
    });
    app.chats.saveDraft(id, 'unsent');
    await app.flush();
    expect(app.notices.list.current).toMatchObject([{ error: { code: 'storage/full' } }]);
    expect(await app.chats.draft(id)).toBe('unsent');
    full.mockRestore();
    await app.flush();
    expect(await openApp(profile).app.chats.draft(id)).toBe('unsent');
  });

  it('shows a draft that is just being stored', async () => {
    const { app } = openApp();
    const { id } = await app.chats.create();
    app.chats.saveDraft(id, 'on its way');
    const stored = app.flush();
    expect(await app.chats.draft(id)).toBe('on its way');
    await stored;
    expect(await app.chats.draft(id)).toBe('on its way');
  });
});

describe('search', () => {
  const chats = async () => {
    const profile = freshProfile();
    await prepare(profile, [
      [
        'c1',
        () => ({
          conversation: conversationOf('c1', { title: 'Crème brûlée', updatedAtMs: 2_000, leafId: 'a1' }),
          put: [
            messageOf('c1', 'u1', { text: 'How do I make it?' }),
            messageOf('c1', 'a1', {
              parentId: 'u1',
              text: `${'x'.repeat(200)} CARAMELISE the sugar ${'y'.repeat(200)}`,
            }),
          ],
        }),
      ],
      ['c2', () => ({ conversation: conversationOf('c2', { title: 'Brulee torch', updatedAtMs: 3_000 }) })],
      ['c3', () => ({ conversation: conversationOf('c3', { title: 'Brulee', deletedAtMs: Date.now() }) })],
    ]);
    return openApp(profile).app;
  };

  it('finds words whatever their case and accents, newest chats first, and not in deleted ones', async () => {
    const app = await chats();
    const found = await hits(app.chats.search('BRULEE'));
    expect(found.map(({ conversation, messageId, match }) => [conversation.id, messageId, match])).toEqual([
      ['c2', null, 'Brulee'],
      ['c1', null, 'brûlée'],
    ]);
  });

  it('shows what surrounds a match in a long text', async () => {
    const app = await chats();
    const [hit] = await hits(app.chats.search('sugar caramelise'));
    expect(hit).toMatchObject({ messageId: 'a1', match: 'sugar' });
    expect(hit?.before).toMatch(/^…x+ CARAMELISE the $/u);
    expect(hit?.after).toMatch(/^ y+…$/u);
    expect(await hits(app.chats.search('sugar torch'))).toEqual([]);
    expect(await hits(app.chats.search('  '))).toEqual([]);
  });

  it('ends when it is aborted and after 100 hits', async () => {
    const profile = freshProfile();
    await prepare(
      profile,
      Array.from({ length: 120 }, (_, at) => [
        `m${at}`,
        () => ({ conversation: conversationOf(`m${at}`, { title: 'many', updatedAtMs: at }) }),
      ]),
    );
    const { app } = openApp(profile);
    expect(await hits(app.chats.search('many'))).toHaveLength(100);
    const controller = new AbortController();
    let count = 0;
    for await (const _hit of app.chats.search('many', { signal: controller.signal })) {
      if (++count === 3) controller.abort();
    }
    expect(count).toBe(3);
  });
});

describe('export and import', () => {
  it('brings every branch, setting and figure to another profile under new ids', async () => {
    const { app } = openApp();
    const settings = { systemPrompt: 'Be kind.', sampling: { temperature: 0.5 } };
    const { conversationId, answerId } = await app.ask.send(null, 'Original', { settings });
    await settledView(app, conversationId);
    await app.ask.regenerate(answerId);
    await settledView(app, conversationId);
    await app.ask.send(conversationId, 'Next');
    const before = await settledView(app, conversationId);
    const { blob, name } = await app.chats.exportAll();
    expect(name).toMatch(/^weft-chats-\d{4}-\d\d-\d\d\.json$/u);

    const other = openApp().app;
    const report = await other.chats.importFile(blob);
    expect(report).toMatchObject({ chats: 1, messages: 5, skipped: [], skippedCount: 0 });
    const after = await readyView(other, report.chatIds[0]!);
    expect(textsOf(after)).toEqual(textsOf(before));
    expect(after.branch[1]?.siblings).toHaveLength(2);
    expect(after.branch[1]?.message.stats).toEqual(before.branch[1]?.message.stats);
    expect(after.conversation.settings).toEqual(settings);
    expect(after.conversation.id).not.toBe(conversationId);
    expect(titles(other)).toEqual(['Original']);
  });

  it('can be imported twice beside the original', async () => {
    const { app } = openApp();
    const { conversationId } = await app.ask.send(null, 'Twice');
    await settledView(app, conversationId);
    const { blob, name } = await app.chats.exportChat(conversationId, 'json');
    expect(name).toBe('Twice.json');
    await app.chats.importFile(blob);
    await app.chats.importFile(blob);
    expect(titles(app)).toEqual(['Twice', 'Twice', 'Twice']);
  });

  it('writes the branch on screen as Markdown', async () => {
    const { app } = openApp();
    const { conversationId } = await app.ask.send(null, 'What/is: this?');
    await settledView(app, conversationId);
    const { blob, name } = await app.chats.exportChat(conversationId, 'markdown');
    expect(name).toBe('What-is-this.md');
    const text = await blob.text();
    expect(text).toMatch(
      /^# What\/is: this\?\n\n## You \(\d{4}-\d\d-\d\d \d\d:\d\d UTC\)\n\nWhat\/is: this\?\n\n## Answer \(/u,
    );
    expect(text).toContain(answerTo('What/is: this?').trim());
  });

  it.each([
    ['no JSON', 'hello', 'not JSON'],
    ['a cut file', '{"format":"weft-chats","chats":[', 'cut off'],
    ['another program’s', '[{"title":"x"}]', 'not an export'],
    ['a newer version', '{"format":"weft-chats","version":99,"exportedAtMs":1,"chats":[]}', 'version 99'],
  ])('refuses %s', async (_what, text, reason) => {
    const { app } = openApp();
    const importing = app.chats.importFile(new Blob([text]));
    await expect(importing).rejects.toMatchObject({ code: 'storage/bad-import' });
    await expect(importing).rejects.toThrow(reason);
  });

  it('takes what is good in a damaged file and reports the rest', async () => {
    const { app } = openApp();
    const conversation = conversationOf('c1', { leafId: 'a2', title: 'Mixed' });
    const file = {
      format: 'weft-chats',
      version: 1,
      exportedAtMs: 1,
      chats: [
        {
          conversation,
          messages: [
            messageOf('c1', 'u1'),
            { ...messageOf('c1', 'a1', { parentId: 'u1' }), role: 'robot' },
            messageOf('c1', 'u2', { parentId: 'a1', createdAtMs: 2_000 }),
            messageOf('c1', 'a2', { parentId: 'u2', createdAtMs: 3_000, state: 'writing' }),
            messageOf('c1', 'u8', { parentId: 'u9' }),
            messageOf('c1', 'u9', { parentId: 'u8' }),
          ],
        },
        { conversation: { id: 5 }, messages: [] },
        'no chat',
      ],
    };
    const report = await app.chats.importFile(new Blob([JSON.stringify(file)]));
    expect(report).toMatchObject({ chats: 1, messages: 3, skippedCount: 6 });
    expect(report.skipped.join('\n')).toContain('Message 2 was left out');
    const view = await readyView(app, report.chatIds[0]!);
    expect(textsOf(view)).toEqual(['Text of u2', 'Text of a2']);
    expect(view.branch[1]?.message.state).toBe('interrupted');
    expect(view.branch[0]?.siblings).toHaveLength(2);
  });
});
